"""How fast a table of PostgreSQL is read: `python -m bench.sql_source [rows]`.

A server is started on a free port and a table of trades is filled. Its rows are read in three ways, each in a process
of its own so that its peak memory is its own: with the driver's server-side cursor alone, with SQLAlchemy in parts, and
with the producer through packing into a stream that only counts. The last two lines compare the producer with the
targets: half of the cursor alone, and the same memory as for a tenth of the rows. Only loopback is used.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from sqlalchemy import URL, create_engine, make_url, text

from producers.loading import Destination
from producers.sql.database import open_database
from producers.sql.reading import ROWS_AT_A_TIME
from producers.sql.run import Run, run
from schemas.contract import Column, Contract, Partition
from schemas.sql import Sql
from schemas.value import Schedule
from tests.support.servers import postgresql

ROWS: Final = 1_000_000
ROUNDS: Final = 3
COLUMNS: Final = (
    Column("trade_id", "bigint"),
    Column("account", "string"),
    Column("ticker", "string"),
    Column("quantity", "double"),
    Column("price", "double"),
    Column("traded_at", "timestamp"),
    Column("updated_at", "timestamp"),
)
SOURCE: Final = Sql(table="trades", watermark="updated_at", schedule=Schedule("rate(1 hour)"))
TRADES: Final = Contract("trades", "Trades.", COLUMNS, ("trade_id",), (), Partition("traded_at"), (), SOURCE)
FILL: Final = """
CREATE TABLE trades (
    trade_id bigint PRIMARY KEY, account text NOT NULL, ticker text NOT NULL, quantity numeric(12, 2) NOT NULL,
    price numeric(18, 6) NOT NULL, traded_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
);
INSERT INTO trades SELECT n, 'GB-' || mod(n, 1000), 'T' || mod(n, 500), mod(n, 997), 100 + mod(n, 10000) / 100.0,
    timestamptz '2015-01-01' + n * interval '300 seconds', timestamptz '2026-01-01' + n * interval '1 second'
FROM generate_series(1, :rows) AS n;
CREATE INDEX by_time ON trades (updated_at, trade_id);
"""


class CountingStream:
    """A Firehose that accepts everything and keeps nothing."""

    def __init__(self) -> None:
        self.records = self.bytes = 0

    def put_record_batch(self, **request: Any) -> dict[str, Any]:
        self.records += len(request["Records"])
        self.bytes += sum(len(record["Data"]) for record in request["Records"])
        return {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"}] * len(request["Records"])}


class NoProgress:
    """A table `progress` that is empty and accepts everything."""

    def get_item(self, **_: Any) -> dict[str, Any]:
        return {}

    def put_item(self, **_: Any) -> None: ...
    def delete_item(self, **_: Any) -> None: ...
    def query(self, **_: Any) -> dict[str, Any]:
        return {"Items": []}


def cursor_alone(url: URL) -> int:
    """psycopg's server-side cursor, tuples of all columns, `ROWS_AT_A_TIME`."""
    count = 0
    with (
        psycopg.connect(**url.translate_connect_args(username="user", database="dbname")) as connection,
        connection.cursor(name="all") as cursor,
    ):
        cursor.execute("SELECT * FROM trades ORDER BY updated_at, trade_id")
        while rows := cursor.fetchmany(ROWS_AT_A_TIME):
            count += len(rows)
    return count


def sqlalchemy_alone(url: URL) -> int:
    """The same through SQLAlchemy."""
    engine = create_engine(url)
    options = {"stream_results": True, "yield_per": ROWS_AT_A_TIME}
    query = text("SELECT * FROM trades ORDER BY updated_at, trade_id")
    with engine.connect() as connection, closing(connection.execute(query, execution_options=options)) as result:
        return sum(len(part) for part in result.partitions(ROWS_AT_A_TIME))


def producer(url: URL) -> int:
    """The producer, from the first row to the last acknowledged record."""
    engine = open_database({"url": url.render_as_string(hide_password=False)})
    to = Destination(CountingStream(), "bench-", "sql", lambda: datetime.now(UTC), time.sleep)
    return run(Run(TRADES, engine, to, NoProgress(), lambda: 900.0)).rows


WAYS: Final[dict[str, Callable[[URL], int]]] = {
    "cursor alone": cursor_alone, "SQLAlchemy alone": sqlalchemy_alone, "producer": producer,
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with postgresql() as server:
        speed: dict[str, float] = {}
        peaks: list[float] = []
        for count in (rows // 10, rows):
            _fill(server.url, count)
            print(f"{count:,} rows, best of {ROUNDS}, Python {sys.version.split()[0]}")
            print(f"{'':20}{'rows/s':>12}{'CPU s':>10}{'peak MB':>10}")
            for name, best in _best(server.url, count).items():
                seconds, processor, peak = best
                speed[name] = count / seconds
                print(f"{name:20}{speed[name]:12,.0f}{processor:10.2f}{peak:10.0f}")
            peaks.append(peak)
            print()
    print(f"producer / cursor alone: {speed['producer'] / speed['cursor alone']:.2f} (target 0.5)")
    print(f"peak memory, all rows compared with a tenth of them: {peaks[1] / peaks[0]:.2f} (target 1)")


def _fill(url: URL, rows: int) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS trades"))
        for statement in FILL.replace(":rows", str(rows)).split(";")[:-1]:
            connection.exec_driver_sql(statement)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE trades"))
    engine.dispose()


def _best(url: URL, rows: int) -> dict[str, tuple[float, float, float]]:
    """The fastest round of each way; every round runs each of them in turn."""
    rounds = [{name: _measured(name, url, rows) for name in WAYS} for _ in range(ROUNDS)]
    return {name: min(each[name] for each in rounds) for name in WAYS}


def _measured(name: str, url: URL, rows: int) -> tuple[float, float, float]:
    """Seconds, CPU seconds and peak MB of one way in a fresh process."""
    command = [sys.executable, "-m", "bench.sql_source", "--one", name, url.render_as_string(hide_password=False)]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    count, seconds, processor, peak = json.loads(said)
    if count != rows:
        raise SystemExit(f"{name} read {count} rows of {rows}")
    return seconds, processor, peak


def _one(name: str, url: URL) -> None:
    start, processor = time.perf_counter(), time.process_time()
    count = WAYS[name](url)
    taken = time.perf_counter() - start, time.process_time() - processor
    print(json.dumps([count, *taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000]))


if __name__ == "__main__":
    _one(sys.argv[2], make_url(sys.argv[3])) if sys.argv[1:2] == ["--one"] else main()
