"""JSON records to columns, value by value as the SerDe reads them; a record fails alone and whole."""

import json
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import pyarrow as pa

from local.serde.columns import Columns
from local.serde.deserializer import Deserializer
from local.serde.documents import documents
from local.serde.hive_types import HiveType
from local.serde.json_values import IncorrectFormatError, MismatchError, Number


class RefusedError(Exception):
    """A record that cannot be read: the last part of Firehose's code for it, e.g. `MalformedData`, and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


RecordReader = Callable[[bytes], list[list[Any]]]


def record_reader(deserializer: Deserializer) -> RecordReader:
    """The function that turns one record into rows, one value per column; it raises RefusedError."""
    folded = deserializer.folded
    readers = list(zip(deserializer.keys, deserializer.readers, strict=True))

    def read(data: bytes) -> list[list[Any]]:
        rows = []
        for document in _documents(data):
            if not isinstance(document, dict):
                raise RefusedError("MalformedData", "Data does not match the schema. A record must be JSON objects.")
            members = {folded(key): value for key, value in document.items()}
            rows.append([reader(members.get(key)) for key, reader in readers])
        return rows

    return lambda data: _in_our_words(read, data)


def table_of(rows: Sequence[Sequence[Any]], columns: Columns) -> pa.Table:
    """Rows as a table; a column's times are nanoseconds, or microseconds if one is outside of 1677 to 2262."""
    fine, coarse = columns.arrow_schema("ns"), columns.arrow_schema("us")
    arrays, fields = [], []
    for at, hive in enumerate(columns.types):
        values = [row[at] for row in rows]
        try:
            array, field = pa.array(values, type=fine.field(at).type), fine.field(at)
        except (OverflowError, pa.ArrowInvalid):
            field = coarse.field(at)
            array = pa.array([_microseconds(hive, value) for value in values], type=field.type)
        arrays.append(array)
        fields.append(field)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _in_our_words(read: RecordReader, data: bytes) -> list[list[Any]]:
    try:
        return read(data)
    except IncorrectFormatError as error:
        raise RefusedError("MalformedData", str(error)) from error
    except MismatchError as error:
        raise RefusedError("MalformedData", f"Data does not match the schema. {error}") from error
    except (ValueError, RecursionError) as error:
        raise RefusedError("ParseError", f"Encountered malformed JSON. {error}") from error


def _documents(data: bytes) -> list[Any]:
    """Every JSON document of a record."""
    found = [value for _, _, value in documents(data.decode("utf-8"), _DECODER)]
    if not found:
        raise RefusedError("MalformedData", "The record was empty or contained only whitespace.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"Non-standard token '{name}'")


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=_no_constant)


def _microseconds(hive: HiveType, value: Any) -> Any:
    if value is None or not hive.children:
        return value // 1000 if value is not None and hive.kind == "timestamp" else value
    if hive.kind == "array":
        return [_microseconds(hive.children[0], item) for item in value]
    if hive.kind == "map":
        return [(key, _microseconds(hive.children[1], item)) for key, item in value]
    kinds = dict(zip(hive.names, hive.children, strict=True))
    return {name: _microseconds(kinds[name], item) for name, item in value.items()}
