"""Section 6.7: the conversion's error objects."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream, parsed, raw
from tests.conformance.firehose_table.configurations import DATABASE, converting
from tests.conformance.firehose_table.row import Confidence, row

_FAILED = "format-conversion-failed/"


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


@_of_the_error(
    "conversion-error-members",
    "An error of the conversion has nine members, in this order; AWS's page says ErrorCode and ErrorMessage.",
    "probed",
)
def _(stream: Stream, stored: Any, lines: Any) -> Any:
    return list(lines[0]), [
        "attemptsMade", "arrivalTimestamp", "lastErrorCode", "lastErrorMessage", "attemptEndingTimestamp", "rawData",
        "sequenceNumber", "subSequenceNumber", "dataCatalogTable",
    ]  # fmt: skip


@_of_the_error(
    "conversion-error-location",
    "It is stored under error-output-type `format-conversion-failed`, without an extension.",
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
    'A text in a number column is reported as `Data does not match the schema. For input string: "oops"`.',
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
        "databaseName": DATABASE, "tableName": schema["TableName"], "region": "us-east-1", "versionId": "LATEST",
        "roleArn": schema["RoleARN"],
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
    from tests.conformance.firehose_table.configurations import transform

    stream = aws.stream(**converting(aws.table({"a": "int"})), ProcessingConfiguration=transform())
    stream.put({"data": json.dumps({"a": "after"})})
    yield
    [line] = stream.errors(kind=_FAILED)
    assert raw(line) == b'{"a": "after"}'


@row(
    "conversion-error-at-root",
    "4.3",
    "Without prefixes, errors are stored under `format-conversion-failed/yyyy/MM/dd/HH/`.",
    "code",
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**converting(aws.table({"a": "int"})), ErrorOutputPrefix=None)
    stream.put(b"garbage")
    yield
    [stored] = stream.data()
    assert re.match(r"format-conversion-failed/\d{4}/\d\d/\d\d/\d\d/" + stream.name, stored.key)
