"""An object that the disk does not take is refused: its writer would otherwise drop the records in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.endpoint import client
from local.gateway.running import running_gateway
from tests.waiting import eventually

BUCKET, STREAM = "filled", "waits"
_ROLE = "arn:aws:iam::000000000000:role/firehose"


@contextmanager
def full(data_dir: Path) -> Iterator[None]:
    """Let the bucket's objects not be written, as on a disk that is full: a file is where their folder should be."""
    folder = next(data_dir.glob(f"s3/*/{BUCKET}"))
    aside = folder.rename(folder.with_name("aside"))
    folder.touch()
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


def bodies(s3: Any) -> list[bytes]:
    listed = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in listed]


def test_records_that_the_disk_does_not_take_outlast_a_kill(tmp_path: Path) -> None:
    with running_gateway(tmp_path, speed=60) as gateway:
        s3, firehose = client(gateway.url, "s3"), client(gateway.url, "firehose")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="first", Body=b"1")
        destination = {
            "RoleARN": _ROLE,
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1},
        }
        firehose.create_delivery_stream(DeliveryStreamName=STREAM, ExtendedS3DestinationConfiguration=destination)
        described = lambda: firehose.describe_delivery_stream(DeliveryStreamName=STREAM)  # noqa: E731
        eventually(lambda: described()["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE")
        with full(tmp_path):
            firehose.put_record(DeliveryStreamName=STREAM, Record={"Data": b"a record"})
            eventually(lambda: "Failed to persist S3 object" in (tmp_path / "gateway.log").read_text())
            gateway.kill()
    with running_gateway(tmp_path, speed=60) as gateway:
        s3 = client(gateway.url, "s3")
        assert eventually(lambda: [body for body in bodies(s3) if body != b"1"]) == [b"a record"]


def test_an_object_that_is_not_stored_changes_nothing(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway:
        s3 = client(gateway.url, "s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        first = s3.put_object(Bucket=BUCKET, Key="kept", Body=b"first")["VersionId"]
        with full(tmp_path):
            for key in ("kept", "new"):
                with pytest.raises(ClientError, match=f"InternalError.*{key} could not be written to the disk"):
                    s3.put_object(Bucket=BUCKET, Key=key, Body=b"second")
        versions = s3.list_object_versions(Bucket=BUCKET)["Versions"]
        assert [(v["Key"], v["VersionId"], v["IsLatest"]) for v in versions] == [("kept", first, True)]
        assert bodies(s3) == [b"first"]
        s3.put_object(Bucket=BUCKET, Key="new", Body=b"second")
        assert bodies(s3) == [b"first", b"second"]
