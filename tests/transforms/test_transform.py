"""What becomes of the records of a batch."""

import json
from datetime import date, timedelta

import msgspec
import pytest

from delivery.header import Header, split_header, with_header
from delivery.limits import LAMBDA_PAYLOAD_BYTES, MAX_RECORD_BYTES
from tests.transforms.firehose_fakes import (
    INGESTED_AT,
    QUARANTINE,
    STREAM,
    FakeFirehose,
    event,
    fx,
    landed,
    price,
    rows,
    transform,
)
from transforms.plan import MAX_SOURCE_CHARS, MAX_SPLITS

GOOD = fx({"2010-01-04": price(), "2010-01-05": price()})
BAD = fx({"2010-01-04": price("-1")})


def test_a_nested_document_becomes_rows_with_lineage_and_a_partition() -> None:
    body = with_header(Header("s3://drop/fx.json?versionId=3"), fx({"2010-01-04": price(0.62)}))
    (answer,) = transform("fx_daily", FakeFirehose())(event(body)).response["records"]
    assert answer["result"] == "Ok"
    assert answer["metadata"] == {"partitionKeys": {"year": "2010"}}
    assert landed(answer) == [
        {
            "date": "2010-01-04",
            "open": 1.0,
            "high": 9.0,
            "low": 0.5,
            "close": 0.62,
            "base": "USD",
            "quote": "GBP",
            "source": "s3://drop/fx.json?versionId=3",
            "ingested_at": INGESTED_AT,
        }
    ]


def test_flat_rows_of_a_nested_dataset_land_the_same() -> None:
    flat = {"base": "USD", "quote": "GBP", "date": "2010-01-04", **price()}
    (answer,) = transform("fx_daily", FakeFirehose())(event(json.dumps(flat).encode())).response["records"]
    (row,) = landed(answer)
    assert (row["base"], row["date"], row["high"]) == ("USD", "2010-01-04", 9.0)
    assert row["source"] == f"firehose/{STREAM}/1"


def test_an_array_with_a_value_too_few_is_quarantined_and_its_neighbours_land_and_are_cut_by_partition() -> None:
    firehose, prices = FakeFirehose(), list(price().values())
    days = ("2010-01-04", "2009-12-31", "2010-01-05")
    body = "\n".join(json.dumps(row) for row in ([*(["USD", "GBP", day, *prices] for day in days), ["USD", "GBP"]]))
    header = Header("load-1", columns=("base", "quote", "date", *price()))
    (answer,) = transform("fx_daily", firehose)(event(with_header(header, body.encode()))).response["records"]
    assert answer["result"] == "Dropped"
    (bad,) = firehose.quarantined()
    assert bad["reason"] == "the row has 2 values, the header names 7 columns"
    assert bad["source_row"] == '["USD","GBP"]'
    parts = [split_header(part) for part in firehose.records(STREAM)]
    assert [header for header, _ in parts] == [Header("load-1", 1)] * 2
    assert [[row["date"] for row in rows(body)] for _, body in parts] == [["2010-01-04", "2010-01-05"], ["2009-12-31"]]


def test_rows_between_delimiters_land_as_their_arrays_and_odd_ones_are_quarantined() -> None:
    firehose = FakeFirehose()
    lines = ["USD;GBP;2010-01-04;1;9;0.5;0.62", 'USD;"x";2010-01-05;1;9;0.5;0.62', "USD;EUR;2010-01-06;1;9;0.5;"]
    body = "\n".join([*lines, "USD;GBP"]).encode() + b"\nUSD;\xff;2010-01-04;1;9;0.5;0.62\n"
    header = Header("load-1", columns=("base", "quote", "date", *price()), delimiter=";", lines=(2, 5))
    (answer,) = transform("fx_daily", firehose)(event(with_header(header, body))).response["records"]
    assert [(row["quote"], row["close"]) for row in landed(answer)] == [("GBP", 0.62), ('"x"', 0.62)]
    empty, short, foreign = firehose.quarantined()
    assert (empty["line"], empty["reason"].partition(";")[0]) == (4, "close is missing")
    assert (short["line"], short["source_row"]) == (5, '["USD","GBP"]')
    assert (foreign["line"], foreign["source_row"]) == (6, "USD;\\xff;2010-01-04;1;9;0.5;0.62")


def test_a_header_of_more_lines_than_rows_has_no_line_numbers() -> None:
    firehose = FakeFirehose()
    transform("fx_daily", firehose)(event(with_header(Header("load-1", lines=(1, 10**15)), b'{"base":"USD"}')))
    (bad,) = firehose.quarantined()
    assert bad["line"] is None


def test_a_header_over_no_text_holds_no_rows() -> None:
    header = Header("load-1", columns=("base",), delimiter=";")
    (answer,) = transform("fx_daily", FakeFirehose())(event(with_header(header, b""))).response["records"]
    assert answer["result"] == "ProcessingFailed"


def test_a_value_that_is_a_list_is_shown_as_it_came() -> None:
    firehose = FakeFirehose()
    transform("fx_daily", firehose)(event(fx({"2010-01-04": {**price(), "4. close": [1, "x", {"a": 2.5}]}})))
    (bad,) = firehose.quarantined()
    assert bad["reason"] == """close (as '4. close') is [1,"x",{"a":2.5}]; valid: a finite number"""


@pytest.mark.parametrize("depth", [100, 500, 900, 2000, 100_000])
def test_a_row_of_any_depth_is_quarantined_whole_and_its_neighbours_land(depth: int) -> None:
    firehose = FakeFirehose()
    flat = {"base": "USD", "quote": "GBP", "date": "2010-01-04", **price()}
    good, deep = json.dumps(flat), '{"base":"USD","x":' + "[" * depth + "1" + "]" * depth + "}"
    (answer,) = transform("fx_daily", firehose)(event(f"{good}\n{deep}\n{good}".encode())).response["records"]
    assert len(landed(answer)) == 2
    (bad,) = firehose.quarantined()
    assert bad["source_row"] == deep


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("\0" * 150_000, "abc"),
        ('{"a":1,"b":"c"},' * 45_000, "abc"),
        ("\U0001f600" * 200_000, "abc"),
        ("x", "\0" * 170_000),
    ],
)
def test_a_long_bad_row_is_cut_in_the_quarantine_and_its_neighbours_land(text: str, close: str) -> None:
    firehose = FakeFirehose()
    good = {"base": "USD", "quote": "GBP", "date": "2010-01-04", **price()}
    lines = [json.dumps(row, ensure_ascii=False) for row in (good, {**good, **price(close), "note": text}, good)]
    (answer,) = transform("fx_daily", firehose)(event("\n".join(lines).encode())).response["records"]
    assert len(landed(answer)) == 2
    (bad,) = firehose.quarantined()
    assert bad["source_row"].startswith('{"base":"USD"')
    assert bad["source_row"].endswith(" characters)")


def test_a_long_reason_is_cut() -> None:
    firehose = FakeFirehose()
    row = {"trade_id": "T1", "account": "A1", "ticker": "MSFT", "side": "\0" * 250_000, "currency": "USD"}
    body = msgspec.json.encode({**row, "traded_at": "2010-01-04", "quantity": 1, "price": 1.5})
    (answer,) = transform("trades", firehose)(event(body)).response["records"]
    assert answer["result"] == "Dropped"
    (bad,) = firehose.quarantined()
    assert (bad["column_name"], bad["reason"][-12:]) == ("side", " characters)")


def test_three_bad_rows_of_a_thousand_are_quarantined_and_their_neighbours_land() -> None:
    days = {str(date(1999, 1, 1) + timedelta(days=number)): price() for number in range(250)}
    document = {"USD": {quote: dict(days) for quote in ("GBP", "EUR", "CHF", "JPY")}}
    document["USD"]["GBP"]["1999-02-01"] = price("abc")
    document["USD"]["EUR"]["1999-03-01"] = price("0")
    document["USD"]["CHF"]["1999-04-01"] = price("99")
    firehose = FakeFirehose()
    result = transform("fx_daily", firehose)(event(with_header(Header("load-1"), json.dumps(document).encode())))
    (answer,) = result.response["records"]
    assert len(landed(answer)) == result.landed == 997
    assert [(row["dataset"], row["rule"], row["reason"], row["source"]) for row in firehose.quarantined()] == [
        ("fx_daily", "type", "close (as '4. close') is 'abc'; valid: a finite number", "load-1"),
        ("fx_daily", "positive", "close is 0.0; valid: a number above 0", "load-1"),
        ("fx_daily", "at_least", "high is 9.0 and close is 99.0; high must be at least close", "load-1"),
    ]
    assert json.loads(firehose.quarantined()[0]["source_row"]) == {
        "base": "USD",
        "quote": "GBP",
        "date": "1999-02-01",
        **price("abc"),
    }


def test_bad_rows_of_many_records_travel_in_few() -> None:
    firehose = FakeFirehose()
    result = transform("fx_daily", firehose)(event(*[BAD] * 300))
    assert {answer["result"] for answer in result.response["records"]} == {"Dropped"}
    assert len(firehose.quarantined()) == 300
    assert len(firehose.records(QUARANTINE)) == 1


def test_a_record_fails_when_its_bad_rows_cannot_be_put() -> None:
    mixed = fx({"2010-01-04": price(), "2010-01-05": price("-1")})
    result = transform("fx_daily", FakeFirehose(QUARANTINE))(event(GOOD, mixed, BAD))
    assert [answer["result"] for answer in result.response["records"]] == ["Ok", "ProcessingFailed", "ProcessingFailed"]
    assert result.failures == {"2": f"{QUARANTINE} is down", "3": f"{QUARANTINE} is down"}


def test_a_record_that_spans_partitions_is_cut_and_put_back_and_lands_on_its_return() -> None:
    firehose = FakeFirehose()
    body = with_header(Header("load-1"), fx({"2009-12-31": price(), "2010-01-04": price(), "2010-01-05": price("-1")}))
    result = transform("fx_daily", firehose)(event(body))
    assert [answer["result"] for answer in result.response["records"]] == ["Dropped"]
    assert len(firehose.quarantined()) == 1
    parts = firehose.records(STREAM)
    assert [split_header(part)[0] for part in parts] == [Header("load-1", 1)] * 2
    returned = transform("fx_daily", FakeFirehose())(event(*parts)).response["records"]
    assert [answer["metadata"]["partitionKeys"] for answer in returned] == [{"year": "2009"}, {"year": "2010"}]
    assert [row["date"] for answer in returned for row in landed(answer)] == ["2009-12-31", "2010-01-04"]
    assert {row["source"] for answer in returned for row in landed(answer)} == {"load-1"}


def test_a_record_that_was_cut_too_often_fails() -> None:
    body = with_header(Header("load-1", MAX_SPLITS), fx({"2009-12-31": price(), "2010-01-04": price()}))
    firehose = FakeFirehose()
    result = transform("fx_daily", firehose)(event(body))
    assert result.response["records"] == [{"recordId": "1", "result": "ProcessingFailed"}]
    assert "after 3 splits" in result.failures["1"]
    assert firehose.taken == []


def test_a_record_fails_when_its_parts_cannot_be_put_back() -> None:
    spanning = fx({"2009-12-31": price(), "2010-01-04": price(), "2010-01-05": price("-1")})
    firehose = FakeFirehose(STREAM)
    result = transform("fx_daily", firehose)(event(spanning, GOOD))
    assert [answer["result"] for answer in result.response["records"]] == ["ProcessingFailed", "Ok"]
    assert firehose.taken == []  # what comes again from the error prefix is quarantined then, and once


def test_the_response_stays_under_6_mb_and_what_does_not_fit_comes_again() -> None:
    days = {str(date(2010, 1, 1) + timedelta(days=number)): price() for number in range(365)}
    body = json.dumps({"USD": {f"Q{number:02}": days for number in range(25)}}).encode()
    source = "s3://" + "x" * 400
    firehose = FakeFirehose()
    batch = event(*[with_header(Header(source), body[:-2] + b"}}") for _ in range(4)])
    result = transform("fx_daily", firehose)(batch)
    answers = result.response["records"]
    assert len(json.dumps(result.response)) < 6_000_000 < LAMBDA_PAYLOAD_BYTES
    assert [answer["recordId"] for answer in answers] == ["1", "2", "3", "4"]
    assert {answer["result"] for answer in answers} >= {"Dropped"}
    put_back = firehose.records(STREAM)
    assert all(len(record) <= MAX_RECORD_BYTES for record in put_back)
    here = sum(len(landed(answer)) for answer in answers if answer["result"] == "Ok")
    assert here + sum(len(rows(split_header(record)[1])) for record in put_back) == 4 * 25 * 365


def test_a_key_that_would_repeat_beyond_all_bounds_fails_its_record_only() -> None:
    days = {f"{year}-{month:02}-01": price() for year in range(1990, 2090) for month in range(1, 13)}
    result = transform("fx_daily", FakeFirehose())(event(fx(days, base="x" * 100_000), GOOD))
    assert [answer["result"] for answer in result.response["records"]] == ["ProcessingFailed", "Ok"]
    assert "67,108,864 bytes" in result.failures["1"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds no JSON object but nothing"),
        (b" \n ", "holds no JSON object but nothing"),
        (b'{"USD": {"GBP": {"2010-01-04": {"1. open"', "holds no JSON object but b'{"),
        (b"[1, 2]", "nested by base > quote > date"),
        (b'"text"', "rows as JSON objects, one a line"),
        (b"%PDF-1.7\xff\xfe", "b'%PDF-1.7"),
        (b"[" * 100_000, "holds no JSON object"),
        (b"{}", "a document without rows"),
        (b'{"USD":{}}', "a document without rows"),
        (with_header(Header("load-1"), b""), "holds no JSON object but nothing"),
        (with_header(Header("x" * (MAX_SOURCE_CHARS + 1)), GOOD), "valid: at most 4,096"),
    ],
)
def test_a_record_without_rows_fails_and_says_why(data: bytes, said: str) -> None:
    result = transform("fx_daily", FakeFirehose())(event(data, GOOD))
    assert [answer["result"] for answer in result.response["records"]] == ["ProcessingFailed", "Ok"]
    assert said in result.failures["1"]


def test_data_that_are_not_base64_fail() -> None:
    batch = event(GOOD, GOOD)
    batch["records"][0]["data"] = "not base64!"
    result = transform("fx_daily", FakeFirehose())(batch)
    assert [answer["result"] for answer in result.response["records"]] == ["ProcessingFailed", "Ok"]
