"""Decimals land exactly as they are in a file, whatever its format."""

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from delivery.header import split_header
from schemas.contract import Column, Contract
from schemas.files import Files, Numbers
from tests.producers.files.test_fidelity import parquet, workbook
from tests.producers.files.world import World
from tests.producers.receiving import PREFIX
from transforms.delimited import as_arrays
from transforms.record import Reader

CONTRACT = Contract(
    "fees",
    "Fees.",
    (Column("id", "string"), Column("amount", "decimal", precision=20, scale=4)),
    ("id",),
    source=Files(numbers=Numbers(decimal=",", thousands=".")),
)
EXACT = [Decimal("1234567890123456.7891"), Decimal("0.1"), Decimal("-12"), None, Decimal("0.0001")]
LANDED = ["1234567890123456.7891", "0.1000", "-12.0000", None, "0.0001"]
IDS = list("abcde")
ARROW = {"id": pa.array(IDS), "amount": pa.array(EXACT, pa.decimal128(30, 10))}


def landed(name: str, content: bytes | str, contract: Contract = CONTRACT) -> list[Any]:
    world = World({"fees": contract})
    world.drop(f"drop/fees/{name}", content)
    assert world.quarantine == []
    rows: list[Any] = []
    for data in world.firehose.taken[f"{PREFIX}fees"]:
        header, body = split_header(data)
        lines = as_arrays(body, header.delimiter) if header.delimiter else body
        reading = Reader(contract).read(lines, {"source": "s"}, header)
        assert reading.rejects == ()
        rows += [json.loads(line) for landing in reading.landings for line in landing.lines.splitlines()]
    return [row["amount"] for row in sorted(rows, key=lambda row: str(row["id"]))]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("f.csv", "id;amount\na;1.234.567.890.123.456,7891\nb;0,1\nc;-12\nd;\ne;0,0001\n"),
        (
            "f.ndjson",
            '{"id":"a","amount":1234567890123456.7891}\n{"id":"b","amount":0.1}\n{"id":"c","amount":-12}\n'
            '{"id":"d","amount":null}\n{"id":"e","amount":1E-4}\n',
        ),
        (
            "f.json",
            '[{"id":"a","amount":1234567890123456.7891},{"id":"b","amount":"0,10"},{"id":"c","amount":-12.0},'
            '{"id":"d"},{"id":"e","amount":0.0001}]',
        ),
        ("f.parquet", parquet(ARROW)),
        ("texts.parquet", parquet({**ARROW, "amount": ["1.234.567.890.123.456,7891", "0,1", "-12", None, "0,0001"]})),
        ("nested.parquet", parquet({**ARROW, "note": [[1], [], None, [2], [3]]})),
    ],
)
def test_a_decimal_is_not_read_as_a_double(name: str, content: bytes | str) -> None:
    assert landed(name, content) == LANDED


def test_numbers_of_excel_are_those_that_it_shows() -> None:
    """It keeps fifteen digits; a double that a formula has left may have more."""
    sheet = [["id", "amount"], ["a", 0.1 + 0.2], ["b", 1234.5600000000001], ["c", 12], ["d", None], ["e", 1e-4]]
    assert landed("f.xlsx", workbook(sheet)) == ["0.3000", "1234.5600", "12.0000", None, "0.0001"]


def test_doubles_of_parquet_land_where_they_fit() -> None:
    doubles = {"id": pa.array(IDS), "amount": pa.array([0.1, 1234.5678, -12, None, 1e-4])}
    assert landed("f.parquet", parquet(doubles)) == ["0.1000", "1234.5678", "-12.0000", None, "0.0001"]


@pytest.mark.parametrize("number", ["1e400", "9" * 5000], ids=["1e400", "5,000 digits"])
@pytest.mark.parametrize("form", ["{}\n{}\n", "[{},{}]"], ids=["lines", "array"])
def test_a_number_that_does_not_fit_in_the_first_row_is_left_to_the_transform(form: str, number: str) -> None:
    rows = [f'{{"id":"{name}","amount":{amount}}}' for name, amount in (("a", number), ("b", "2"))]
    (report,) = World({"fees": CONTRACT}).drop("drop/fees/f.json", form.format(*rows))
    assert (report.outcome, report.reason) == ("landed", "")
    assert report.load
    assert (report.load.rows, report.load.rejected) == (2, 0)
