"""Runs the job on a folder for each `line folder` that it is told, in a process of its own that is imported already.

That process is killed, by the kernel, when it has come to so many lines of the job; line 0 never comes. The answer is
its exit status and the lines that it came to: `-9`, or `0 1234`.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from trades import TRADES, curate_here

from tests.support.folder_lake import FolderCatalogue, FolderLake

JOBS = str(Path(__file__).parents[2] / "jobs")


def run(root: Path, last: int) -> int:
    """The lines of the job, if it lives to see its end."""
    passed = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal passed
        if not frame.f_code.co_filename.startswith((JOBS, str(Path(__file__).parent))):
            return None
        passed += event == "line"
        if event == "line" and passed == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    lake, catalogue = FolderLake(root / "lake"), FolderCatalogue(root / "catalogue", TRADES)
    sys.settrace(count)
    curate_here(lake, catalogue)
    sys.settrace(None)
    return passed


def forked(root: Path, last: int) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.write(writing, str(run(root, last)).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as answer:
        passed = answer.read()
    _, status = os.waitpid(child, 0)
    return f"{os.waitstatus_to_exitcode(status)} {passed}".strip()


for asked in sys.stdin:
    line, folder = asked.rstrip("\n").split(" ", 1)
    print(forked(Path(folder), int(line)), flush=True)  # noqa: T201
