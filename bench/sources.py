"""How fast files are read, and in how much memory: `python -m bench.sources [--megabytes 10 100] [--peers PYTHON]`.

Each case runs in a process of its own, so its peak memory is its own, too. Startup (libraries and a first file of a
megabyte) has a separate column. The producer of files reads, sorts rows by partition, makes JSON of them, packs them
and puts them to a Firehose that counts. It is compared with the readers alone, which discard their rows, on the same
file, and, given the Python of an environment of `bench/peers.txt`, with dlt and awswrangler doing the same job. Files
are made in `--folder` and deleted once they are read.

The last column compares CPU seconds with those of the fastest streaming reader, as a busy machine does not affect them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

READERS: Final = {
    "csv": ("csv_reader", "arrow_csv"),
    "quoted.csv": ("csv_reader", "arrow_csv"),
    "ndjson": ("orjson_lines", "msgspec_lines", "arrow_json"),
    "array.json": ("ijson_items",),
    "nested.json": ("ijson_kvitems",),
    "xlsx": ("openpyxl", "calamine"),
    "parquet": ("arrow_parquet", "arrow_parquet_text", "arrow_parquet_columns"),
}
NOT_STREAMING: Final = ("calamine",)
PEERS: Final = {"csv": ("dlt", "awswrangler"), "ndjson": ("dlt", "awswrangler"), "parquet": ("dlt", "awswrangler")}
ROOT: Final = Path(__file__).parents[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.sources")
    parser.add_argument("--megabytes", nargs="+", type=int, default=[10, 100])
    parser.add_argument("--kinds", nargs="+", choices=READERS, default=list(READERS))
    parser.add_argument("--peers", metavar="PYTHON", help="Python of an environment with bench/peers.txt")
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    figures = f"{'MB/s':>8}{'rows/s':>12}{'CPU s':>8}{'s':>8}{'peak MB':>9}{'start':>7}"
    print(f"{'file':>18} {'way':22}{figures}   of the fastest reader")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        for kind in chosen.kinds:
            small = _made(Path(folder), kind, 1)
            for megabytes in chosen.megabytes:
                file = _made(Path(folder), kind, megabytes)
                _compare(kind, file, small, chosen.peers)
                file.unlink()


def _made(folder: Path, kind: str, megabytes: int) -> Path:
    file = folder / f"{megabytes}.{kind}"
    _run([sys.executable, "-m", "bench.source_files", kind, str(megabytes * 1_000_000), str(file)])
    return file


def _compare(kind: str, file: Path, small: Path, peers: str | None) -> None:
    ways = {way: [sys.executable, "-m", "bench.source_ways", way] for way in ("standpipe", *READERS[kind])}
    if peers:
        ways |= {way: [peers, "-m", "bench.peer_ways", way] for way in PEERS.get(kind, ())}
    size = file.stat().st_size
    found = {way: _run([*command, str(file), str(small)]) for way, command in ways.items()}
    alone = min(found[way]["cpu"] for way in READERS[kind] if way not in NOT_STREAMING and found[way])
    for way, measured in found.items():
        if not measured:
            print(f"{file.name:>18} {way:22}  failed")
            continue
        rows, seconds = measured["rows"] / measured["seconds"], measured["seconds"]
        print(
            f"{file.name:>18} {way:22}{size / seconds / 1e6:8.1f}{rows:12,.0f}{measured['cpu']:8.2f}{seconds:8.2f}"
            f"{measured['peak']:9.0f}{measured['start']:7.2f}   {alone / measured['cpu']:.2f}",
            flush=True,
        )


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        print(done.stderr[-600:], file=sys.stderr)
        return {}
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    return measured


if __name__ == "__main__":
    main()
