"""The Hive SerDe, one value for one column type: what probes of AWS and HCatalog's source say."""

from decimal import Decimal
from typing import Any

import pytest

from local.serde.columns import Columns
from local.serde.deserializer import deserializer_of
from local.serde.exact import RefusedError, record_reader, table_of
from local.serde.hive_types import parse_type
from local.serde.options import HiveJson
from local.serde.timestamp_formats import timestamp_parser

MISMATCH = "Data does not match the schema. "
NOT_NUMERIC = "not numeric, can not use numeric value accessors"
FORMAT = "One or more fields have incorrect format. Exception when validating field (root)"


def read(kind: str, text: str, *formats: str) -> Any:
    columns = Columns(("v",), (parse_type(kind),))
    rows = record_reader(deserializer_of(columns, HiveJson(formats)))(f'{{"V": {text}}}'.encode())
    value = table_of(rows, columns).column(0)[0]
    return str(value) if kind in ("date", "timestamp") else value.as_py()


ACCEPTED = [
    ("int", "7", 7),
    ("int", "null", None),
    ("int", "1.9", 1),
    ("int", "-1.9", -1),
    ("bigint", "1e3", 1000),
    ("bigint", "0." + 50 * "1", 0),
    ("tinyint", "-128", -128),
    ("double", "3", 3.0),
    ("double", "1e400", float("inf")),
    ("float", "26.7999992371", 26.799999237060547),
    ("boolean", "true", True),
    ("boolean", '"TRUE"', True),
    ("boolean", '"yes"', False),
    ("boolean", "1", False),
    ("string", "1.50", "1.50"),
    ("string", "false", "false"),
    ("binary", '"é"', "é".encode()),
    ("decimal(10,2)", "1.5", Decimal("1.50")),
    ("decimal(10,2)", '"1.5"', Decimal("1.50")),
    ("varchar(3)", '"abcdef"', "abc"),
    ("char(3)", "12345", "123"),
    ("date", '"2026-1-2"', "2026-01-02"),
    ("date", '"2026-02-30"', "2026-03-02"),
    ("timestamp", '"2026-1-2 3:4:5.25"', "2026-01-02 03:04:05.250000"),
    ("array<int>", "[1,null]", [1, None]),
    ("map<string,int>", '{"K":1,"k":null}', [("K", 1), ("k", None)]),
    ("map<int,int>", '{"1":1,"01":2}', [(1, 2)]),
    ("map<double,int>", '{"1e1":1}', [(10.0, 1)]),
    ("map<timestamp,int>", "{}", []),
    ("struct<a:int,b:array<string>>", '{"A":1,"c":2}', {"a": 1, "b": None}),
    ("struct<a:int>", "{}", {"a": None}),
]
REFUSED = [
    ("int", '"7"', f"{MISMATCH}Current token (VALUE_STRING) {NOT_NUMERIC}"),
    ("double", "true", f"{MISMATCH}Current token (VALUE_TRUE) {NOT_NUMERIC}"),
    ("double", "[1]", f"{MISMATCH}Current token (START_ARRAY) {NOT_NUMERIC}"),
    ("bigint", "{}", f"{MISMATCH}Current token (START_OBJECT) {NOT_NUMERIC}"),
    ("int", "1099511627776", f"{MISMATCH}Numeric value (1099511627776) out of range of int"),
    ("int", "1e400", f"{MISMATCH}Numeric value (1e400) out of range of int"),
    ("bigint", 50 * "1", f"{MISMATCH}Numeric value ({50 * '1'}) out of range of long"),
    ("tinyint", "128", f"{MISMATCH}Numeric value (128) out of range of Java byte"),
    ("string", '{"a":1}', FORMAT),
    ("string", "[]", FORMAT),
    ("boolean", "[]", FORMAT),
    ("array<string>", '[{"a":1}]', FORMAT),
    ("array<int>", "5", f"{MISMATCH}java.io.IOException: Start of Array expected"),
    ("struct<a:int>", "[1]", f"{MISMATCH}java.io.IOException: Start of Object expected"),
    ("map<string,int>", "[1]", f"{MISMATCH}java.io.IOException: Start of Object expected"),
    ("map<int,int>", '{"x":1}', f'{MISMATCH}For input string: "x"'),
    ("map<double,int>", '{"1_0":1}', f'{MISMATCH}For input string: "1_0"'),
    ("timestamp", '"2026-01-02T03:04:05"', f"{MISMATCH}Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]"),
    ("timestamp", "1700000000", f"{MISMATCH}Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]"),
    ("date", '"2026-13-01"', MISMATCH),
    ("date", '"02/01/2026"', MISMATCH),
    ("decimal(4,2)", "1.234", MISMATCH),
]


@pytest.mark.parametrize(("kind", "text", "expected"), ACCEPTED)
def test_a_value_that_the_type_takes(kind: str, text: str, expected: Any) -> None:
    assert read(kind, text) == expected


@pytest.mark.parametrize(("kind", "text", "message"), REFUSED)
def test_a_value_that_the_type_refuses(kind: str, text: str, message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(kind, text)
    assert refused.value.code == "MalformedData"
    assert refused.value.message == message or message == MISMATCH


TIMES = [
    ("millis", "1700000000123", "2023-11-14 22:13:20.123"),
    ("MILLIS", "-1.9", "1969-12-31 23:59:59.999"),
    ("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "2026-01-02T03:04:05.678+01:30", "2026-01-02 01:34:05.678"),
    ("yyyy-MM-dd'T'HH:mm:ssZ", "2026-01-02T03:04:05-0800", "2026-01-02 11:04:05"),
    ("yyyy-MM-dd'T'HH:mm:ssZ", "2026-01-02T03:04:05Z", "2026-01-02 03:04:05"),
    ("EEE, d MMM yyyy hh:mm a", "Fri, 2 jan 2026 12:30 AM", "2026-01-02 00:30:00"),
    ("d MMMM yy h 'o''clock' a", "2 January 26 7 o'clock pm", "2026-01-02 19:00:00"),
    ("yyyyMMddHHmmss", "20260102030405", "2026-01-02 03:04:05"),
    ("yyyy/D", "2026/32", "2026-02-01 00:00:00"),
    ("yy", "46", "1946-01-01 00:00:00"),
    ("kk:mm", "24:01", "1970-01-01 00:01:00"),
    ("K a", "0 PM", "1970-01-01 12:00:00"),
    ("SSSSSS", "1239", "1970-01-01 00:00:00.123"),
    ("yyyy", "2026-01-02 03:04:05.5", "2026-01-02 03:04:05.500"),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), TIMES)
def test_a_time_in_a_format(pattern: str, text: str, expected: str) -> None:
    whole, _, fraction = read("timestamp", f'"{text}"', pattern).partition(".")
    assert (f"{whole}.{fraction[:3]}" if fraction else whole) == expected


def test_formats_are_tried_in_turn() -> None:
    parse = timestamp_parser(["yyyy/MM/dd", "millis"])
    assert parse("1970/01/02") == parse("86400000") == parse("1970-1-2 0:0:0") == 86_400 * 10**9


@pytest.mark.parametrize("text", ["2026/13/01", "2026/02/30", "2026/1/1x", "2026-", "", "9" * 30])
def test_a_time_in_no_format(text: str) -> None:
    with pytest.raises(ValueError, match="Timestamp format must be"):
        timestamp_parser(["yyyy/MM/dd", "millis"])(text)
