"""What waits for delivery costs disk, not memory."""

import time
import tracemalloc
from pathlib import Path
from typing import Any

from delivery import limits
from local.clock import Clock
from local.firehose.service import Firehose
from tests.local.firehose.fakes import Neighbours, b64, client_error, data_of, ok
from tests.local.firehose.streams import create_request, hints, partitioned, s3

PATIENCE_SECONDS = 30.0


def put(firehose: Firehose, data: str, times: int) -> None:
    firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": [{"Data": data}] * times})


def test_a_backlog_stays_on_disk(tmp_path: Path) -> None:
    neighbours = Neighbours()
    firehose = Firehose(neighbours.clients, tmp_path, Clock(1000.0))
    firehose.call("CreateDeliveryStream", create_request(s3(BufferingHints=hints(1, 60))))
    blocked = [True]

    def block(request: dict[str, Any]) -> None:
        if blocked[0]:
            raise client_error("InternalError", "PutObject")
        request["Body"] = len(request["Body"])

    neighbours.s3.before = block
    data = b64(bytes(1_000_000))
    tracemalloc.start()
    try:
        for _ in range(50):
            put(firehose, data, 4)
        time.sleep(0.5)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 90 * limits.MIB, "of 200 MB"
    blocked[0] = False
    firehose.flush()
    firehose.close()
    assert sum(request["Body"] for request in neighbours.s3.objects.values()) == 200_000_000


def test_many_partitions_that_fill_slowly_are_delivered_before_they_fill_the_memory(tmp_path: Path) -> None:
    neighbours = Neighbours()
    neighbours.glue.tables["market", "prices_landing"] = [("close", "double"), ("text", "string")]
    count = [0]

    def spread(event: dict[str, Any]) -> dict[str, Any]:
        count[0] += 1
        return {"records": [ok(record, data_of(record), year=str(count[0] % 40)) for record in event["records"]]}

    neighbours.function.handler = spread
    firehose = Firehose(neighbours.clients, tmp_path, Clock())
    firehose.call("CreateDeliveryStream", create_request(partitioned()))
    data = b64(b'{"close": 1, "text": "%s"}' % (b"x" * 900_000))
    for _ in range(40):
        put(firehose, data, 4)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not neighbours.s3.objects:  # neither 64 MiB in a partition nor 60 s
        assert time.monotonic() < deadline
        time.sleep(0.05)
    firehose.flush()
    firehose.close()
    assert firehose.metrics("prices")["DeliveryToS3.Records"] == 160
