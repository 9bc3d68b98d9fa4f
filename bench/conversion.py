"""How fast record format conversion is: `python -m bench.conversion [rounds]`.

It converts 64 MB of the transform's own rows to Parquet, once as records of 1 KB with one row each and once packed into
records of 250 KB. In the same process and run it measures pyarrow alone: its JSON reader and its Parquet writer on the
same joined bytes with the same types. Each round times every way once, in turn; the table shows medians. Then the same
with one record in a thousand refused, with one in a thousand that only the exact reader accepts, and with such a row in
a thousand. The targets: 0.7 of pyarrow alone, and 0.5 of that speed with odd records among them.
"""

import io
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from delivery import limits
from local.firehose.configuration.config import Conversion
from local.firehose.configuration.formats import Parquet
from local.firehose.conversion.convert import convert
from local.firehose.records import Item
from local.serde.columns import Columns
from local.serde.hive_types import parse_type
from local.serde.options import OpenX

ROUNDS: Final = 15
TOTAL_BYTES: Final = 64 * limits.MIB
PACKED_BYTES: Final = 250 * limits.KIB
KINDS: Final = {
    "date": "date",
    "open": "double",
    "high": "double",
    "low": "double",
    "close": "double",
    "volume": "bigint",
    "base": "string",
    "quote": "string",
    "source": "string",
    "ingested_at": "timestamp",
}
COLUMNS: Final = Columns(tuple(KINDS), tuple(map(parse_type, KINDS.values())))
CONVERSION: Final = Conversion("market", "fx_daily_landing", "LATEST", {}, OpenX(), Parquet())
ALONE: Final = "pyarrow alone"
CLEAN: Final = "clean"


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    rows = [_row(number) for number in range(20_000)]
    _compare("Records of 1 KB, a row each", _single(rows), rounds)
    _compare("Records of 250 KB", _packed(rows), rounds)
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def _compare(title: str, records: list[bytes], rounds: int) -> None:
    joined = b"\n".join(records) + b"\n"
    ways: dict[str, Callable[[], int]] = {ALONE: lambda: _alone(joined)}
    for name, changed in _variants(records).items():
        items = [Item(number, 0, data) for number, data in enumerate(changed)]
        ways[name] = lambda items=items: convert(items, COLUMNS, CONVERSION).rows  # type: ignore[misc]
    taken = _measured(ways, rounds)
    print(f"{title}: {len(records):,} records, {len(joined) / 1e6:.0f} MB, medians of {rounds} rounds\n")
    print(f"{'':28}{'ms':>7}{'MB/s':>7}{'x pyarrow':>11}{'x clean':>9}{'CPU ms':>9}{'x pyarrow':>11}{'x clean':>9}")
    for name, (wall, cpu) in taken.items():
        shares = "".join(
            f"{seconds * 1e3:{9 if seconds is cpu else 7}.0f}"
            + (f"{len(joined) / wall / 1e6:7.0f}" if seconds is wall else "")
            + f"{taken[ALONE][which] / seconds:11.2f}{taken[CLEAN][which] / seconds:9.2f}"
            for which, seconds in enumerate((wall, cpu))
        )
        print(f"{name:28}{shares}")
    print()


def _measured(ways: dict[str, Callable[[], int]], rounds: int) -> dict[str, tuple[float, float]]:
    """Medians of wall-clock seconds and of CPU seconds of all threads."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter(), time.process_time()
            way()
            times[name].append((time.perf_counter() - start[0], time.process_time() - start[1]))
    return {
        name: (statistics.median(wall for wall, _ in pairs), statistics.median(cpu for _, cpu in pairs))
        for name, pairs in times.items()
    }


def _variants(records: list[bytes]) -> dict[str, list[bytes]]:
    exact = (b'"base":"USD"', b'"base":1')
    return {
        CLEAN: records,
        "1 record in 1,000 refused": _each_thousandth(records, (b'"open":', b'"open":"x","was":')),
        "1 record in 1,000 exact": _each_thousandth(records, exact),
        "1 row in 1,000 exact": [
            b"\n".join(_each_thousandth(data.split(b"\n"), exact, n)) for n, data in enumerate(records)
        ]
        if b"\n" in records[0]
        else _each_thousandth(records, exact),
    }


def _each_thousandth(rows: Sequence[bytes], change: tuple[bytes, bytes], start: int = 0) -> list[bytes]:
    """The rows, with the change made in every thousandth."""
    return [row.replace(*change, 1) if (start + number) % 1000 == 500 else row for number, row in enumerate(rows)]


def _alone(joined: bytes) -> int:
    """The fewest steps in which pyarrow makes the same file."""
    read_as = {"date": pa.string(), "double": pa.float64(), "bigint": pa.int64(), "string": pa.string()}
    schema = pa.schema([(name, read_as.get(kind, pa.timestamp("ns"))) for name, kind in KINDS.items()])
    table = pj.read_json(pa.BufferReader(joined), parse_options=pj.ParseOptions(explicit_schema=schema))
    table = table.set_column(0, "date", table.column("date").cast(pa.date32()))
    pq.write_table(
        table, io.BytesIO(), compression="SNAPPY", use_dictionary=False, use_deprecated_int96_timestamps=True
    )
    return table.num_rows


def _row(number: int) -> dict[str, object]:
    chance = random.Random(number)
    price = round(chance.uniform(0.5, 200), 4)
    return {
        "date": f"20{chance.randrange(10, 26)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}",
        "open": price,
        "high": round(price * 1.01, 4),
        "low": round(price * 0.99, 4),
        "close": round(price * 1.001, 4),
        "volume": chance.randrange(10**6),
        "base": "USD",
        "quote": chance.choice(["JPY", "GBP", "EUR", "CHF"]),
        "source": "s3://standpipe-prod-drop-123456789012-eu-west-1/drop/fx_daily/rates.json?versionId=3sL4kqtJlcpXro",
        "ingested_at": f"2026-11-23 19:00:00.{number % 1000:03d}",
    }


def _text(row: dict[str, object]) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode()


def _single(rows: list[dict[str, object]]) -> list[bytes]:
    """Rows of 1 KB: their source is long."""
    texts = [_text(row | {"source": f"{row['source']}{'x' * 700}"}) for row in rows]
    count = TOTAL_BYTES // len(texts[0])
    return [texts[number % len(texts)] for number in range(count)]


def _packed(rows: list[dict[str, object]]) -> list[bytes]:
    texts = [_text(row) for row in rows]
    each = PACKED_BYTES // len(texts[0])
    starts = range(0, TOTAL_BYTES // len(texts[0]), each)
    return [b"\n".join(texts[(start + number) % len(texts)] for number in range(each)) for start in starts]


if __name__ == "__main__":
    main()
