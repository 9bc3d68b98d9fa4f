"""Runs the job on Spark until it comes to an operation, says so, and stands still, to be killed.

python -m tests.jobs.stopped_spark <folder> <operation> <named pipe>
"""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.folder_lake import FolderCatalogue, FolderLake
from bench.local_spark import local_spark
from jobs.curate import on_spark, run
from tests.jobs.trades import NOW, TRADES


@dataclass(frozen=True)
class StandsStill:
    """At one operation, on whichever worker comes to it."""

    at: str
    pipe: Path

    def __call__(self, operation: str) -> None:
        if operation == self.at:
            self.pipe.write_text(operation)
            signal.pause()


def main(folder: Path, operation: str, pipe: Path) -> None:
    step = StandsStill(operation, pipe)
    lake, catalogue = FolderLake(folder / "lake", step), FolderCatalogue(folder / "catalogue", TRADES, step=step)
    with local_spark():
        run(lake, catalogue, on_spark, "256MB", NOW)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
