"""Bytes scanned and the price of six queries on three layouts: `python -m bench.scan [scale] [folder]`.

It writes TPC-H's lineitem and part at a scale factor (default 1), and prices and rates, as gzipped text, as landed and
as curated Parquet. It runs each query on each with the local Athena over an S3 endpoint that counts what it sends, and
prints both counts. The rows are kept in `folder` (/tmp/standpipe-scan-<scale>) for the next run.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb

from bench.scan.datasets import BY_YEAR, FINANCE, LOOKUP, Dataset, Suite, tpch
from bench.scan.endpoint import serving
from bench.scan.laptop import BUCKET, Laptop, Run, described
from bench.scan.layouts import CURATED, LANDING, LAYOUTS, TEXT, write
from bench.scan.pages import bytes_of_answer

DOLLARS_A_TB: Final = 5
SMALLEST_BILL: Final = 10 * 2**20
"""https://aws.amazon.com/athena/pricing/"""


def main() -> None:
    """Write what is missing, run and print."""
    scale = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    root = Path(sys.argv[2] if len(sys.argv) > 2 else f"/tmp/standpipe-scan-{scale}")
    for suite in (FINANCE, BY_YEAR, tpch(scale)):
        places = _written(suite.datasets, root / BUCKET / suite.folder)
        runs = _run(suite, places, root)
        where = places[suite.datasets[0].name]
        _print(suite.title, runs)
        _print_lookup(runs[LOOKUP], where, bytes_of_answer(where[CURATED], suite.lookup))


def _written(datasets: Sequence[Dataset], folder: Path) -> dict[str, dict[str, Path]]:
    with tempfile.TemporaryDirectory(dir=folder.anchor + "tmp") as spill:
        engine = duckdb.connect(f"{spill}/rows.duckdb", config={"threads": 2, "memory_limit": "6GB"})
        with engine:
            return {dataset.name: write(dataset, folder, engine) for dataset in datasets}


def _run(suite: Suite, places: Mapping[str, Mapping[str, Path]], root: Path) -> dict[str, dict[str, Run]]:
    tables = {
        layout.split()[0]: {
            each.name: described(each, layout, places[each.name][layout], root) for each in suite.datasets
        }
        for layout in LAYOUTS
    }
    with serving(root) as endpoint, tempfile.TemporaryDirectory() as data:
        laptop = Laptop(endpoint, tables, Path(data))
        try:
            return {
                name: {layout: laptop.run(sql, layout.split()[0]) for layout in LAYOUTS}
                for name, sql in suite.queries.items()
            }
        finally:
            laptop.close()


def _print(title: str, runs: Mapping[str, Mapping[str, Run]]) -> None:
    print(f"\n{title}\n\n| query | " + " | ".join(LAYOUTS) + " |\n|---|" + "---|" * len(LAYOUTS))
    for name, by_layout in runs.items():
        print(f"| {name} | " + " | ".join(_cell(by_layout[layout]) for layout in LAYOUTS) + " |")
    counted = [run for by_layout in runs.values() for run in by_layout.values() if run.scanned]
    worst = max(abs(run.sent / run.scanned - 1) for run in counted)
    free = [run.sent for by_layout in runs.values() for run in by_layout.values() if not run.scanned]
    print(f"\nThe two counts differ by at most {worst:.2%}.", end=" ")
    print(f"Queries that cost nothing were sent at most {_size(max(free, default=0))} of metadata.")


def _print_lookup(runs: Mapping[str, Run], places: Mapping[str, Path], answer: int) -> None:
    text = sum(path.stat().st_size for path in places[TEXT].rglob("*.gz"))
    landing, curated = runs[LANDING].scanned, runs[CURATED].scanned
    print(
        f"Of {_size(text)} of gzipped text the lookup scans {landing / text:.2%} on landed and {curated / text:.4%} on "
        f"curated Parquet, {curated / answer:.2f} times the pages that contain the answer ({_size(answer)})."
    )


def _cell(run: Run) -> str:
    return f"{_size(run.scanned)}, ${_price(run.scanned):.6f}, billed ${_billed(run.scanned):.6f}, {run.seconds:.1f} s"


def _price(size: int) -> float:
    return size * DOLLARS_A_TB / 10**12


def _billed(size: int) -> float:
    return _price(max(size, SMALLEST_BILL)) if size else 0.0


def _size(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} B"


if __name__ == "__main__":
    main()
