"""Nothing that was acknowledged is lost: by a kill, a restart, an outage or an update."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.clock import Clock
from local.firehose.service import Firehose
from local.protocol import AwsError
from tests.local.firehose.fakes import Neighbours, b64, data_of, ok
from tests.local.firehose.putting import put
from tests.local.firehose.streams import ERRORS, create_request, hints, partitioned, s3, transform
from tests.waiting import eventually

DEADLINE_SECONDS = 20.0


def test_a_killed_process_loses_no_acknowledged_record(tmp_path: Path) -> None:
    repository = Path(__file__).parents[4]
    with subprocess.Popen(
        [sys.executable, Path(__file__).parent / "crash_child.py", tmp_path],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(repository)},
    ) as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(40)]
        os.kill(child.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in child.stdout.read().split(b"\n")[:-1]]
    neighbours = Neighbours()
    firehose = Firehose(neighbours.clients, tmp_path, Clock(1000.0))
    firehose.flush()
    firehose.close()
    delivered = [int(line) for line in b"".join(neighbours.s3.bodies("lake/")).split()]
    assert set(range(acknowledged[-1])) <= set(delivered)
    assert len(delivered) == len(set(delivered))


def test_a_reopened_service_delivers_what_was_buffered_and_nothing_twice(tmp_path: Path) -> None:
    neighbours = Neighbours()
    first = Firehose(neighbours.clients, tmp_path, Clock())
    first.call("CreateDeliveryStream", create_request(s3()))
    put(first, b"one ")
    first.flush()
    put(first, b"two ", b"three ")
    first.close()
    assert neighbours.s3.bodies("lake/") == [b"one "]
    second = Firehose(neighbours.clients, tmp_path, Clock())
    put(second, b"four ")
    second.flush()
    second.close()
    assert sorted(b"".join(neighbours.s3.bodies("lake/")).split()) == [b"four", b"one", b"three", b"two"]


@pytest.mark.parametrize("damage", [("{", ""), ('"version":1', '"version":null'), ('"BucketARN"', '"Bucket"')])
def test_a_stream_that_cannot_be_opened_keeps_no_other_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: tuple[str, str]
) -> None:
    neighbours = Neighbours()
    first = Firehose(neighbours.clients, tmp_path, Clock())
    for name in ("damaged", "prices"):
        first.call("CreateDeliveryStream", create_request(s3(), name))
        first.call("PutRecord", {"DeliveryStreamName": name, "Record": {"Data": b64(name.encode())}})
    first.close()
    state = tmp_path / "damaged.stream" / "stream.json"
    state.write_text(state.read_text().replace(*damage, 1))
    second = Firehose(neighbours.clients, tmp_path, Clock())
    assert second.call("ListDeliveryStreams", {})["DeliveryStreamNames"] == ["prices"]
    assert str(state) in caplog.text
    second.call("CreateDeliveryStream", create_request(s3(), "damaged"))
    second.flush()
    second.close()
    assert sorted(neighbours.s3.bodies("lake/")) == [b"damaged", b"prices"]


def test_an_outage_of_s3_is_waited_for(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.s3.failures = 3 * ["NoSuchBucket"]
    firehose.call("CreateDeliveryStream", create_request(s3()))
    put(firehose, b"one")
    firehose.flush()
    assert neighbours.s3.bodies("lake/") == [b"one"]


def test_with_partitions_an_outage_ends_in_the_error_prefix(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {"records": [ok(r, b'{"close":1}', year="1") for r in event["records"]]}
    destination = partitioned()
    destination["DynamicPartitioningConfiguration"] = {"Enabled": True, "RetryOptions": {"DurationInSeconds": 3}}
    firehose.call("CreateDeliveryStream", create_request(destination))
    neighbours.s3.failures = 3 * ["SlowDown"]
    put(firehose, b"one")
    firehose.flush()
    [error] = neighbours.s3.errors("lake/errors/delivery-failed/")
    assert error["errorCode"] == "S3.SlowDown"


def test_services_that_are_not_up_yet_cost_no_record(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {"records": [ok(r, b'{"close":1}', year="1") for r in event["records"]]}
    destination = partitioned()
    destination["DynamicPartitioningConfiguration"] = {"Enabled": True, "RetryOptions": {"DurationInSeconds": 0}}
    firehose.call("CreateDeliveryStream", create_request(destination))
    neighbours.s3.unreachable = neighbours.function.unreachable = neighbours.glue.unreachable = 6
    put(firehose, b"one")
    firehose.flush()
    assert [key[:19] for key in neighbours.s3.objects] == ["lake/landing/year=1"]


def test_an_update_repairs_a_stuck_stream(tmp_path: Path) -> None:
    neighbours = Neighbours()
    firehose = Firehose(neighbours.clients, tmp_path, Clock())
    firehose.call("CreateDeliveryStream", create_request(s3(BufferingHints=hints(1, 0))))
    neighbours.s3.failures = ["NoSuchBucket"]
    put(firehose, b"one")
    deadline = time.monotonic() + DEADLINE_SECONDS
    while neighbours.s3.failures and time.monotonic() < deadline:
        time.sleep(0.01)
    update = {"BucketARN": "arn:aws:s3:::other"}
    firehose.call("UpdateDestination", update_request(update))
    firehose.flush()
    firehose.close()
    assert neighbours.s3.bodies("other/") == [b"one"]
    assert all("prices-2-" in key for key in neighbours.s3.objects)


def update_request(update: Mapping[str, object], version: str = "1") -> dict[str, object]:
    return {
        "DeliveryStreamName": "prices",
        "CurrentDeliveryStreamVersionId": version,
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": update,
    }


def test_the_interval_delivers_at_the_speed_of_the_clock(firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3(BufferingHints=hints(5, 60))))
    put(firehose, b"one")
    eventually(lambda: neighbours.s3.objects)
    hints_shown = describe(firehose)["BufferingHints"]
    assert hints_shown == hints(5, 60)


def describe(firehose: Firehose) -> dict[str, object]:
    answer = firehose.call("DescribeDeliveryStream", {"DeliveryStreamName": "prices"})["DeliveryStreamDescription"]
    shown: dict[str, object] = answer["Destinations"][0]["ExtendedS3DestinationDescription"]
    return shown


def test_the_size_delivers_before_the_interval(tmp_path: Path) -> None:
    neighbours = Neighbours()
    firehose = Firehose(neighbours.clients, tmp_path, Clock())
    firehose.call("CreateDeliveryStream", create_request(s3(BufferingHints=hints(1, 900))))
    put(firehose, bytes(1_000_000), bytes(100_000), b"later")
    eventually(lambda: neighbours.s3.objects)
    firehose.close()
    assert [len(body) for body in neighbours.s3.bodies("lake/")] == [1_100_000]


def test_a_put_does_not_wait_for_the_transform(firehose: Firehose, neighbours: Neighbours) -> None:
    gate = threading.Event()

    def slow(event: dict[str, list[dict[str, str]]]) -> dict[str, object]:
        gate.wait(DEADLINE_SECONDS)
        return {"records": [ok(record, data_of(record)) for record in event["records"]]}

    neighbours.function.handler = slow
    parameters = {"BufferSizeInMBs": "0.2", "BufferIntervalInSeconds": "1"}
    firehose.call("CreateDeliveryStream", create_request(s3(ProcessingConfiguration=transform(**parameters))))
    for _ in range(10):
        put(firehose, bytes(300_000))
    gate.set()
    firehose.flush()
    assert sum(map(len, neighbours.s3.bodies("lake/"))) == 3_000_000


def test_backup_keeps_every_record_as_it_was_put(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {
        "records": [
            ok(r, b"new") if data_of(r) == b"good" else {"recordId": r["recordId"], "result": data_of(r).decode()}
            for r in event["records"]
        ]
    }
    backup = s3(Prefix="raw/") | {"BucketARN": "arn:aws:s3:::copies"}
    destination = s3(
        ProcessingConfiguration=transform(),
        S3BackupMode="Enabled",
        S3BackupConfiguration=backup,
        ErrorOutputPrefix=ERRORS,
    )
    firehose.call("CreateDeliveryStream", create_request(destination))
    put(firehose, b"good", b"Dropped", b"ProcessingFailed")
    firehose.flush()
    assert neighbours.s3.bodies("copies/raw") == [b"goodDroppedProcessingFailed"]
    assert len(neighbours.s3.errors("lake/errors/")) == 1
    assert firehose.metrics("prices")["BackupToS3.Records"] == 3
    with pytest.raises(AwsError, match="S3BackupMode cannot be disabled"):
        firehose.call("UpdateDestination", update_request({"S3BackupMode": "Disabled"}))


def test_a_deleted_stream_forgets_what_was_buffered(firehose: Firehose, neighbours: Neighbours, tmp_path: Path) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3()))
    put(firehose, b"one")
    firehose.call("DeleteDeliveryStream", {"DeliveryStreamName": "prices"})
    firehose.call("CreateDeliveryStream", create_request(s3()))
    firehose.flush()
    assert neighbours.s3.objects == {}


def test_puts_during_updates_are_delivered_once(firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(s3(Prefix="v1/")))

    def load(name: int) -> None:
        for count in range(40):
            put(firehose, b"%d-%d " % (name, count))

    threads = [threading.Thread(target=load, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for version in range(1, 6):
        firehose.call("UpdateDestination", update_request({"Prefix": f"v{version + 1}/"}, str(version)))
    for thread in threads:
        thread.join()
    firehose.flush()
    delivered = sorted(b"".join(neighbours.s3.bodies("lake/")).split())
    assert delivered == sorted(b"%d-%d" % (name, count) for name in range(3) for count in range(40))
