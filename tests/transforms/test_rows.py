"""Rows that are not what the contract says: which rule they broke, what the reason says, and that good ones land."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from delivery.header import Header
from schemas.checks import AtLeast, NotNegative, OneOf, Positive
from schemas.contract import Column, ColumnType, Contract, Partition
from tests.transforms.firehose_fakes import CONTRACTS, FakeFirehose, event, fx, landed, price, transform
from transforms.record import Reader

LINEAGE = {"source": "load-1", "ingested_at": "2026-11-23 19:00:00.000"}
TRADE = {
    "trade_id": "T1",
    "account": "A1",
    "ticker": "IBM",
    "side": "BUY",
    "quantity": 10,
    "price": 1.5,
    "currency": "USD",
    "traded_at": "2020-01-02 03:04:05",
}


def trade(**changes: Any) -> bytes:
    return json.dumps({**TRADE, **changes}).encode()


def read(dataset: str, body: bytes) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Rows that land and (rule, reason) of those that do not."""
    reading = Reader(CONTRACTS[dataset]).read(body, LINEAGE)
    rows = [json.loads(line) for landing in reading.landings for line in landing.lines.splitlines()]
    return rows, [(reject.broken.rule, reject.broken.reason) for reject in reading.rejects]


@pytest.mark.parametrize(
    ("changes", "rule", "reason"),
    [
        ({"side": "HOLD"}, "one_of", "side is 'HOLD'; valid: one of BUY, SELL"),
        ({"quantity": 0}, "positive", "quantity is 0.0; valid: a number above 0"),
        ({"quantity": None}, "required", "quantity is missing; valid: a finite number under 'quantity'"),
        ({"quantity": ""}, "type", "quantity is ''; valid: a finite number"),
        ({"quantity": "NaN"}, "type", "quantity is 'NaN'; valid: a finite number"),
        ({"quantity": float("nan")}, "type", "quantity is NaN; valid: a finite number"),
        ({"quantity": float("-inf")}, "type", "quantity is -Infinity; valid: a finite number"),
        ({"quantity": "1e400"}, "type", "quantity is '1e400'; valid: a finite number"),
        ({"quantity": "."}, "type", "quantity is '.'; valid: a finite number"),
        ({"quantity": "1_000"}, "type", "quantity is '1_000'; valid: a finite number"),
        ({"quantity": "+-5"}, "type", "quantity is '+-5'; valid: a finite number"),
        ({"quantity": True}, "type", "quantity is True; valid: a finite number"),
        ({"account": 1.5}, "type", "account is 1.5; valid: text, a whole number, true or false"),
        ({"account": [17]}, "type", "account is [17]; valid: text"),
        ({"account": {"id": 1}}, "type", "valid: text"),
        ({"traded_at": "2020-02-30 00:00:00"}, "type", "traded_at is '2020-02-30 00:00:00'; valid: yyyy-MM-dd["),
        ({"traded_at": 1577934245}, "type", "traded_at is 1577934245; valid: yyyy-MM-dd[ HH:mm[:ss"),
        ({"traded_at": "2020-02-30"}, "type", "traded_at is '2020-02-30'"),
        ({"traded_at": "2020-01-02 24:00"}, "type", "traded_at is '2020-01-02 24:00'"),
        ({"traded_at": "2020-01-02 3:04"}, "type", "valid: yyyy-MM-dd[ HH:mm[:ss[.SSS]]], or with T"),
        ({"traded_at": "0001-01-01T00:00:00+14:00"}, "type", "traded_at is"),
        ({"traded_at": "1850-01-02 00:00:00"}, "type", "outside the table's partitions; valid: years from 1990 to"),
        ({"ticker": "\ud800"}, "type", "ticker is '\\ud800'"),
    ],
)
def test_a_bad_row_says_what_is_wrong_and_its_neighbour_lands(changes: dict[str, Any], rule: str, reason: str) -> None:
    rows, rejects = read("trades", trade(**changes) + b"\n" + trade(trade_id="T2"))
    assert [row["trade_id"] for row in rows] == ["T2"]
    ((found, said),) = rejects
    assert found == rule
    assert reason in said


@pytest.mark.parametrize(
    ("text", "landed_as"),
    [
        ("2020-01-02 03:04:05", "2020-01-02 03:04:05.000"),
        ("2020-01-02T03:04:05.1239Z", "2020-01-02 03:04:05.123"),
        ("2020-01-01T23:30:00-05:00", "2020-01-02 04:30:00.000"),
        ("2019-12-31 23:30:00.5+00:00", "2019-12-31 23:30:00.500"),
        ("2019-12-31 23:59:59.999999999", "2019-12-31 23:59:59.999"),
        ("2019-12-31T23:59:59.999999999-01:00", "2020-01-01 00:59:59.999"),
        ("2020-01-02", "2020-01-02 00:00:00.000"),
        ("2020-01-02 03:04", "2020-01-02 03:04:00.000"),
        ("2020-01-02T03:04Z", "2020-01-02 03:04:00.000"),
        ("2020-01-01T23:30-05:00", "2020-01-02 04:30:00.000"),
    ],
)
def test_timestamps_land_in_utc_with_milliseconds(text: str, landed_as: str) -> None:
    rows, rejects = read("trades", trade(traded_at=text))
    assert [row["traded_at"] for row in rows] == [landed_as]
    assert rejects == []


def test_the_partition_of_a_timestamp_is_that_of_its_moment_in_utc() -> None:
    (answer,) = transform("trades", FakeFirehose())(event(trade(traded_at="2019-12-31T23:30:00-05:00"))).response[
        "records"
    ]
    assert answer["metadata"]["partitionKeys"] == {"year": "2020"}


@pytest.mark.parametrize(
    ("number", "landed_as"),
    [
        *[('"12.5"', "12.50"), ("12.50", "12.50"), ("12.500000", "12.50"), ("12", "12.00"), ("1.25e1", "12.50")],
        *[('".5"', "0.50"), ('"5."', "5.00"), ('"+5"', "5.00"), ('"007"', "7.00"), ('"-0.00"', "0.00"), ("-0", "0.00")],
        *[("123456789012345.67", "123456789012345.67"), ('"-123456789012345.67"', "-123456789012345.67")],
        *[("0e99", "0.00"), ("null", None)],
    ],
)
def test_decimals_land_exactly(number: str, landed_as: str | None) -> None:
    body = trade(fees=0).replace(b'"fees": 0', f'"fees": {number}'.encode())
    for each in (Reader(CONTRACTS["trades"]).read, Reader(CONTRACTS["trades"]).read_row_by_row):
        reading = each(body, LINEAGE)
        assert [json.loads(landing.lines)["fees"] for landing in reading.landings] == [landed_as], reading.rejects


@pytest.mark.parametrize(
    "number",
    [
        *["12.505", '"12.505"', "12345678901234567", "1e16", '"1_000"', '"1,5"', '""', '" 1"', '"NaN"', '"-Infinity"'],
        *["true", "[1]", '{"a": 1}', '"1e999999999999999999999"', '"٣"'],
    ],
)
def test_a_decimal_that_does_not_fit_is_refused_and_not_rounded(number: str) -> None:
    body = trade(fees=0).replace(b'"fees": 0', f'"fees": {number}'.encode())
    rows, ((rule, reason),) = read("trades", body + b"\n" + trade(trade_id="T2", fees="0.1"))
    assert [row["fees"] for row in rows] == ["0.10"]
    assert rule == "type"
    assert reason.startswith("fees is ")
    assert reason.endswith("; valid: a number of at most 16 digits before the point and 2 after it")


QUOTES = Contract(
    "quotes",
    "Quotes.",
    (
        Column("symbol", "string", source_names="data.s"),
        Column("at", "timestamp", source_names="data.t"),
        Column("bid", "double", source_names=("data.quote.bid", "b")),
        Column("note", "string", source_names="note.text"),
    ),
    ("symbol", "at"),
    partition=Partition("at"),
)


@pytest.mark.parametrize(
    ("row", "bid", "note"),
    [
        ({"data": {"s": "A", "t": "2020-01-02", "quote": {"bid": 1.5}}, "note": {"text": "x"}}, 1.5, "x"),
        ({"data": {"s": "A", "t": "2020-01-02", "quote": {"bid": None}}, "b": "2.5", "note": "x"}, 2.5, "x"),
        ({"data": {"s": "A", "t": "2020-01-02", "quote": [3]}, "bid": 4}, 4.0, None),
        ({"data": {"s": "B", "t": "2020-01-02"}, "data.quote.bid": 5, "data.s": "A", "note.text": "x"}, 5.0, "x"),
        ({"data": {"s": "A", "t": "2020-01-02", "quote.bid": 6}}, 6.0, None),
    ],
)
def test_fields_of_objects_inside_a_row_are_found_by_their_path(row: Any, bid: float, note: str | None) -> None:
    (landing,) = Reader(QUOTES).read(json.dumps(row).encode(), LINEAGE).landings
    assert landing.partition == "2020"
    landed = json.loads(landing.lines)
    assert [landed[name] for name in ("symbol", "bid", "note")] == ["A", bid, note]


def test_a_header_may_name_a_path() -> None:
    header = Header(columns=("data.s", "data.t", "b"))
    (landing,) = Reader(QUOTES).read(b'["A","2020-01-02",1.5]\n', LINEAGE, header).landings
    assert json.loads(landing.lines)["bid"] == 1.5


def test_a_value_that_no_path_leads_to_is_missing_under_its_paths() -> None:
    (reject,) = Reader(QUOTES).read(b'{"data": {"t": "2020-01-02", "quote": {"bid": 1}}}', LINEAGE).rejects
    assert reject.broken.reason == (
        "symbol is missing; valid: text, a whole number, true or false under 'data.s' or 'symbol'"
    )


def test_rules_compare_decimals_as_numbers() -> None:
    columns = (
        Column("id", "string"),
        Column("bid", "decimal", precision=9, scale=2, required=True),
        Column("ask", "decimal", precision=9, scale=4),
        Column("size", "int"),
    )
    checks = (Positive(("bid",)), NotNegative(("ask",)), AtLeast("ask", ("bid", "size")))
    reader = Reader(Contract("quotes", "Quotes.", columns, ("id",), checks=checks))
    good = [("9.5", "10.25", 10), ("9", None, 99), ("0.01", "0.0100", 0)]
    bad = [
        (("10.5", "9.75", None), "ask is '9.7500' and bid is '10.50'; ask must be at least bid"),
        (("9.5", "9.75", 10), "ask is '9.7500' and size is 10; ask must be at least size"),
        (("-0.00", "1", 1), "bid is '0.00'; valid: a number above 0"),
        (("1", "-1", 1), "ask is '-1.0000'; valid: 0 or more"),
    ]
    rows = [dict(zip(("id", "bid", "ask", "size"), ("a", *values), strict=True)) for values in good]
    body = b"\n".join(json.dumps(row).encode() for row in rows)
    assert reader.read(body, LINEAGE) == reader.read_row_by_row(body, LINEAGE)
    assert reader.read(body, LINEAGE).landings[0].rows == len(good)
    for values, reason in bad:
        row = dict(zip(("id", "bid", "ask", "size"), ("a", *values), strict=True))
        (reject,) = reader.read(json.dumps(row).encode(), LINEAGE).rejects
        assert reject.broken.reason == reason


@pytest.mark.parametrize(
    ("value", "landed_as"),
    [
        *[("5", 5), (5, 5), ("9007199254740993", 9007199254740993), (5.0, 5), (None, None)],
        *[("+5", 5), ("007", 7), ("5.", 5), ("00", 0), ("09007199254740993", 9007199254740993)],
    ],
)
def test_integers_land_as_integers(value: Any, landed_as: int | None) -> None:
    body = json.dumps({"IBM": {"2010-01-04": price(**{"6. volume": value})}}).encode()
    ((row,), rejects) = read("stocks_daily", body)
    assert row["volume"] == landed_as
    assert type(row["volume"]) is type(landed_as)
    assert rejects == []


@pytest.mark.parametrize("value", ["1.5", 1.5, "9223372036854775808", "abc", "0x10", " 5"])
def test_what_is_no_integer_is_refused(value: Any) -> None:
    _, rejects = read("stocks_daily", json.dumps({"IBM": {"2010-01-04": price(**{"6. volume": value})}}).encode())
    assert [rule for rule, _ in rejects] == ["type"]


@pytest.mark.parametrize(
    ("value", "landed_as"),
    [
        *[("17", "17"), ("0017", "0017"), ("true", "true"), ("null", "null")],
        *[(17, "17"), (-2, "-2"), (10**30, "1" + "0" * 30), (17.0, "17"), (True, "true"), (False, "false")],
    ],
)
def test_whole_numbers_and_booleans_are_text_in_a_column_of_text(value: Any, landed_as: str) -> None:
    rows, rejects = read("trades", trade(account=value, ticker=value))
    assert [(row["account"], row["ticker"]) for row in rows] == [(landed_as, landed_as)]
    assert rejects == []


def test_the_text_of_a_number_is_held_against_the_values_that_are_valid() -> None:
    columns = (Column("id", "string"), Column("kind", "string", required=True))
    contract = Contract("things", "Things.", columns, ("id",), checks=(OneOf("kind", ("1", "2")),))
    reading = Reader(contract).read(b'{"id":1,"kind":2}{"id":2,"kind":3}', LINEAGE)
    assert [json.loads(landing.lines)["kind"] for landing in reading.landings] == ["2"]
    assert [reject.broken.reason for reject in reading.rejects] == ["kind is '3'; valid: one of 1, 2"]


def test_doubles_land_as_numbers() -> None:
    (answer,) = transform("fx_daily", FakeFirehose())(event(fx({"2010-01-04": price("3")}))).response["records"]
    assert isinstance(landed(answer)[0]["close"], float)


@pytest.mark.parametrize(
    ("text", "number"),
    [(".5", 0.5), ("-.5", -0.5), ("5.", 5), ("+5", 5), ("007", 7), ("00.5", 0.5), ("-007.50", -7.5), ("+.5e-1", 0.05)],
)
def test_numbers_may_be_written_in_ways_that_json_does_not_know(text: str, number: float) -> None:
    body = json.dumps({"IBM": {"2010-01-04": price(**{"5. adjusted close": text})}}).encode()
    ((row,), rejects) = read("stocks_daily", body)
    assert row["adj_close"] == number
    assert rejects == []


def test_names_may_change_from_row_to_row() -> None:
    document = {
        "IBM": {
            "2010-01-04": price(**{"6. volume": "1"}),
            "2010-01-05": price(**{"5. volume": "2"}),
            "2010-01-06": {"open": 1, "high": 9, "low": 1, "close": 1, "volume": 3},
            "2010-01-07": price(**{"6. volume": None, "5. volume": "4"}),
        }
    }
    rows, rejects = read("stocks_daily", json.dumps(document).encode())
    assert [row["volume"] for row in rows] == [1, 2, 3, 4]
    assert rejects == []


def test_a_key_that_occurs_twice_gives_two_rows() -> None:
    day = json.dumps(price()).encode()
    rows, _ = read("fx_daily", b'{"USD":{"GBP":{"2010-01-04":' + day + b',"2010-01-04":' + day + b"}}}")
    assert len(rows) == 2


def test_a_branch_that_ends_too_early_is_one_bad_row() -> None:
    document = {"USD": {"GBP": {"2010-01-04": price(), "2010-01-05": 7}, "EUR": "closed"}}
    rows, rejects = read("fx_daily", json.dumps(document).encode())
    assert len(rows) == 1
    assert [rule for rule, _ in rejects] == ["parse", "parse"]
    assert rejects[1][1] == "USD > EUR is not an object; valid: base > quote > date, then a row's columns"


def test_a_line_that_is_not_json_is_one_bad_row() -> None:
    rows, rejects = read("trades", trade() + b"\n{broken\n\xff\xfe\n7\n" + trade(trade_id="T2") + b"\n")
    assert [row["trade_id"] for row in rows] == ["T1", "T2"]
    assert [rule for rule, _ in rejects] == ["parse", "parse", "parse"]


@pytest.mark.parametrize("separator", [b"\n", b"", b"\r\n", b"\n\n  "])
def test_rows_may_follow_one_another_in_any_way(separator: bytes) -> None:
    rows, rejects = read("trades", separator.join([trade(), trade(trade_id="T2"), trade(trade_id="T3")]))
    assert [row["trade_id"] for row in rows] == ["T1", "T2", "T3"]
    assert rejects == []


def test_documents_may_follow_one_another() -> None:
    rows, _ = read("fx_daily", fx({"2010-01-04": price()}) + b"\n" + fx({"2010-01-05": price()}, quote="EUR"))
    assert [(row["quote"], row["date"]) for row in rows] == [("GBP", "2010-01-04"), ("EUR", "2010-01-05")]


def test_a_bad_value_names_its_column() -> None:
    reading = Reader(CONTRACTS["trades"]).read(trade(quantity="x") + b"\n" + trade(side="HOLD"), LINEAGE)
    assert [reject.broken.column for reject in reading.rejects] == ["quantity", "side"]


@pytest.mark.parametrize("text", ["null", "NULL", "Null"])
@pytest.mark.parametrize("of", ["string", "boolean", "int", "bigint", "double", "decimal", "date", "timestamp"])
def test_the_text_null_is_no_value_in_all_columns_but_those_of_text(of: ColumnType, text: str) -> None:
    value = Column("value", of, precision=9 if of == "decimal" else 0)
    contract = Contract("odd", "Odd.", (Column("id", "string"), value), ("id",))
    body = json.dumps({"id": "null", "value": text}).encode()
    for read in (Reader(contract).read, Reader(contract).read_row_by_row):
        (landing,) = read(body, LINEAGE).landings
        row = json.loads(landing.lines)
        assert (row["id"], row["value"]) == ("null", text if of == "string" else None)
    needed = replace(contract, columns=(contract.columns[0], replace(value, required=True)))
    assert [reject.broken.rule for reject in Reader(needed).read(body, LINEAGE).rejects] == (
        [] if of == "string" else ["required"]
    )
