"""Sections 4.1, 6.1 and 6.4: types of Hive in files of Parquet."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream, parquet, rows
from tests.conformance.firehose_table.configurations import DATABASE, conversion, converting
from tests.conformance.firehose_table.row import Confidence, row

_FAILED = "format-conversion-failed/"


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


@_of_the_file("parquet-snappy", "6.1", "Columns are compressed by SNAPPY by default.", "documented")
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


def _encoded(row_id: str, statement: str, confidence: Confidence, wanted: bool, **options: bool) -> None:
    @row(row_id, "6.1", statement, confidence)
    def _(aws: Aws) -> Iterator[None]:
        table = aws.table({"a": "string"})
        output = {"Serializer": {"ParquetSerDe": options}}
        configured = conversion(table, OutputFormatConfiguration=output)
        stream = aws.stream(**converting(table) | {"DataFormatConversionConfiguration": configured})
        stream.put(*20 * [b'{"a": "same"}'])
        yield
        encodings = parquet(stream.data()[0]).metadata.row_group(0).column(0).encodings
        assert any("DICTIONARY" in encoding for encoding in encodings) is wanted, encodings


_encoded("parquet-no-dictionary", "Parquet has no dictionaries unless asked for.", "code", wanted=False)
_encoded(
    "parquet-dictionary", "EnableDictionaryCompression is obeyed.", "documented", True, EnableDictionaryCompression=True
)


@row("table-followed", "6.3", "`LATEST` follows the table: new columns are written within minutes.", "documented")
def _(aws: Aws) -> Iterator[None]:
    table = aws.table({"a": "int"})
    stream = aws.stream(**converting(table))
    stream.put(b'{"a": 1, "b": 1}')
    stream.data()
    columns = [{"Name": name, "Type": "int"} for name in "ab"]
    aws.glue.update_table(DatabaseName=DATABASE, TableInput={"Name": table, "StorageDescriptor": {"Columns": columns}})
    time.sleep(1.5)  # five minutes of the fast clock, and a second at least
    stream.put(b'{"a": 2, "b": 2}')
    yield
    found = [values for stored in stream.data(2) for values in rows(stored)]
    assert sorted(found, key=lambda values: values["a"]) == [{"a": 1}, {"a": 2, "b": 2}]
