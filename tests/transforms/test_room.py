"""What producers pack, the transform can answer: nothing is put back, and billed again, for want of room."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pybase64
import pytest

from delivery.header import UNIT_SEPARATOR, Format, Header
from delivery.packing import pack
from delivery.rows import Block, Leaf, Record, Row
from producers.cutting import cut
from schemas.load import load_contracts
from transforms.transform import Transform

CONTRACTS = load_contracts()
SOURCE = "s3://standpipe-prod-drop-123456789012-eu-west-1/drop/a folder/a file of 2024.csv?versionId=3sL4kqtJlcpXroDT"
Packable = Row | Leaf | Block


def trades(form: Format) -> Iterator[Packable]:
    """Text as the producer of files puts it, a block at a time."""
    line = "T%09d,GB-1,MSFT,BUY,10,26.97,USD,2010-01-04 15:04:21\n".replace(",", form.delimiter)
    for start in range(0, 60_000, 1000):
        yield Block("2010", "".join(line % number for number in range(start, start + 1000)).encode(), 1000, form)


def accounts(form: Format) -> Iterator[Packable]:
    """The shortest of rows: they grow most."""
    for number in range(60_000):
        yield Row(None, json.dumps([f"A{number}", "B", "GBP", True]).encode(), form, number + 2)


def rates(_: Format) -> Iterator[Packable]:
    days = [str(date(2010, 1, 1) + timedelta(days=number)) for number in range(365)]
    leaf = {"1. open": "0.62", "2. high": "0.63", "3. low": "0.61", "4. close": "0.62"}
    document = {"USD": {f"Q{number}": dict.fromkeys(days, leaf) for number in range(60)}}
    yield from (leaf for leaf in cut(json.dumps(document).encode(), CONTRACTS["fx_daily"]) if isinstance(leaf, Leaf))


def objects(_: Format) -> Iterator[Packable]:
    for number in range(30_000):
        row = {"trade_id": f"T{number}", "account": "A", "ticker": "IBM", "side": "BUY", "quantity": 1, "price": 1.5,
               "currency": "USD", "traded_at": "2010-01-04 15:04:21"}  # fmt: skip
        yield Row("2010", json.dumps(row).encode())


TRADE = ("trade_id", "account", "ticker", "side", "quantity", "price", "currency", "traded_at")


@pytest.mark.parametrize(
    ("dataset", "rows", "form"),
    [
        ("trades", trades, Format(TRADE, ",")),
        ("trades", trades, Format(TRADE, UNIT_SEPARATOR)),
        ("trades", objects, Format()),
        ("accounts", accounts, Format(("account", "owner", "base_currency", "is_active"))),
        ("fx_daily", rates, Format()),
    ],
    ids=["commas", "unit separators", "objects", "arrays", "documents"],
)
def test_any_two_records_are_answered_whole(dataset: str, rows: object, form: Format) -> None:
    assert callable(rows)
    records = [record for record in pack(rows(form), Header(SOURCE)) if isinstance(record, Record)]
    transform = Transform(CONTRACTS[dataset], "quarantine", lambda stream, put: "", lambda: datetime.now(UTC))
    assert len(records) > 2
    for pair in pairwise(records):
        data = [{"recordId": str(at), "data": pybase64.b64encode_as_string(one.data)} for at, one in enumerate(pair)]
        done = transform({"deliveryStreamArn": f"a/{dataset}", "records": data})  # type: ignore[typeddict-item]
        assert (done.landed, done.put_back) == (sum(one.rows for one in pair), 0)
