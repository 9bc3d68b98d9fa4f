"""A faster clock: every wait is shorter, and nothing that is stored or shown says so."""

import time
from pathlib import Path
from typing import Any

from local.clock import Clock
from local.firehose.service import Firehose
from tests.local.firehose.fakes import Neighbours, b64, data_of, ok
from tests.local.firehose.streams import create_request, hints, partitioned, s3, transform


def test_every_interval_obeys_it_and_every_value_stays_true(tmp_path: Path, neighbours: Neighbours) -> None:
    """A minute in the transform's buffer, 15 minutes for S3 and for the copy, three retries: in one real second."""

    def third_time(event: dict[str, Any]) -> dict[str, Any]:
        if len(neighbours.function.events) < 3:
            raise ValueError("not yet")
        return {"records": [ok(r, data_of(r), year="2024") for r in event["records"]]}

    neighbours.function.handler = third_time
    neighbours.s3.failures = ["SlowDown", "SlowDown"]
    backup = s3(BucketARN="arn:aws:s3:::raw", BufferingHints=hints(128, 900))
    configuration = partitioned(S3BackupMode="Enabled", S3BackupConfiguration=backup) | {
        "BufferingHints": hints(128, 900),
        "ProcessingConfiguration": transform(),
    }
    firehose = Firehose(neighbours.clients, tmp_path, Clock(speed=2000.0))
    firehose.call("CreateDeliveryStream", create_request(configuration))
    before = time.time()
    firehose.call("PutRecord", {"DeliveryStreamName": "prices", "Record": {"Data": b64(b'{"close":1}')}})
    while len(neighbours.s3.objects) < 2:
        time.sleep(0.01)
        assert time.time() < before + 20
    took = time.time() - before
    firehose.close()
    [event] = neighbours.function.events[-1:]
    assert before * 1000 - 1 <= event["records"][0]["approximateArrivalTimestamp"] <= time.time() * 1000
    shown = firehose.call("DescribeDeliveryStream", {"DeliveryStreamName": "prices"})["DeliveryStreamDescription"]
    destination = shown["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert destination["BufferingHints"] == destination["S3BackupDescription"]["BufferingHints"] == hints(128, 900)
    [freshness] = neighbours.cloudwatch.samples("DeliveryToS3.DataFreshness")
    assert 0.4 < freshness["Maximum"] <= took
