"""Section 6.6: what the Hive SerDe makes of a JSON value in a column of each type, where OpenX does otherwise."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.conformance.firehose_table.aws import Aws, rows
from tests.conformance.firehose_table.configurations import conversion, hints, s3
from tests.conformance.firehose_table.row import row
from tests.conformance.firehose_table.values import Refused, Value, at, read_by

_MISMATCH = "Data does not match the schema. "
_FORMAT = Refused("One or more fields have incorrect format. Exception when validating field (root)")
_ARRAY = Refused(f"{_MISMATCH}java.io.IOException: Start of Array expected")
_OBJECT = Refused(f"{_MISMATCH}java.io.IOException: Start of Object expected")
_NUMERIC = Refused("Current token (VALUE_STRING) not numeric, can not use numeric value accessors")
_TIMESTAMP = Refused("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]")


VALUES = [
    Value("int", "A JSON integer is an int.", "probed", "int", "7", 7),
    Value("int-text", "An integer in a string is not an int.", "probed", "int", '"7"', _NUMERIC),
    Value("int-fraction", "A fraction in an int column is cut off.", "inferred", "int", "1.9", 1),
    Value(
        "int-range", "A number that the int does not hold.", "inferred", "int", "1099511627776",
        Refused("out of range of int"),
    ),
    Value("double-text", "A number in a string is not a double.", "probed", "double", '"2.5"', _NUMERIC),
    Value("double", "A number is a double.", "probed", "double", "2.5", 2.5),
    Value("string-number", "A number in a string column becomes its text.", "probed", "string", "1.50", "1.50"),
    Value("string-object", "An object in a string column fails the record.", "probed", "string", '{"a":1}', _FORMAT),
    Value("string-array", "An array in a string column fails the record.", "probed", "string", "[1]", _FORMAT),
    Value("array", "An array is an array.", "probed", "array<int>", "[1,null]", [1, None]),
    Value("array-scalar", "A single value is not an array.", "probed", "array<int>", "5", _ARRAY),
    Value(
        "struct", "An object is a struct, whatever the case of its keys.", "probed", "struct<a:int>", '{"A":1}',
        {"a": 1},
    ),
    Value("struct-array", "An array is not a struct.", "probed", "struct<a:int>", "[1]", _OBJECT),
    Value("struct-scalar", "A number is not a struct.", "probed", "struct<a:int>", "5", _OBJECT),
    Value("map", "A map's keys keep their case.", "probed", "map<string,int>", '{"K":1}', [("K", 1)]),
    Value("map-array", "An array is not a map.", "inferred", "map<string,int>", "[1]", _OBJECT),
    Value("boolean", "true is a boolean.", "probed", "boolean", "true", True),
    Value(
        "boolean-word", "A word in a boolean column.", "unknown", "boolean", '"yes"', False,
        here="False, as Java's parseBoolean reads it.",
    ),
    Value(
        "timestamp", "A timestamp is `yyyy-mm-dd hh:mm:ss[.fffffffff]`.", "documented", "timestamp",
        '"2026-01-02 03:04:05.25"', at(2026, 1, 2, 3, 4, 5, 250000),
    ),
    Value(
        "timestamp-iso", "ISO 8601 is not a timestamp, unless TimestampFormats say so.", "documented", "timestamp",
        '"2026-01-02T03:04:05"', _TIMESTAMP,
    ),
    Value(
        "timestamp-number", "A number is not a timestamp, unless TimestampFormats say so.", "documented", "timestamp",
        "1700000000", _TIMESTAMP,
    ),
    Value("date", "A date is `yyyy-mm-dd`.", "inferred", "date", '"2026-01-02"', date(2026, 1, 2)),
    Value("decimal", "A number is a decimal.", "inferred", "decimal(6,2)", "1.5", Decimal("1.50")),
]  # fmt: skip
read_by("hive", "6.6", {"HiveJsonSerDe": {}}, VALUES)

FORMATTED = [
    Value(
        "iso-offset", "TimestampFormats are patterns of Joda, which may read an offset.", "documented", "timestamp",
        '"2026-01-02T03:04:05+01:00"', at(2026, 1, 2, 2, 4, 5),
    ),
    Value(
        "millis", "The format `millis` reads epoch milliseconds.", "documented", "timestamp", "1700000000123",
        at(2023, 11, 14, 22, 13, 20, 123000),
    ),
    Value("none", "What fits no format fails the record.", "inferred", "timestamp", '"yesterday"', _TIMESTAMP),
]  # fmt: skip
read_by("hive-format", "6.6", {"HiveJsonSerDe": {"TimestampFormats": ["yyyy-MM-dd'T'HH:mm:ssZZ", "millis"]}}, FORMATTED)


@row("hive-case", "6.6", "Names of columns match whatever their case.", "probed")
def _(aws: Aws) -> Iterator[None]:
    table = aws.table({"symbol": "string"})
    configured = conversion(table, InputFormatConfiguration={"Deserializer": {"HiveJsonSerDe": {}}})
    stream = aws.stream(BufferingHints=hints(64, 60), DataFormatConversionConfiguration=configured)
    stream.put(b'{"SYMBOL": "X"}')
    yield
    assert rows(stream.data()[0]) == [{"symbol": "X"}]


@row("hive-format-refused", "6.6", "A TimestampFormat that Joda does not know is refused.", "inferred")
def _(aws: Aws) -> None:
    table = aws.table({"a": "timestamp"})
    serde = {"HiveJsonSerDe": {"TimestampFormats": ["yyyy-QQ"]}}
    configured = conversion(table, InputFormatConfiguration={"Deserializer": serde})
    destination = s3("b", BufferingHints=hints(64, 60), DataFormatConversionConfiguration=configured)
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName="x", ExtendedS3DestinationConfiguration=destination
    )
    assert (code, "TimestampFormats" in message) == ("InvalidArgumentException", True), message


def _no_table(row_id: str, statement: str, **columns: str) -> None:
    @row(row_id, "6.4", statement, "documented")
    def _(aws: Aws) -> Iterator[None]:
        table = aws.table({name.replace("__", "."): hive for name, hive in columns.items()})
        configured = conversion(table, InputFormatConfiguration={"Deserializer": {"HiveJsonSerDe": {}}})
        stream = aws.stream(BufferingHints=hints(64, 60), DataFormatConversionConfiguration=configured)
        stream.put(b'{"a": 1}')
        yield
        [line] = stream.errors(kind="format-conversion-failed/")
        assert line["lastErrorCode"] == "DataFormatConversion.InvalidSchema"


_no_table("hive-uniontype", "The Hive SerDe has no columns of `uniontype`.", a="uniontype<int,string>")
_no_table("hive-dots", "The Hive SerDe has no columns with a dot in their name.", a__b="int")
