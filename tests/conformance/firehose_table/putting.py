"""Puts that many rows share."""

from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream


def taker(aws: Aws) -> Stream:
    """A stream that takes what is put."""
    return aws.shared("put-taker", lambda own: own.stream().active())


def refused_put(aws: Aws, *payloads: bytes, **request: Any) -> tuple[str, str]:
    """Code and message with which Firehose refuses a PutRecordBatch of these records."""
    records = [{"Data": data} for data in payloads]
    return aws.refused("PutRecordBatch", **{"DeliveryStreamName": taker(aws).name, "Records": records, **request})
