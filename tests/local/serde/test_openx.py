"""One value for one column type: what the SerDe's own runs and probes of AWS say."""

import json
import re
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from local.serde.columns import Columns
from local.serde.deserializer import deserializer_of
from local.serde.exact import RecordReader, RefusedError, record_reader, table_of
from local.serde.hive_types import UnsupportedTypeError, arrow_type, parse_type
from local.serde.options import OpenX

DEFAULT = OpenX()


def reader(kind: str, options: OpenX = DEFAULT, name: str = "v") -> RecordReader:
    return record_reader(deserializer_of(Columns((name,), (parse_type(kind),)), options))


def read(kind: str, text: str, options: OpenX = DEFAULT, name: str = "v") -> Any:
    columns = Columns((name,), (parse_type(kind),))
    rows = reader(kind, options, name)(f'{{"v": {text}}}'.encode())
    value = table_of(rows, columns).column(0)[0]
    return str(value) if kind in ("date", "timestamp") else value.as_py()


ACCEPTED = [
    ("bigint", "1", 1),
    ("bigint", '"12"', 12),
    ("bigint", "9007199254740993", 9007199254740993),
    ("bigint", "null", None),
    ("int", '"0x10"', 16),
    ("int", '"007"', 7),
    ("double", "3", 3.0),
    ("double", '"1.5"', 1.5),
    ("double", '"Infinity"', float("inf")),
    ("double", "1e400", float("inf")),
    ("float", "26.7999992371", 26.799999237060547),
    ("boolean", "true", True),
    ("boolean", '"TRUE"', True),
    ("string", "5", "5"),
    ("string", "1.50", "1.50"),
    ("string", "1e3", "1e3"),
    ("string", "true", "true"),
    ("string", "null", None),
    ("string", '{"B":1,"a":{"C":[1,"é",null]}}', '{"b":1,"a":{"c":[1,"é",null]}}'),
    ("string", '"\\ud800x"', "?x"),
    ("date", '"2026-01-02"', "2026-01-02"),
    ("date", '"2026-1-2"', "2026-01-02"),
    ("date", '"2026-02-30"', "2026-03-02"),
    ("timestamp", '"2026-02-30 24:00:61"', "2026-03-03 00:01:01"),
    ("decimal(38,30)", "0.123456789012345678901234567891", Decimal("0.123456789012345678901234567891")),
    ("map<int,int>", '{"1":1,"01":2}', [(1, 2)]),
    ("boolean", '"maybe"', False),
    ("boolean", "1", False),
    ("timestamp", '"2026-01-02 03:04:05"', "2026-01-02 03:04:05"),
    ("timestamp", '"2026-01-02 03:04:05.123456789"', "2026-01-02 03:04:05.123456789"),
    ("timestamp", '"2026-1-2 3:4:5"', "2026-01-02 03:04:05"),
    ("timestamp", '"2026-01-02T03:04:05.123Z"', "2026-01-02 03:04:05.123000"),
    ("timestamp", "1700000000", "2023-11-14 22:13:20"),
    ("timestamp", "1700000000.5", "2023-11-14 22:13:20.500000"),
    ("timestamp", '"1700000000000"', "2023-11-14 22:13:20"),
    ("timestamp", '"9999-12-31 00:00:00"', "9999-12-31 00:00:00"),
    ("varchar(3)", '"abcdef"', "abc"),
    ("char(3)", '"a  "', "a"),
    ("array<double>", '["1.5",2]', [1.5, 2.0]),
    ("array<double>", "5", [5.0]),
    ("array<string>", '["a",null]', ["a", None]),
    ("map<string,bigint>", '{"K":1,"l":null}', [("k", 1), ("l", None)]),
    ("struct<a:int,b:string>", '{"A":1,"c":2}', {"a": 1, "b": None}),
    ("struct<a:int,b:string>", '[1,"x"]', {"a": 1, "b": "x"}),
    ("struct<a:int,b:string>", "{}", {"a": None, "b": None}),
    ("struct<a:int,b:string>", "[]", None),
    ("array<struct<t:timestamp>>", '[{"t":"9999-12-31 00:00:00"}]', "far"),
]
REFUSED = [
    ("bigint", "1.7"),
    ("bigint", "1e3"),
    ("bigint", "true"),
    ("bigint", '""'),
    ("bigint", '" 12 "'),
    ("bigint", "9223372036854775808"),
    ("bigint", "[1]"),
    ("int", "1099511627776"),
    ("smallint", "70000"),
    ("tinyint", "300"),
    ("double", '"abc"'),
    ("double", '""'),
    ("double", '"1_0"'),
    ("double", "true"),
    ("boolean", "[1]"),
    ("boolean", "{}"),
    ("date", '"02/01/2026"'),
    ("date", '"2026-01-02T03:04:05Z"'),
    ("date", "20454"),
    ("timestamp", '"2026-01-02T03:04:05+00:00"'),
    ("timestamp", '"2026-9-7T12:00:02Z"'),
    ("timestamp", '"2026-01-02"'),
    ("timestamp", '""'),
    ("decimal(10,2)", "2.345"),
    ("decimal(4,2)", "123"),
    ("decimal(4,2)", "1e999999999"),
    ("decimal(4,2)", "1e99999999999999999999"),
    ("decimal(4,2)", "1e-999999999"),
    ("timestamp", "1e99999999999999999999"),
    ("timestamp", "9999999999999999"),
    ("timestamp", '"2026-13-01 00:00:00"'),
    ("timestamp", '"0000-01-01 00:00:00"'),
    ("timestamp", '"2026-02-30T00:00:00Z"'),
    ("date", '"9999-12-32"'),
    ("array<double>", '{"a":1}'),
    ("map<string,bigint>", "[1]"),
    ("struct<a:int>", "5"),
    ("struct<a:int>", '"x"'),
]


@pytest.mark.parametrize(("kind", "text", "expected"), ACCEPTED)
def test_a_value_that_the_type_takes(kind: str, text: str, expected: Any) -> None:
    value = read(kind, text)
    assert (str(value[0]["t"])[:4] == "9999") if expected == "far" else (value == expected)


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_a_value_that_the_type_refuses(kind: str, text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(kind, text)
    assert refused.value.code == "MalformedData"
    assert refused.value.message.startswith("Data does not match the schema. ")


def test_a_decimal_keeps_its_scale() -> None:
    assert str(read("decimal(18,6)", '"1.5"')) == "1.500000"
    assert str(read("decimal(18,6)", "100")) == "100.000000"


def test_the_probed_messages() -> None:
    with pytest.raises(RefusedError, match=r'^Data does not match the schema\. For input string: "oops"$'):
        read("int", '"oops"')
    with pytest.raises(RefusedError, match=r"Data is not JSONObject  but .* with value 42"):
        read("struct<a:int>", "42")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("true", "java.lang.Boolean with value true"),
        ("1.5", "java.lang.Double with value 1.5"),
        ('["1", "x", null, false, {"K": [1]}]', "java.util.ArrayList with value [1, x, null, false, {K=[1]}]"),
    ],
)
def test_values_in_messages_are_written_as_java_writes_them(value: str, written: str) -> None:
    with pytest.raises(RefusedError, match=f"Data is not JSONObject  but {re.escape(written)}$"):
        read("map<string,int>", value)


def test_options_of_the_serde() -> None:
    assert read("int", "1", OpenX(True, False, {"ts": "V"}), name="ts") == 1
    assert read("struct<a:int>", '{"A":1}', OpenX(False, False, {})) == {"a": None}
    assert read("map<string,int>", '{"K":1}', OpenX(False, False, {})) == [("K", 1)]
    assert read("struct<a_b:int>", '{"a.b":1}', OpenX(True, True, {})) == {"a_b": 1}


@pytest.mark.parametrize("data", [b"", b"  \n", b"\xff", b"{", b'{"v":NaN}', b'{"v":1}x', b"[" * 100_000])
def test_what_is_no_json(data: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        reader("int")(data)
    assert refused.value.code in ("ParseError", "MalformedData")
    assert ("empty" in refused.value.message) == (not data.strip())


@pytest.mark.parametrize("data", [b"[1]", b"null", b'"x"', b'{"v":1}[2]'])
def test_a_document_must_be_an_object(data: bytes) -> None:
    with pytest.raises(RefusedError):
        reader("int")(data)


@pytest.mark.parametrize("separator", ["", "\n", " \r\n"])
def test_documents_follow_each_other(separator: str) -> None:
    documents = separator.join(json.dumps({"V": value}) for value in (1, 2, 3))
    assert reader("int")(documents.encode()) == [[1], [2], [3]]


@pytest.mark.parametrize(
    "kind",
    [
        "uniontype<int>",
        "varchar",
        "decimal(39,2)",
        "map<array<int>,int>",
        "array<",
        "struct<a>",
        "set<string>",
        "int>",
        "decimal(x)",
    ],
)
def test_types_that_the_serde_does_not_read(kind: str) -> None:
    with pytest.raises(UnsupportedTypeError):
        parse_type(kind)


def test_nested_types_are_read() -> None:
    kind = "struct<a:array<map<string,decimal(10,2)>>,b:varchar(5)>"
    expected = pa.struct([("a", pa.list_(pa.map_(pa.string(), pa.decimal128(10, 2)))), ("b", pa.string())])
    assert arrow_type(parse_type(kind)) == expected
