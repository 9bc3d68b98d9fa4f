"""One way to read one file, in a process of its own: `python -m bench.source_ways <way> <file> [<small file>]`.

Prints seconds, CPU seconds, rows and the peak memory in MB as JSON. A small file is read first,
so that one-time loading is not counted with the rows; its CPU seconds are reported as `start`.
"""

import csv
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final


def standpipe(file: Path) -> int:
    """The producer of files, to a Firehose that counts."""
    from producers.files.formats import chunks
    from producers.files.formats.streams.opening import open_file
    from producers.loading import Destination, load
    from schemas.load import DATASETS, load_contract

    contract = load_contract(DATASETS / ("fx_daily.yaml" if "nested" in file.name else "trades.yaml"))
    to = Destination(Counting(), "bench-", "files", lambda: datetime.now(UTC), time.sleep, in_flight=4)
    with file.open("rb", buffering=0) as raw:
        opened = open_file(file.as_uri(), file.name, raw)
        found = (item for chunk in chunks(opened, contract) for item in chunk.items)
        return load(found, contract.name, file.as_uri(), to).rows


class Counting:
    """Accepts everything, and keeps only counts."""

    def put_record_batch(self, **request: Any) -> Any:
        return {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"}] * len(request["Records"])}


def csv_reader(file: Path) -> int:
    with file.open(newline="") as text:
        return _count(csv.reader(text)) - 1


def arrow_csv(file: Path) -> int:
    """All columns as text: a guessed type would turn 007 into 7."""
    from pyarrow import csv as arrow
    from pyarrow import string

    from bench.source_files import COLUMNS

    options = arrow.ConvertOptions(column_types=dict.fromkeys(COLUMNS, string()))
    parsing = arrow.ParseOptions(newlines_in_values="quoted" in file.name)
    return sum(len(batch) for batch in arrow.open_csv(file, parse_options=parsing, convert_options=options))


def orjson_lines(file: Path) -> int:
    import orjson

    with file.open("rb") as lines:
        return _count(map(orjson.loads, lines))


def msgspec_lines(file: Path) -> int:
    import msgspec

    with file.open("rb") as lines:
        return _count(map(msgspec.json.Decoder().decode, lines))


def arrow_json(file: Path) -> int:
    from pyarrow import json as arrow

    return sum(len(batch) for batch in arrow.open_json(file))


def ijson_items(file: Path) -> int:
    import ijson

    with file.open("rb") as stream:
        return _count(ijson.items(stream, "item"))


def ijson_kvitems(file: Path) -> int:
    """The days of every pair; the reader needs the path of the level whose keys it returns."""
    import ijson

    with file.open("rb") as stream:
        return sum(len(days) for _, days in ijson.kvitems(stream, "USD"))


def calamine(file: Path) -> int:
    """Not streaming: the sheet is in memory."""
    import python_calamine

    return _count(python_calamine.load_workbook(file).get_sheet_by_index(0).iter_rows()) - 1


def openpyxl(file: Path) -> int:
    import openpyxl as library

    book = library.load_workbook(file, read_only=True)
    return _count(book.worksheets[0].iter_rows(values_only=True)) - 1


def arrow_parquet(file: Path) -> int:
    """As rows, which is what is needed in the end."""
    import pyarrow.parquet as pq

    return sum(len(batch.to_pylist()) for batch in pq.ParquetFile(file).iter_batches(8192))


def arrow_parquet_columns(file: Path) -> int:
    """Decoded columns, never turned into rows."""
    import pyarrow.parquet as pq

    return sum(len(batch) for batch in pq.ParquetFile(file).iter_batches(8192, use_threads=False))


def arrow_parquet_text(file: Path) -> int:
    """Columns that Arrow writes as text, which is discarded: the least that rows of text cost it."""
    import pyarrow.parquet as pq
    from pyarrow import csv as arrow

    source, rows = pq.ParquetFile(file), 0
    with Path(os.devnull).open("wb") as nowhere, arrow.CSVWriter(nowhere, source.schema_arrow) as writer:
        for batch in source.iter_batches(8192, use_threads=False):
            writer.write_batch(batch)
            rows += len(batch)
    return rows


def _count(rows: Iterable[Any]) -> int:
    count = 0
    for _ in rows:
        count += 1
    return count


WAYS: Final[dict[str, Callable[[Path], int]]] = {
    way.__name__: way
    for way in (
        standpipe, csv_reader, arrow_csv, orjson_lines, msgspec_lines, arrow_json, ijson_items, ijson_kvitems, calamine,
        openpyxl, arrow_parquet, arrow_parquet_text, arrow_parquet_columns,
    )
}  # fmt: skip


def measure(way: Callable[[Path], int], file: Path, small: Path | None = None) -> None:
    """Run and print."""
    started = time.process_time()
    if small:
        way(small)
    begun, cpu = time.perf_counter(), time.process_time()
    rows = way(file)
    figures = {
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - cpu,
        "rows": rows,
        "peak": _peak_bytes() / 1e6,
        "start": cpu - started,
    }
    print(json.dumps(figures))


def _peak_bytes() -> int:
    """Of this process alone: what `getrusage` reports for a process that has just started may be its parent's."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    # the layer of the function has neither, and Arrow would spend half a second loading them
    sys.modules["numpy"] = sys.modules["pandas"] = None  # type: ignore[assignment]
    measure(WAYS[sys.argv[1]], *map(Path, sys.argv[2:]))
