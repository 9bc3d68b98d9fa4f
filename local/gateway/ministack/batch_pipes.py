"""The pipes between MiniStack and the process of a function, made fast for batches of a megabyte.

MiniStack writes an event and reads its answer as one line each. With pipes of 64 KiB, read 8 KiB at a time, both sides
block dozens of times per line; and MiniStack polls for the function's logs a thousand times a second.
"""

import fcntl
import queue
import subprocess
import time
from contextlib import suppress
from typing import Any, Final

_PIPE_BYTES: Final = 1024 * 1024
"""The most that Linux allows without privileges."""
READ_BY_LARGE_PARTS: Final = f"import sys\nsys.stdin._CHUNK_SIZE = {_PIPE_BYTES}\n"
"""For the start of the script that runs a Python function."""


def widen(process: "subprocess.Popen[str]") -> None:
    """Let a process that was just started be written to and read from in large chunks."""
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError, AttributeError):  # only Linux has it, with a quota per user
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)  # type: ignore[arg-type]
    process.stdout._CHUNK_SIZE = _PIPE_BYTES  # type: ignore[union-attr]


def logged(worker: Any, first_line_wait: float = 0.05, idle_confirm: float = 0.005, hard_cap: float = 0.25) -> str:
    """What a function's process has logged, like `Worker._drain_stderr_bounded`, without polling.

    Waits so many seconds for the first line, and for each that follows, and never longer than `hard_cap`.
    """
    lines: list[str] = []
    end = time.monotonic() + hard_cap
    with suppress(queue.Empty):
        wait = first_line_wait
        while (left := end - time.monotonic()) > 0:
            lines.append(worker._stderr_queue.get(timeout=min(wait, left)))
            wait = idle_confirm
    return "\n".join(lines)
