"""An AWS account in process."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cdk.config import environment
from standpipe.connection import Connection


class Account(Connection):
    """A connection to moto's account, to which nothing is deployed."""

    def client(self, service: str, config: Any = None) -> Any:
        return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield Account(environment("local"), None)
