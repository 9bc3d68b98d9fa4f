"""A record whose header says that its rows are gone."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from delivery.header import Header, with_header
from schemas.checks import Positive
from schemas.contract import Column, Contract, Partition, Put
from schemas.sql import Sql
from schemas.value import Schedule
from transforms.transform import Transform, Transformed

PAYMENTS = Contract(
    name="payments",
    description="Payments.",
    columns=(
        Column("id", "bigint"),
        Column("paid_on", "date", source_names="day"),
        Column("amount", "double", required=True),
    ),
    key=("id",),
    partition=Partition("paid_on"),
    checks=(Positive(("amount",)),),
    source=Sql(table="payments", schedule=Schedule("rate(1 hour)"), deletes="compared"),
)


def transformed(contract: Contract, header: Header, body: bytes, put: list[bytes] | None = None) -> Transformed:
    def keep(stream: str, records: list[bytes]) -> str:
        (put if put is not None else []).extend(records)
        return ""

    transform = Transform(contract, "quarantine", keep, lambda: datetime(2026, 11, 24, 1, tzinfo=UTC))
    data = b64encode(with_header(header, body)).decode()
    return transform({"deliveryStreamArn": "arn/payments", "records": [{"recordId": "1", "data": data}]})


def landed(done: Transformed) -> list[Any]:
    (answer,) = done.response["records"]
    assert answer["result"] == "Ok"
    return [msgspec.json.decode(line) for line in b64decode(answer["data"]).splitlines()]


def test_its_rows_land_with_their_key_and_nothing_else() -> None:
    done = transformed(PAYMENTS, Header("sql/x/deleted", deleted=True), b'{"id":7,"paid_on":"2020-02-29"}\n')
    assert landed(done) == [
        {
            "id": 7, "paid_on": "2020-02-29", "source": "sql/x/deleted", "ingested_at": "2026-11-24 01:00:00.000",
            "is_deleted": True,
        }
    ]  # fmt: skip
    assert done.response["records"][0]["metadata"] == {"partitionKeys": {"year": "2020"}}


def test_rows_of_other_records_say_that_they_are_there() -> None:
    done = transformed(PAYMENTS, Header("sql/x"), b'{"id":7,"paid_on":"2020-02-29","amount":1}\n')
    assert [row["is_deleted"] for row in landed(done)] == [False]


def test_a_row_of_which_not_even_the_key_is_there_is_quarantined() -> None:
    put: list[bytes] = []
    done = transformed(PAYMENTS, Header("sql/x", deleted=True), b'{"id":7}\n', put)
    assert (done.landed, done.quarantined) == (0, 1)
    assert b"paid_on is missing" in put[0]


def test_a_record_that_is_cut_and_put_back_still_says_so() -> None:
    put: list[bytes] = []
    body = b'{"id":7,"paid_on":"2020-02-29"}\n{"id":8,"paid_on":"2021-01-01"}\n'
    transformed(PAYMENTS, Header("sql/x", deleted=True), body, put)
    assert len(put) == 2
    for record in put:
        header, _, rest = record.partition(b"\n")
        assert b'"deleted":true' in header
        again = transformed(PAYMENTS, msgspec.json.decode(header, type=dict[str, Header])["standpipe"], rest)
        assert [row["is_deleted"] for row in landed(again)] == [True]


@pytest.mark.parametrize("deleted", [True, False])
def test_a_dataset_without_deletes_refuses_them(deleted: bool) -> None:
    contract = msgspec.structs.replace(PAYMENTS, source=Put())
    body = b'{"id":7,"paid_on":"2020-02-29","amount":1}\n'
    done = transformed(contract, Header("sql/x", deleted=deleted), body)
    if deleted:
        assert "its contract's source is not a SQL database" in done.failures["1"]
    else:
        assert "is_deleted" not in landed(done)[0]
