"""The lake's bucket against moto's S3: what the fake of the other tests does, the real one does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from jobs.lake import Lake, client

REGION = "us-east-1"


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client.cache_clear()
        boto3.client("s3", region_name=REGION).create_bucket(Bucket="lake")
        yield Lake("lake", REGION)
    client.cache_clear()


@pytest.mark.parametrize("get", [Lake.read, lambda lake, key: lake.download(key, Path("unused"))])
def test_an_object_that_is_gone_is_a_file_that_is_not_found(lake: Lake, get: Callable[[Lake, str], object]) -> None:
    with pytest.raises(FileNotFoundError, match="there is no s3://lake/curated/gone"):
        get(lake, "curated/gone")


def test_an_object_is_read_and_copied_as_it_was_created(lake: Lake, tmp_path: Path) -> None:
    lake.create("a", b"a")
    lake.download("a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == lake.read("a") == b"a"
