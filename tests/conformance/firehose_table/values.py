"""Values of JSON in columns of each type: what a deserializer makes of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream, raw, rows
from tests.conformance.firehose_table.configurations import conversion, converting
from tests.conformance.firehose_table.row import Confidence, row
from tests.conformance.firehose_table.waiting import at_least, eventually


@dataclass(frozen=True)
class Refused:
    """The record fails; its message has these words."""

    words: str = ""


@dataclass(frozen=True)
class Value:
    """A JSON text for a column of a type, and what becomes of it."""

    row_id: str
    statement: str
    confidence: Confidence
    hive: str
    text: str
    wanted: Any
    here: str = ""

    @property
    def column(self) -> str:
        """The case's own column in the table of all cases."""
        return "c_" + self.row_id.replace("-", "_").lower()

    @property
    def record(self) -> bytes:
        """The case's record."""
        return f'{{"row":"{self.row_id}","{self.column}":{self.text}}}'.encode()


def at(*parts: int) -> datetime:
    """A time without a zone, of its parts."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc, arg-type]


def read_by(serde: str, section: str, deserializer: Mapping[str, Any], values: Sequence[Value]) -> None:
    """A row for each value: its record becomes a row of one table, with a column for each, or fails."""

    def converted(aws: Aws) -> Stream:
        return aws.shared(f"values-{serde}", lambda own: _converted(own, deserializer, values))

    def add(value: Value) -> None:
        statement = f"`{value.hive}` from `{value.text}`: {value.statement}"

        @row(f"{serde}-{value.row_id}", section, statement, value.confidence, here=value.here)
        def _(aws: Aws) -> Iterator[None]:
            stream = converted(aws)
            yield
            seen = _outcomes(stream, len(values))[value.row_id]
            if isinstance(value.wanted, Refused):
                assert seen.get("lastErrorCode") == "DataFormatConversion.MalformedData", seen
                assert value.wanted.words in seen["lastErrorMessage"]
                assert raw(seen) == value.record
            else:
                assert seen.get(value.column, seen) == value.wanted

    for value in values:
        add(value)


def _converted(aws: Aws, deserializer: Mapping[str, Any], values: Sequence[Value]) -> Stream:
    table = aws.table({"row": "string"} | {value.column: value.hive for value in values})
    configured = conversion(table, InputFormatConfiguration={"Deserializer": deserializer})
    stream = aws.stream(**converting(table) | {"DataFormatConversionConfiguration": configured})
    stream.put(*(value.record for value in values))
    return stream


def _outcomes(stream: Stream, count: int) -> dict[str, Any]:
    """What became of every record, by its row: the row read, or the line of the error."""

    def look() -> dict[str, Any]:
        read = {r["row"]: r for stored in stream.data(0) for r in rows(stored)}
        errors = {json.loads(raw(line))["row"]: line for line in stream.errors(0)}
        return read | errors

    return eventually(look, at_least(count))
