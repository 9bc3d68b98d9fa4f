"""The service from a put to the objects that it leaves."""

import io
import json
import re
from typing import Any

import pyarrow.parquet as pq
import pytest

from local.firehose.service import Firehose
from local.protocol import AwsError
from tests.local.firehose.fakes import Neighbours, b64, data_of, ok
from tests.local.firehose.streams import create_request, hints, partitioned, s3, transform


def put(firehose: Firehose, *payloads: bytes, stream: str = "prices") -> dict[str, Any]:
    records = [{"Data": b64(data)} for data in payloads]
    return firehose.call("PutRecordBatch", {"DeliveryStreamName": stream, "Records": records})


def test_records_become_parquet_of_their_partition(firehose: Firehose, neighbours: Neighbours) -> None:
    def by_year(event: dict[str, Any]) -> dict[str, Any]:
        return {"records": [ok(r, data_of(r), year=json.loads(data_of(r))["day"][:4]) for r in event["records"]]}

    neighbours.function.handler = by_year
    firehose.call("CreateDeliveryStream", create_request(partitioned()))
    rows = [{"ticker": "IBM", "day": f"20{year}-01-02", "close": 1.5 + year} for year in (24, 25, 24)]
    answer = put(firehose, *(json.dumps(row).encode() for row in rows))
    firehose.flush()
    assert answer["FailedPutCount"] == 0
    assert len({entry["RecordId"] for entry in answer["RequestResponses"]}) == 3
    closes = {}
    for key, stored in neighbours.s3.objects.items():
        assert re.fullmatch(
            r"lake/landing/year=202[45]/prices-1-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f-]{36}\.parquet", key
        )
        assert stored["ContentEncoding"] == "hadoop-snappy"
        closes[key[13:22]] = pq.read_table(io.BytesIO(stored["Body"])).column("close").to_pylist()
    assert closes == {"year=2024": [25.5, 25.5], "year=2025": [26.5]}
    assert firehose.metrics("prices")["DeliveryToS3.Records"] == 3


def test_plain_records_are_concatenated_under_the_default_prefix(firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3(BufferingHints=hints(1, 60))))
    put(firehose, b"abc", b"abc", b"abc")
    firehose.flush()
    [key] = neighbours.s3.objects
    assert re.match(r"lake/\d{4}/\d\d/\d\d/\d\d/prices-1-", key)
    assert neighbours.s3.bodies("lake/") == [b"abcabcabc"]


def test_an_unknown_stream_is_named(firehose: Firehose) -> None:
    with pytest.raises(AwsError, match="Firehose nothing under account 000000000000 not found"):
        put(firehose, b"x", stream="nothing")


def test_the_transform_gets_the_documented_event(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {"records": [ok(r, b"new") for r in event["records"]]}
    firehose.call("CreateDeliveryStream", create_request(s3(ProcessingConfiguration=transform())))
    record_id = firehose.call("PutRecord", {"DeliveryStreamName": "prices", "Record": {"Data": b64(b"old")}})[
        "RecordId"
    ]
    firehose.flush()
    [event] = neighbours.function.events
    [record] = event["records"]
    assert set(event) == {"invocationId", "deliveryStreamArn", "region", "records"}
    assert event["deliveryStreamArn"] == "arn:aws:firehose:us-east-1:000000000000:deliverystream/prices"
    assert (record["recordId"], data_of(record)) == (record_id, b"old")
    assert isinstance(record["approximateArrivalTimestamp"], int)
    assert neighbours.s3.bodies("lake/") == [b"new"]
