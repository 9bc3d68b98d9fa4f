"""Runs the job on Spark: for one folder whole, for another until it comes to an operation; there it stands still.

python -m tests.jobs.stopped_spark <folder> <other folder> <operation> <named pipe>
"""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jobs.curate import on_spark, run
from tests.jobs.trades import NOW, TRADES
from tests.support.folder_lake import FolderCatalogue, FolderLake, nothing
from tests.support.local_spark import local_spark


@dataclass(frozen=True)
class StandsStill:
    """At one operation, on whichever worker comes to it."""

    at: str
    pipe: Path

    def __call__(self, operation: str) -> None:
        if operation == self.at:
            self.pipe.write_text(operation)
            signal.pause()


def curate_on_spark(folder: Path, step: Callable[[str], None] = nothing) -> None:
    lake, catalogue = FolderLake(folder / "lake", step), FolderCatalogue(folder / "catalogue", TRADES, step=step)
    run(lake, catalogue, on_spark, "256MB", NOW)  # type: ignore[arg-type]


if __name__ == "__main__":
    with local_spark():
        curate_on_spark(Path(sys.argv[1]))
        curate_on_spark(Path(sys.argv[2]), StandsStill(sys.argv[3], Path(sys.argv[4])))
