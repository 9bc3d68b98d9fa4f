"""Run the whole bench: `python -m bench.dataplane [scale]`; scale 1 takes about seven minutes.

Everything runs on this machine, in one run, in turn: the gateway with MiniStack's services, moto's server, MiniStack
with its own Firehose, a server that only answers, and pyarrow alone. Where delivery is measured, Firehose's waits are
sixty times shorter.
"""

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from bench.dataplane.load import put, wait_for_rows
from bench.dataplane.memory import blocked, peak, resident
from bench.dataplane.peers import answering_server, moto_server, plain_ministack
from bench.dataplane.rows import ARROW, one_row_records, packed_records
from bench.dataplane.setup import make_neighbours, make_stream
from local.gateway.running import running_gateway

ROUNDS: Final = 3
SMALL: Final = 300_000
PACKED: Final = 800
PACKED_ROWS: Final = 250
MINISTACK_RECORDS: Final = 20
INGEST_SMALL: Final = 40_000
INGEST_PACKED: Final = 160
"""Less than a buffer of 64 MiB: nothing is delivered during the measurement."""
SPEED: Final = 60
"""Where delivery is measured, the 60 s of each buffer take a second."""
_SETTLING_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Rate:
    """Records and bytes put in a time."""

    records: int
    size: int
    seconds: float

    @property
    def records_per_second(self) -> float:
        """Records a second."""
        return self.records / self.seconds

    @property
    def megabytes_per_second(self) -> float:
        """MB (a million bytes) a second."""
        return self.size / self.seconds / 1e6

    def __truediv__(self, other: "Rate") -> float:
        return self.records_per_second / other.records_per_second

    def __str__(self) -> str:
        return f"{self.records_per_second:>10,.0f} records/s {self.megabytes_per_second:>7.2f} MB/s"


def main() -> None:
    """Measure and print."""
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    small, packed = one_row_records(int(SMALL * scale)), packed_records(int(PACKED * scale))
    with tempfile.TemporaryDirectory() as folder, running_gateway(Path(folder)) as gateway:
        time.sleep(_SETTLING_SECONDS)
        print(f"gateway idle: {resident(gateway.process.pid):.0f} MiB resident (target 250)\n", flush=True)
        make_neighbours(gateway.url)
        with answering_server() as answering:
            _acknowledged(gateway.url, answering, small[:INGEST_SMALL], "500 x 1 KB a call")
            _acknowledged(gateway.url, answering, packed[:INGEST_PACKED], "packed records of 250 KB")
    with tempfile.TemporaryDirectory() as folder, running_gateway(Path(folder), speed=SPEED) as gateway:
        with moto_server() as moto, answering_server() as answering:
            make_neighbours(gateway.url)
            make_neighbours(moto, function=False)
            make_stream(moto, "stored", function=False, parquet=False)
            _delivered(gateway.url, moto, answering, small, "500 x 1 KB a call", 1)
            _delivered(gateway.url, moto, answering, packed, "packed records of 250 KB", PACKED_ROWS)
        print(f"gateway after all that: at most {peak(gateway.process.pid):.0f} MiB\n", flush=True)
    _ministack(small)
    before, throttled, most = blocked()
    print(f"1.3 GB put while S3 refuses: {throttled} records throttled, {before:.0f} -> at most {most:.0f} MiB")


def _acknowledged(ours: str, answering: str, records: Sequence[bytes], title: str) -> None:
    """Ingest alone: nothing is due for delivery while it is measured."""
    rates: list[tuple[Rate, Rate]] = []
    for number in range(ROUNDS):
        stream = f"ingest-{len(records)}-{number}"
        make_stream(ours, stream, function=False)
        limit = _timed(records, lambda: put(answering, "any", records))
        rates.append((limit, _timed(records, lambda name=stream: put(ours, name, records))))
    ratio = statistics.median(taken / limit for limit, taken in rates)
    print(f"acknowledged, {title}, medians of {ROUNDS} rounds")
    print(f"  what the client can send   {_median([limit for limit, _ in rates])}")
    print(f"  journalled and answered    {_median([taken for _, taken in rates])}")
    print(f"  ratio {ratio:.2f} (target 0.8)\n", flush=True)


def _delivered(ours: str, moto: str, answering: str, records: Sequence[bytes], title: str, rows_each: int) -> None:
    """Put until all rows are in the lake, compared with moto's server, which stores the raw bytes.

    The last buffers wait for their interval, a second each: the rate is also given without that.
    """
    print(f"put until delivered as Parquet, {title}, medians of {ROUNDS} rounds")
    alone = [_timed(records, lambda: _arrow_alone(records)) for _ in range(ROUNDS)]
    sent, stored = [], []
    ways: dict[str, list[Rate]] = {"Parquet": [], "transform, partitions, Parquet": []}
    for number in range(ROUNDS):
        sent.append(_timed(records, lambda: put(answering, "any", records)))
        stored.append(_timed(records, lambda: put(moto, "stored", records)))
        for way, rates in ways.items():
            stream = f"{'lambda' if 'transform' in way else 'plain'}-{rows_each}-{number}"
            make_stream(ours, stream, function="transform" in way)
            rates.append(_timed(records, lambda name=stream: _put_and_wait(ours, name, records, rows_each)))
    limit, moto_stores = _median(alone), _median(stored)
    print(f"  pyarrow alone              {limit}")
    print(f"  what the client can send   {_median(sent)}   {_median(sent) / limit:.2f} x pyarrow alone")
    print(f"  moto's server stores       {moto_stores}")
    for way, rates in ways.items():
        taken, buffers = _median(rates), 2 if "transform" in way else 1
        busy = replace(taken, seconds=taken.seconds - buffers * 60 / SPEED)
        of_limit = f"{taken / moto_stores:.2f} x moto, {taken / limit:.2f} x pyarrow alone"
        print(f"  {way:31}{str(taken).lstrip():>31}   {of_limit}")
        print(f"    without the wait         {busy}   {busy / moto_stores:.2f} x moto")
    print(flush=True)


def _put_and_wait(url: str, stream: str, records: Sequence[bytes], rows_each: int) -> None:
    put(url, stream, records)
    wait_for_rows(url, f"{stream}/", len(records) * rows_each)


def _ministack(small: Sequence[bytes]) -> None:
    """MiniStack's own Firehose on the same stream; it makes an object of every record while the client waits."""
    few = small[:MINISTACK_RECORDS]
    print(f"MiniStack's own Firehose, {len(few)} records of 1 KB")
    with tempfile.TemporaryDirectory() as folder, plain_ministack(Path(folder)) as url:
        make_neighbours(url)
        for way, function in (("Parquet", False), ("transform, partitions, Parquet", True)):
            make_stream(url, f"own-{function}", function=function)
            print(f"  {way:31}{_timed(few, lambda name=f'own-{function}': put(url, name, few))}", flush=True)
    print()


def _arrow_alone(records: Sequence[bytes]) -> None:
    """The same bytes decoded and written by pyarrow in this process, with all its threads."""
    options = pj.ParseOptions(explicit_schema=ARROW.set(2, pa.field("date", pa.string())))
    table = pj.read_json(io.BytesIO(b"\n".join(records)), parse_options=options)
    table = table.set_column(2, "date", table.column(2).cast(pa.date32()))
    pq.write_table(table, io.BytesIO(), compression="SNAPPY", use_dictionary=False)


def _timed(records: Sequence[bytes], call: Callable[[], object]) -> Rate:
    start = time.monotonic()
    call()
    return Rate(len(records), sum(map(len, records)), time.monotonic() - start)


def _median(rates: Sequence[Rate]) -> Rate:
    return sorted(rates, key=lambda rate: rate.records_per_second)[len(rates) // 2]


if __name__ == "__main__":
    main()
