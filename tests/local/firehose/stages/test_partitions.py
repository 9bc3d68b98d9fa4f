"""Active partitions: from the first record until the object is stored."""

import time
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from delivery import limits
from local.clock import Clock
from local.firehose.service import Firehose
from local.firehose.stages.partition import ActivePartitions
from tests.local.firehose.fakes import Neighbours, b64, data_of, ok
from tests.local.firehose.streams import create_request, partitioned


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 600)), max_size=1500))
def test_no_partition_is_opened_beyond_the_limit(steps: list[tuple[bool, int]]) -> None:
    active, held = ActivePartitions(), Counter[int]()
    for opens, number in steps:
        if opens:
            expected = number in held or len(held) < limits.MAX_ACTIVE_PARTITIONS
            assert active.open((str(number),)) == expected
            held[number] += expected
        elif held[number]:
            active.stored((str(number),))
            held[number] -= 1
        held = +held
        assert len(active) == len(held)


def test_a_partition_that_cannot_be_delivered_stays_active(tmp_path: Path, neighbours: Neighbours) -> None:
    firehose = Firehose(neighbours.clients, tmp_path, Clock(speed=60.0))
    neighbours.function.handler = lambda event: {
        "records": [ok(r, b"{}", year=data_of(r).decode()) for r in event["records"]]
    }
    neighbours.s3.failures = 100_000 * ["InternalError"]
    tried_long = {"Enabled": True, "RetryOptions": {"DurationInSeconds": 7200}}
    firehose.call(
        "CreateDeliveryStream", create_request(partitioned() | {"DynamicPartitioningConfiguration": tried_long})
    )
    records = [{"Data": b64(b"%d" % number)} for number in range(limits.MAX_ACTIVE_PARTITIONS)]
    firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": records})
    stream = firehose.stream("prices")
    while stream.holds.stores < limits.MAX_ACTIVE_PARTITIONS:
        time.sleep(0.01)
        assert stream.backlog.records == limits.MAX_ACTIVE_PARTITIONS
    assert stream.holds.partitions == limits.MAX_ACTIVE_PARTITIONS
    firehose.call("PutRecord", {"DeliveryStreamName": "prices", "Record": {"Data": b64(b"one more")}})
    while not stream.holds.errors.records:
        time.sleep(0.01)
        assert stream.holds.partitions == limits.MAX_ACTIVE_PARTITIONS
    neighbours.s3.failures.clear()
    firehose.flush()
    firehose.close()
    assert len(neighbours.s3.bodies("lake/landing/")) == limits.MAX_ACTIVE_PARTITIONS
    [error] = neighbours.s3.errors("lake/errors/activePartitionExceeded/")
    assert error["rawData"] == b64(b"{}")
