"""A file that cannot be put is refused with what to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cdk.config import environment
from standpipe.connection import Connection
from standpipe.datasets import NotDeployedError
from standpipe.putting import put_file

TRADES = Path(__file__).parents[2] / "standpipe" / "samples" / "trades.csv"


class Account(Connection):
    """A connection to an account in process, to which nothing is deployed."""

    def client(self, service: str, config: Any = None) -> Any:
        return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield Account(environment("local"), None)


def test_a_dataset_that_is_not_deployed_yet_says_how_to_deploy_it(account: Connection) -> None:
    with pytest.raises(NotDeployedError, match=r"trades .* not deployed yet: stop `standpipe up` and start it again"):
        put_file(account, "trades", TRADES)
