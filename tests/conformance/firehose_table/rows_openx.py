"""Section 6.5: what the OpenX SerDe makes of a JSON value in a column of each type."""

import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pyarrow.parquet as pq

from tests.conformance.firehose_table.aws import Aws, rows
from tests.conformance.firehose_table.configurations import converting
from tests.conformance.firehose_table.row import row
from tests.conformance.firehose_table.values import Refused, Value, at, read_by

_FORMAT = Refused("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]")
_NOT_A_STRUCT = Refused("Data does not match the schema. Data is not JSONObject  but java.lang.")
_GUESS = "The record fails."
VALUES = [
    # timestamp
    Value(
        "timestamp-space", "`yyyy-MM-dd HH:mm:ss` is a timestamp.", "documented", "timestamp", '"2026-09-07 12:00:02"',
        at(2026, 9, 7, 12, 0, 2),
    ),
    Value(
        "timestamp-fraction", "A timestamp may have a fraction of up to nine digits.", "documented", "timestamp",
        '"2026-09-07 12:00:02.123456"', at(2026, 9, 7, 12, 0, 2, 123456),
    ),
    Value(
        "timestamp-single-digits", "Month, day, hour, minute and second may have one digit.", "documented", "timestamp",
        '"2026-9-7 1:2:3"', at(2026, 9, 7, 1, 2, 3),
    ),
    Value(
        "timestamp-iso", "`yyyy-MM-ddTHH:mm:ss` is a timestamp, with or without `Z`.", "documented", "timestamp",
        '"2026-09-07T12:00:02Z"', at(2026, 9, 7, 12, 0, 2),
    ),
    Value(
        "timestamp-iso-plain", "without `Z` it is read the same.", "documented", "timestamp", '"2026-09-07T12:00:02.5"',
        at(2026, 9, 7, 12, 0, 2, 500000),
    ),
    Value(
        "timestamp-iso-single-digits", "ISO 8601 with single digits is refused.", "probed", "timestamp",
        '"2026-9-7T12:00:02Z"', _FORMAT,
    ),
    Value(
        "timestamp-offset", "ISO 8601 with an offset is refused, even `+00:00`.", "probed", "timestamp",
        '"2026-09-07T12:00:02+00:00"', _FORMAT,
    ),
    Value(
        "timestamp-text", "Other text is refused.", "documented", "timestamp", '"yesterday"',
        Refused('For input string: "yesterday"'),
    ),
    Value(
        "timestamp-seconds", "A number under 1e12 is seconds since 1970.", "probed", "timestamp", "1789000000",
        at(2026, 9, 10, 0, 26, 40),
    ),
    Value(
        "timestamp-seconds-fraction", "a fraction of seconds is kept.", "probed", "timestamp", "1789000000.5",
        at(2026, 9, 10, 0, 26, 40, 500000),
    ),
    Value(
        "timestamp-milliseconds", "A number from 1e12 on is milliseconds.", "probed", "timestamp", "1789000000123",
        at(2026, 9, 10, 0, 26, 40, 123000),
    ),
    Value(
        "timestamp-threshold",
        "1e12 is the first that is milliseconds.", "probed",
        "timestamp", "1000000000000", at(2001, 9, 9, 1, 46, 40),
    ),
    Value(
        "timestamp-numeric-text", "A number in a string is read as the number.", "probed", "timestamp", '"1789000000"',
        at(2026, 9, 10, 0, 26, 40),
    ),
    # date
    Value("date", "`yyyy-M-d` is a date.", "probed", "date", '"2026-9-7"', date(2026, 9, 7)),
    Value(
        "date-text", "Other text is not a date.", "probed", "date", '"7.9.2026"',
        Refused("Data does not match the schema."),
    ),
    Value("date-number", "A number in a date column.", "unknown", "date", "20000", Refused(), here=_GUESS),
    Value(
        "date-impossible", "A day that no month has.", "unknown", "date", '"2026-02-30"', date(2026, 3, 2),
        here="Upstream's SerDe: the days roll over into March.",
    ),
    # integers
    Value("int", "A JSON integer is an int.", "probed", "int", "7", 7),
    Value("int-text", "An integer in a string is an int.", "probed", "int", '"20"', 20),
    Value(
        "int-word", "A word in an int column is refused.", "probed", "int", '"oops"',
        Refused('Data does not match the schema. For input string: "oops"'),
    ),
    Value("int-fraction", "A fraction in an int column.", "unknown", "int", "1.5", Refused(), here=_GUESS),
    Value("int-exponent", "An exponent in an int column.", "unknown", "int", "1e3", Refused(), here=_GUESS),
    Value(
        "int-range", "A number that the int does not hold is refused.", "inferred", "int", "2147483648",
        Refused('For input string: "2147483648"'),
    ),
    Value("int-least", "The least int is taken.", "inferred", "int", "-2147483648", -2147483648),
    Value("bigint", "A bigint has 64 bits.", "inferred", "bigint", "9223372036854775807", 9223372036854775807),
    Value("bigint-range", "more is refused.", "inferred", "bigint", "9223372036854775808", Refused()),
    Value("tinyint-range", "A tinyint has 8 bits.", "inferred", "tinyint", "128", Refused()),
    Value("smallint-range", "A smallint has 16 bits.", "inferred", "smallint", "-32769", Refused()),
    Value("int-boolean", "A boolean in an int column.", "unknown", "int", "true", Refused(), here=_GUESS),
    # reals
    Value("double", "A number is a double.", "probed", "double", "2.25", 2.25),
    Value("double-integer", "An integer is a double, too.", "probed", "double", "2", 2.0),
    Value("double-text", "A number in a string is a double.", "probed", "double", '"2.25"', 2.25),
    Value(
        "double-word", "A word in a double column is refused.", "probed", "double", '"x"',
        Refused("Data does not match the schema."),
    ),
    Value("float-text", "A number in a string is a float.", "probed", "float", '"0.5"', 0.5),
    # decimal
    Value("decimal", "A number is a decimal.", "inferred", "decimal(6,2)", "1.25", Decimal("1.25")),
    Value("decimal-text", "A number in a string is a decimal.", "inferred", "decimal(6,2)", '"1.5"', Decimal("1.50")),
    Value(
        "decimal-precision", "A decimal with more digits than the precision is refused.", "inferred", "decimal(6,2)",
        "12345.5", Refused(),
    ),
    Value(
        "decimal-scale", "A decimal with more digits after the point than the scale: rounded or refused.", "unknown",
        "decimal(6,2)", "1.255", Refused(), here=_GUESS,
    ),
    # boolean
    Value("boolean", "true and false are booleans.", "probed", "boolean", "true", True),
    Value(
        "boolean-text", "`\"TRUE\"` and `\"false\"` in a boolean column.", "unknown", "boolean", '"TRUE"', True,
        here="Read as the boolean, whatever the case.",
    ),
    Value(
        "boolean-word", "`\"maybe\"` in a boolean column.", "unknown", "boolean", '"maybe"', False,
        here="False, as upstream's SerDe reads it.",
    ),
    Value(
        "boolean-number", "1 in a boolean column.", "unknown", "boolean", "1", False,
        here="False, as upstream's SerDe reads it.",
    ),
    # string
    Value("string", "Text is text.", "probed", "string", '"Grüße"', "Grüße"),
    Value("string-number", "A number becomes its text, as it was written.", "probed", "string", "1.50", "1.50"),
    Value("string-boolean", "A boolean becomes its text.", "probed", "string", "true", "true"),
    Value(
        "string-object", "An object becomes compact JSON, its keys in lower case at every depth.", "probed", "string",
        '{"A": {"B": [1, {"C": null}]}}', '{"a":{"b":[1,{"c":null}]}}',
    ),
    Value(
        "string-array", "an array becomes compact JSON, too.", "probed", "string", '[1, {"A": "B"}]', '[1,{"a":"B"}]',
    ),
    Value(
        "varchar-cut", "A varchar that is too long.", "unknown", "varchar(3)", '"abcdef"', "abc",
        here="Cut to its length.",
    ),
    # array
    Value("array", "An array is an array.", "probed", "array<int>", "[1,2]", [1, 2]),
    Value("array-scalar", "A single value becomes an array of one.", "probed", "array<int>", "5", [5]),
    Value(
        "array-object", "a single object becomes an array of one, too.", "probed", "array<struct<x:int>>", '{"x":1}',
        [{"x": 1}],
    ),
    Value(
        "array-element", "An element that does not fit fails the record.", "probed", "array<int>", '[1,"x"]',
        Refused('For input string: "x"'),
    ),
    Value("array-empty", "An empty array is empty.", "inferred", "array<int>", "[]", []),
    # struct
    Value(
        "struct", "An object is a struct; members that are missing are null, others are dropped.", "probed",
        "struct<x:int,y:int>", '{"X":1,"z":2}', {"x": 1, "y": None},
    ),
    Value("struct-empty", "`{}` is a struct of nulls.", "probed", "struct<x:int>", "{}", {"x": None}),
    Value(
        "struct-array", "An array fills a struct by position.", "probed", "struct<x:int,y:string>", '[1,"b"]',
        {"x": 1, "y": "b"},
    ),
    Value(
        "struct-scalar", "A number is not a struct; the words, with two blanks, are known.", "probed", "struct<x:int>",
        "42", _NOT_A_STRUCT,
    ),
    # map
    Value(
        "map", "An object is a map; its keys are in lower case.", "probed", "map<string,int>", '{"A":1,"b":null}',
        [("a", 1), ("b", None)],
    ),
    Value(
        "map-array", "An array is not a map.", "code", "map<string,int>", "[1]",
        Refused("Data does not match the schema."),
    ),
]  # fmt: skip
read_by("openx", "6.5", {"OpenXJsonSerDe": {}}, VALUES)


@row("openx-map-case", "6.5", "With `CaseInsensitive` false, a map's keys keep their case.", "probed")
def _(aws: Aws) -> Iterator[None]:
    options = {"Deserializer": {"OpenXJsonSerDe": {"CaseInsensitive": False}}}
    members = converting(aws.table({"m": "map<string,int>", "t": "string"}))
    members["DataFormatConversionConfiguration"]["InputFormatConfiguration"] = options
    stream = aws.stream(**members)
    stream.put(json.dumps({"m": {"Key": 1}, "t": {"Key": 1}}).encode())
    yield
    [found] = rows(stream.data()[0])
    assert (found["m"], found["t"]) == ([("Key", 1)], '{"Key":1}')


@row("openx-timestamp-far", "6.5", "999999999999 is seconds still, in the year 33658, and INT96 holds it.", "probed")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**converting(aws.table({"at": "timestamp"})))
    stream.put(b'{"at": 999999999999}')
    yield
    [stored] = stream.data()
    found = pq.read_table(io.BytesIO(stored.body), coerce_int96_timestamp_unit="s").column("at")
    assert found.cast("int64").to_pylist() == [999_999_999_999]
