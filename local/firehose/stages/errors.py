"""Error objects: newline-delimited JSON with the keys that Firehose actually writes.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html#data-transformation-failure-handling
https://docs.aws.amazon.com/firehose/latest/dev/troubleshooting.html
"""

from collections.abc import Iterable

import msgspec
import pybase64

from local.firehose.records import Failure, record_id
from local.protocol import Json


def error_lines(failures: Iterable[Failure], lambda_arn: str, catalog_table: Json) -> bytes:
    """One JSON object per line; conversion failures name the table, all others the function."""
    encoder = msgspec.json.Encoder()
    lines = [
        _conversion_error(failure, catalog_table)
        if failure.kind == "format-conversion-failed"
        else _processing_error(failure, lambda_arn)
        for failure in failures
    ]
    return encoder.encode_lines(lines)


def _processing_error(failure: Failure, lambda_arn: str) -> Json:
    line: Json = {
        "rawData": pybase64.b64encode(failure.data).decode(),
        "errorCode": failure.code,
        "errorMessage": failure.message,
        "attemptsMade": failure.attempts,
        "arrivalTimestamp": failure.arrival_ms,
        "attemptEndingTimestamp": failure.ended_ms,
    }
    return {**line, "lambdaARN": lambda_arn} if failure.kind == "processing-failed" else line


def _conversion_error(failure: Failure, catalog_table: Json) -> Json:
    return {
        "attemptsMade": failure.attempts,
        "arrivalTimestamp": failure.arrival_ms,
        "lastErrorCode": failure.code,
        "lastErrorMessage": failure.message,
        "attemptEndingTimestamp": failure.ended_ms,
        "rawData": pybase64.b64encode(failure.data).decode(),
        "sequenceNumber": record_id(failure.sequence),
        "subSequenceNumber": None,
        "dataCatalogTable": catalog_table,
    }
