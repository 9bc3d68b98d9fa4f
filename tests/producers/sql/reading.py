"""A bank whose payments are read run after run, and what then is in the lake."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import sqlglot
from botocore.exceptions import ClientError
from sqlalchemy import Engine

from producers.sql.run import Run, Summary, run
from schemas.contract import Column, Contract
from schemas.sql import Sql
from schemas.value import Schedule
from schemas.views import latest_view
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.receiving import PREFIX, destination
from transforms.transform import Transform

START = datetime(2026, 11, 24, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
COLUMNS = (
    Column("id", "bigint"),
    Column("amount", "double"),
    Column("note", "string"),
    Column("updated_at", "timestamp", required=True),
)


def payments(columns: tuple[Column, ...] = COLUMNS, key: tuple[str, ...] = ("id",), **source: Any) -> Contract:
    """The contract of a table `payments` with a watermark; `source` has more of its source, or None to leave it out."""
    settings: dict[str, Any] = {"table": "payments", "watermark": "updated_at", **source}
    read = Sql(
        schedule=Schedule("rate(1 hour)"), **{name: value for name, value in settings.items() if value is not None}
    )
    return Contract(name="payments", description="Payments.", columns=columns, key=key, source=read)


@dataclass
class Bank:
    """A database. Statements are in the common part of all dialects."""

    admin: Engine
    engine: Engine

    def execute(self, *statements: str) -> None:
        with self.admin.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def create(self) -> None:
        """The table `payments`, empty."""
        kind = {"postgresql": "timestamptz", "mysql": "datetime(6)", "sqlite": "timestamp"}[self.engine.dialect.name]
        self.execute(
            "CREATE TABLE payments (id bigint NOT NULL PRIMARY KEY, amount numeric(18, 6), note varchar(100), "
            f"updated_at {kind} NOT NULL)",
            "CREATE INDEX by_time ON payments (updated_at, id)",
        )

    def pay(self, *payments: tuple[int, str], note: str = "") -> None:
        """Rows of (id, updated_at), new or changed."""
        for number, moment in payments:
            self.execute(
                f"DELETE FROM payments WHERE id = {number}",
                f"INSERT INTO payments VALUES ({number}, {number}.25, '{note}', '{moment}')",
            )


class FakeTable:
    """The table `progress` in memory, conditions and all."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}

    def get_item(self, Key: dict[str, str], ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        found = self.items.get((Key["owner"], Key["item"]))
        return {"Item": dict(found)} if found else {}

    def put_item(self, Item: dict[str, Any], **condition: Any) -> None:  # noqa: N803
        key = (Item["owner"], Item["item"])
        if condition and key in self.items:
            wanted = condition["ExpressionAttributeValues"][":version"]
            if self.items[key]["version"] != wanted:
                raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "PutItem")
        self.items[key] = dict(Item)

    def delete_item(self, Key: dict[str, str]) -> None:  # noqa: N803
        self.items.pop((Key["owner"], Key["item"]), None)

    def query(self, **_: Any) -> dict[str, Any]:
        """The chunks of keys of the one owner, in order."""
        return {"Items": [dict(self.items[key]) for key in sorted(self.items) if key[1].startswith("keys/")]}

    @property
    def chunks(self) -> list[str]:
        return [item for _, item in sorted(self.items) if item.startswith("keys/")]


@dataclass
class Reader:
    """Runs over a bank, an hour apart, into one lake."""

    bank: Bank
    contract: Contract
    firehose: FakeFirehose = field(default_factory=FakeFirehose)
    table: FakeTable = field(default_factory=FakeTable)
    now: datetime = START
    seconds_left: float = 900

    def run(self, after: timedelta = HOUR, **settings: Any) -> Summary:
        self.now += after
        to = destination(self.firehose, "sql", now=lambda: self.now)
        return run(Run(self.contract, self.bank.engine, to, self.table, lambda: self.seconds_left, **settings))

    def view(self) -> list[dict[str, Any]]:
        """The rows of the view of latest versions, by key."""
        return latest(self.contract, [self.firehose.taken.get(PREFIX + self.contract.name, [])])


def latest(contract: Contract, batches: list[list[bytes]]) -> list[dict[str, Any]]:
    """What the dataset's view shows when the records of each batch were transformed together, by key."""
    rows: list[dict[str, Any]] = []
    clock = START
    for batch in batches:
        clock += timedelta(seconds=1)
        moment = clock
        transform = Transform(contract, "quarantine", lambda stream, records: "", lambda: moment)  # noqa: B023
        event: Any = {
            "deliveryStreamArn": f"arn:aws:firehose:us-east-1:111122223333:deliverystream/{PREFIX}{contract.name}",
            "records": [{"recordId": str(n), "data": b64encode(data).decode()} for n, data in enumerate(batch)],
        }
        done = transform(event)
        assert (done.quarantined, done.failures, done.put_back) == (0, {}, 0)
        rows += _landed(done.response)
    return _viewed(contract, rows)


def _landed(response: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for each in response["records"] for line in b64decode(each["data"]).splitlines()]


def _viewed(contract: Contract, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    database = duckdb.connect()
    names = [column.name for column in contract.all_columns]
    columns = ", ".join(f'"{c.name}" {_DUCKDB.get(c.type, c.type)}' for c in contract.all_columns)
    database.execute(f"CREATE TABLE {contract.name}_landing ({columns})")
    if rows:
        marks = ", ".join("?" for _ in names)
        values = [[row.get(name) for name in names] for row in rows]
        database.executemany(f"INSERT INTO {contract.name}_landing VALUES ({marks})", values)
    (sql,) = sqlglot.transpile(latest_view(contract), read="trino", write="duckdb")
    found = database.execute(f"SELECT * FROM ({sql}) AS latest ORDER BY {', '.join(contract.key)}")
    described = [each[0] for each in found.description or ()]
    return [dict(zip(described, row, strict=True)) for row in found.fetchall()]


_DUCKDB = {"string": "varchar", "timestamp": "varchar", "decimal": "varchar"}
