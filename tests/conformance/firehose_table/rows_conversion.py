"""Sections 6.2, 6.3, 6.4 and 6.7: record format conversion."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from firehose_table.aws import Aws, Stream, parquet, parsed, raw, rows
from firehose_table.configurations import DATABASE, conversion, converting
from firehose_table.row import Confidence, row

_FAILED = "format-conversion-failed/"


def _converted(
    row_id: str, section: str, statement: str, confidence: Confidence, columns: Mapping[str, str], record: bytes,
    wanted: list[dict[str, Any]], here: str = "", openx: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """A row whose record becomes these rows of a table with these columns."""

    @row(row_id, section, statement, confidence, here=here)
    def _(aws: Aws) -> Iterator[None]:
        format_ = {"Deserializer": {"OpenXJsonSerDe": openx or {}}}
        stream = aws.stream(
            **converting(aws.table(columns))
            | {"DataFormatConversionConfiguration": conversion(aws.table(columns), InputFormatConfiguration=format_)}
        )
        stream.put(record)
        yield
        [stored] = stream.data()
        assert rows(stored) == wanted


def _record_fails(
    row_id: str,
    section: str,
    statement: str,
    confidence: Confidence,
    record: bytes,
    code: str,
    words: str,
    here: str = "",
) -> None:
    """A row whose record fails so, while its neighbour is converted."""

    @row(row_id, section, statement, confidence, here=here)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(**converting(aws.table({"a": "int"})))
        stream.put(b'{"a": 1}', record)
        yield
        [line] = stream.errors(kind=_FAILED)
        assert line["lastErrorCode"] == f"DataFormatConversion.{code}"
        assert words in line["lastErrorMessage"]
        assert raw(line) == record
        assert [rows(stored) for stored in stream.data()] == [[{"a": 1}]]


# --- 6.2 framing --------------------------------------------------------------------------------------------------------

_TWO = [{"a": 1}, {"a": 2}]
_converted(
    "documents-adjacent",
    "6.2",
    "A record may hold several documents, one behind the other: a row each.",
    "documented",
    {"a": "int"},
    b'{"a":1}{"a":2}',
    _TWO,
)
_converted(
    "documents-by-line",
    "6.2",
    "Newlines may stand between the documents of a record.",
    "documented",
    {"a": "int"},
    b'{"a":1}\n{"a":2}\n',
    _TWO,
)
_record_fails(
    "json-array-record",
    "6.2",
    "A record that is a JSON array is not converted.",
    "documented",
    b'[{"a":1},{"a":2}]',
    "MalformedData",
    "",
)
_EMPTY = "The record was empty or contained only whitespace."
_record_fails(
    "empty-document", "6.2", "An empty record: MalformedData, in known words.", "probed", b"", "MalformedData", _EMPTY
)
_record_fails("blank-document", "6.2", "A record of blanks: the same.", "probed", b" \n\t", "MalformedData", _EMPTY)
_record_fails(
    "garbage",
    "6.2",
    "Text that is not JSON: ParseError, `Encountered malformed JSON.`",
    "probed",
    b"garbage",
    "ParseError",
    "Encountered malformed JSON. ",
)
_record_fails(
    "cut-short",
    "6.2",
    "A document that is cut short: ParseError.",
    "inferred",
    b'{"a": 1',
    "ParseError",
    "Encountered malformed JSON. ",
)
_record_fails(
    "scalar-record",
    "6.2",
    "A record that is a number or text.",
    "unknown",
    b"5",
    "MalformedData",
    "",
    here="MalformedData.",
)
_record_fails(
    "one-bad-document", "6.2", "What becomes of the good documents of a record that has a bad one.", "unknown",
    b'{"a":2}{"a":"x"}{"a":3}', "MalformedData", 'For input string: "x"', here="The record fails whole.",
)  # fmt: skip
_record_fails(
    "garbage-behind", "6.2", "Text behind a good document.", "unknown", b'{"a":2} garbage', "ParseError", "",
    here="The record fails whole.",
)  # fmt: skip


# --- 6.3 columns --------------------------------------------------------------------------------------------------------

_AB = {"b": "int", "a": "string"}
_converted(
    "column-order",
    "6.3",
    "Columns stand in the file in the table's order.",
    "inferred",
    _AB,
    b'{"a":"x","b":1}',
    [{"b": 1, "a": "x"}],
)
_converted(
    "unknown-members",
    "6.3",
    "Members without a column are dropped without a word.",
    "documented",
    {"a": "int"},
    b'{"a":1,"c":{"d":[1]}}',
    [{"a": 1}],
)
_converted(
    "missing-members", "6.3", "Columns without a member are null.", "probed", _AB, b"{}", [{"b": None, "a": None}]
)
_converted("null-members", "6.3", "JSON null is null.", "probed", _AB, b'{"a":null,"b":null}', [{"b": None, "a": None}])
_converted(
    "nulls-inside", "6.3", "Nulls inside arrays and maps are kept.", "probed", {"l": "array<int>", "m": "map<string,int>"},
    b'{"l":[1,null,2],"m":{"x":null}}', [{"l": [1, None, 2], "m": [("x", None)]}],
)  # fmt: skip
_converted(
    "duplicate-members",
    "6.3",
    "A member that comes twice.",
    "unknown",
    {"a": "int"},
    b'{"a":1,"a":2}',
    [{"a": 2}],
    here="The last one counts.",
)


@row("partition-keys-left-out", "6.3", "The table's partition keys are no columns of the file.", "code")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**converting(aws.table({"a": "int"}, {"year": "string"})))
    stream.put(b'{"a": 1, "year": "2026"}')
    yield
    [stored] = stream.data()
    assert parquet(stored).schema_arrow.names == ["a"]


# --- 6.1 options of OpenX -----------------------------------------------------------------------------------------------

_NAMES = {"symbol": "string", "inner": "struct<lastprice:double>"}
_NESTED = b'{"SYMBOL":"X","Inner":{"LastPrice":1.5}}'
_converted(
    "case-insensitive",
    "6.1",
    "Keys match columns whatever their case, at every depth.",
    "probed",
    _NAMES,
    _NESTED,
    [{"symbol": "X", "inner": {"lastprice": 1.5}}],
)
_converted(
    "case-sensitive", "6.1", "With `CaseInsensitive` false, a key of another case is no match.", "probed", _NAMES, _NESTED,
    [{"symbol": None, "inner": None}], openx={"CaseInsensitive": False},
)  # fmt: skip
_converted(
    "key-mapping", "6.1", "`ColumnToJsonKeyMappings` gives a column the value of another key.", "documented", {"ts": "string"},
    b'{"timestamp":"now","ts":"x"}', [{"ts": "now"}], openx={"ColumnToJsonKeyMappings": {"ts": "timestamp"}},
)  # fmt: skip
_converted(
    "dots", "6.1", "`ConvertDotsInJsonKeysToUnderscores` makes `a.b` match `a_b`.", "documented", {"a_b": "int"}, b'{"a.b":1}',
    [{"a_b": 1}], openx={"ConvertDotsInJsonKeysToUnderscores": True},
)  # fmt: skip
_converted(
    "dots-kept", "6.1", "It is off unless asked for.", "documented", {"a_b": "int"}, b'{"a.b":1}', [{"a_b": None}]
)


# --- 6.4 types of Parquet -----------------------------------------------------------------------------------------------

_TYPES = {
    "tiny": "tinyint", "small": "smallint", "i": "int", "big": "bigint", "f": "float", "d": "double", "flag": "boolean",
    "text": "string", "v": "varchar(5)", "c": "char(5)", "money": "decimal(10,2)", "day": "date", "at": "timestamp",
    "l": "array<int>", "m": "map<string,double>", "s": "struct<x:int,y:array<string>>",
}  # fmt: skip
_ALL = (
    b'{"tiny":1,"small":2,"i":3,"big":4,"f":1.5,"d":2.5,"flag":true,"text":"t","v":"v","c":"c","money":1.25,'
    b'"day":"2026-01-02","at":"2026-01-02 03:04:05","l":[1],"m":{"k":1.0},"s":{"x":1,"y":["z"]}}'
)
_PHYSICAL: list[tuple[str, str, Confidence, str, str]] = [
    ("tiny", "tinyint", "inferred", "INT32", "Int(bitWidth=8, isSigned=true)"),
    ("small", "smallint", "inferred", "INT32", "Int(bitWidth=16, isSigned=true)"),
    ("i", "int", "probed", "INT32", "None"),
    ("big", "bigint", "inferred", "INT64", "None"),
    ("f", "float", "inferred", "FLOAT", "None"),
    ("d", "double", "probed", "DOUBLE", "None"),
    ("flag", "boolean", "probed", "BOOLEAN", "None"),
    ("text", "string", "inferred", "BYTE_ARRAY", "String"),
    ("v", "varchar", "inferred", "BYTE_ARRAY", "String"),
    ("c", "char", "inferred", "BYTE_ARRAY", "String"),
    ("money", "decimal", "inferred", "FIXED_LEN_BYTE_ARRAY", "Decimal(precision=10, scale=2)"),
    ("day", "date", "inferred", "INT32", "Date"),
    ("at", "timestamp", "code", "INT96", "None"),
]


def _typed(aws: Aws) -> Stream:
    def make(own: Aws) -> Stream:
        stream = own.stream(**converting(own.table(_TYPES)))
        stream.put(_ALL)
        return stream

    return aws.shared("conversion-typed", make)


def _physical(column: str, hive: str, confidence: Confidence, physical: str, logical: str) -> None:
    @row(
        f"parquet-{hive}",
        "6.4",
        f"A Hive `{hive}` is Parquet's {physical}" + (f", {logical}." if logical != "None" else "."),
        confidence,
    )
    def _(aws: Aws) -> Iterator[None]:
        stream = _typed(aws)
        yield
        schema = parquet(stream.data()[0]).schema
        found = {schema.column(number).path: schema.column(number) for number in range(len(schema.names))}
        assert (found[column].physical_type, str(found[column].logical_type)) == (physical, logical)


for _each in _PHYSICAL:
    _physical(*_each)


def _of_the_file(
    row_id: str, section: str, statement: str, confidence: Confidence
) -> Callable[[Callable[[Any], Any]], Any]:
    def register(look: Callable[[Any], Any]) -> Any:
        @row(row_id, section, statement, confidence)
        def _(aws: Aws) -> Iterator[None]:
            stream = _typed(aws)
            yield
            seen, wanted = look(stream.data()[0])
            assert seen == wanted

        return look

    return register


@_of_the_file("parquet-list", "6.4", "An array is a list of three levels.", "inferred")
def _(stored: Any) -> Any:
    schema = parquet(stored).schema
    return [
        schema.column(number).max_repetition_level
        for number in range(len(schema.names))
        if schema.column(number).path.startswith("l.")
    ], [1]


@_of_the_file("parquet-nested", "6.4", "Arrays, maps and structs nest.", "probed")
def _(stored: Any) -> Any:
    [found] = rows(stored)
    return (found["l"], found["m"], found["s"]), ([1], [("k", 1.0)], {"x": 1, "y": ["z"]})


@_of_the_file("parquet-snappy", "6.1", "Columns are compressed by SNAPPY unless told otherwise.", "documented")
def _(stored: Any) -> Any:
    group = parquet(stored).metadata.row_group(0)
    return {group.column(number).compression for number in range(group.num_columns)}, {"SNAPPY"}


@_of_the_file("parquet-extension", "4.1", "A converted object is called `.parquet`.", "probed")
def _(stored: Any) -> Any:
    return stored.key.endswith(".parquet"), True


@_of_the_file(
    "parquet-encoding", "4.1", "It has Content-Encoding `hadoop-snappy`, though its body is plain Parquet.", "probed"
)
def _(stored: Any) -> Any:
    return (stored.headers.get("content-encoding"), stored.body[:4], stored.body[-4:]), (
        "hadoop-snappy",
        b"PAR1",
        b"PAR1",
    )


def _compressed(given: str, wanted: str) -> None:
    @row(f"parquet-{given}", "6.1", f"ParquetSerDe's Compression {given} is obeyed.", "documented")
    def _(aws: Aws) -> Iterator[None]:
        output = {"Serializer": {"ParquetSerDe": {"Compression": given}}}
        table = aws.table({"a": "int"})
        stream = aws.stream(
            **converting(table)
            | {"DataFormatConversionConfiguration": conversion(table, OutputFormatConfiguration=output)}
        )
        stream.put(b'{"a": 1}')
        yield
        assert parquet(stream.data()[0]).metadata.row_group(0).column(0).compression == wanted


_compressed("GZIP", "GZIP")
_compressed("UNCOMPRESSED", "UNCOMPRESSED")


def _no_type(hive: str, confidence: Confidence) -> None:
    @row(f"type-{hive}", "6.4", f"A column of `{hive}` makes the schema invalid: every record fails.", confidence)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(**converting(aws.table({"a": "int", "b": hive})))
        stream.put(b'{"a": 1}')
        yield
        [line] = stream.errors(kind=_FAILED)
        assert line["lastErrorCode"] == "DataFormatConversion.InvalidSchema"
        assert line["lastErrorMessage"].startswith(
            "The schema is invalid. One or more columns have types that are not supported by org.openx.data.JsonSerDe"
        )


_no_type("binary", "probed")
_no_type("set<string>", "documented")


# --- 6.7 error objects --------------------------------------------------------------------------------------------------


def _failing(aws: Aws) -> Stream:
    def make(own: Aws) -> Stream:
        stream = own.stream(**converting(own.table({"a": "int"})))
        stream.put(b'{"a": "oops"}', b'{"a": 1}', b'{"a": "again"}')
        return stream

    return aws.shared("conversion-failing", make)


def _of_the_error(row_id: str, statement: str, confidence: Confidence, here: str = "") -> Any:
    def register(look: Any) -> Any:
        @row(row_id, "6.7", statement, confidence, here=here)
        def _(aws: Aws) -> Iterator[None]:
            stream = _failing(aws)
            yield
            [stored] = stream.error_objects()
            seen, wanted = look(stream, stored, parsed(stored))
            assert seen == wanted

        return look

    return register


@_of_the_error("conversion-error-members", "An error of the conversion has nine members, in this order.", "probed")
def _(stream: Stream, stored: Any, lines: Any) -> Any:
    return list(lines[0]), [
        "attemptsMade", "arrivalTimestamp", "lastErrorCode", "lastErrorMessage", "attemptEndingTimestamp", "rawData",
        "sequenceNumber", "subSequenceNumber", "dataCatalogTable",
    ]  # fmt: skip


@_of_the_error(
    "conversion-error-location",
    "It lies under error-output-type `format-conversion-failed`, without an extension.",
    "probed",
)
def _(stream: Stream, stored: Any, lines: Any) -> Any:
    return (stored.key.startswith(f"errors/{_FAILED}{stream.name}-1-"), "." in stored.key.rpartition("/")[2]), (
        True,
        False,
    )


@_of_the_error("conversion-error-lines", "Records fail alone, a line each.", "probed")
def _(stream: Stream, stored: Any, lines: Any) -> Any:
    return sorted(base64.b64decode(line["rawData"]) for line in lines), [b'{"a": "again"}', b'{"a": "oops"}']


@_of_the_error("conversion-error-attempts", "attemptsMade is 1; times are epoch milliseconds.", "probed")
def _(stream: Stream, stored: Any, lines: Any) -> Any:
    line = lines[0]
    return (line["attemptsMade"], line["arrivalTimestamp"] <= line["attemptEndingTimestamp"]), (1, True)


@_of_the_error(
    "conversion-error-words",
    'A text in a number column is told as `Data does not match the schema. For input string: "oops"`.',
    "probed",
)
def _(stream: Stream, stored: Any, lines: Any) -> Any:
    [line] = [line for line in lines if b"oops" in raw(line)]
    return line["lastErrorMessage"], 'Data does not match the schema. For input string: "oops"'


@_of_the_error(
    "conversion-error-table",
    "dataCatalogTable names the table as the configuration does, its version `LATEST`.",
    "probed",
)
def _(stream: Stream, stored: Any, lines: Any) -> Any:
    table = lines[0]["dataCatalogTable"]
    schema = stream.destination()["DataFormatConversionConfiguration"]["SchemaConfiguration"]
    seen = {name: table[name] for name in ("databaseName", "tableName", "region", "versionId", "roleArn")}
    return seen, {
        "databaseName": DATABASE, "tableName": schema["TableName"], "region": "us-east-1", "versionId": "LATEST", "roleArn": schema["RoleARN"]
    }  # fmt: skip


@_of_the_error(
    "conversion-error-sequence", "sequenceNumber is a long decimal string, subSequenceNumber null.", "probed"
)
def _(stream: Stream, stored: Any, lines: Any) -> Any:
    return (
        lines[0]["sequenceNumber"].isdigit(),
        len(lines[0]["sequenceNumber"]) > 50,
        lines[0]["subSequenceNumber"],
    ), (True, True, None)


@row(
    "raw-data-after-transform",
    "6.7",
    "Whether rawData is the record before or after the transform.",
    "unknown",
    here="After: what the converter was given.",
)
def _(aws: Aws) -> Iterator[None]:
    from firehose_table.configurations import transform

    stream = aws.stream(**converting(aws.table({"a": "int"})), ProcessingConfiguration=transform())
    stream.put({"data": json.dumps({"a": "after"})})
    yield
    [line] = stream.errors(kind=_FAILED)
    assert raw(line) == b'{"a": "after"}'
