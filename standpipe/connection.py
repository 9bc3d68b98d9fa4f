"""The AWS that the command talks to: the laptop's endpoint or AWS itself."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from cdk.config import Environment, EnvironmentName, environment
from local import endpoint as laptop
from standpipe.query.athena import Answer, Result, ask, run

LOCAL_ENDPOINT = "http://127.0.0.1:4566"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Connection:
    """An environment, its names, and how to reach it; `url` is None for AWS itself."""

    environment: Environment
    url: str | None

    def client(self, service: str, config: Config | None = None) -> Any:
        """A boto3 client: with the laptop's credentials for an endpoint, with the ordinary credential chain for AWS.

        The region is the environment's, if it has one. `config` is for AWS; the laptop has its own.
        """
        if self.url:
            return laptop.client(self.url, service)
        return boto3.client(service, region_name=self.environment.region, config=config)

    def progress(self) -> Any:
        """The DynamoDB table (boto3's `Table`) of the producers' progress, with the keys `owner` and `item`."""
        if self.url:
            dynamodb = laptop.resource(self.url, "dynamodb")
        else:
            dynamodb = boto3.resource("dynamodb", region_name=self.environment.region)
        return dynamodb.Table(self.environment.progress_table)

    def query(self, sql: str) -> Result:
        """The rows of `sql` through Athena, in the environment's database and workgroup; raises `QueryError`."""
        return run(self.client("athena"), sql, self.environment.database, self.environment.workgroup)

    def ask(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        """As `query`, for an answer of any length; raises `QueryError`."""
        return ask(self.client("athena"), sql, self.environment.database, self.environment.workgroup, parameters)

    @cached_property
    def lake(self) -> str:
        """The bucket of the lake."""
        return self._bucket("lake")

    @cached_property
    def drop(self) -> str:
        """The bucket that files are dropped into."""
        return self._bucket("drop")

    def _bucket(self, kind: Any) -> str:
        sts = self.client("sts")
        return self.environment.bucket(kind, sts.get_caller_identity()["Account"], sts.meta.region_name)


def connect(name: EnvironmentName, url: str | None) -> Connection:
    """The connection for command-line arguments: `local` is on this machine unless `url` says otherwise."""
    return Connection(environment(name), url or (local_endpoint() if name == "local" else None))


def local_endpoint() -> str:
    """The gateway of this machine: AWS_ENDPOINT_URL where that is on a loopback address, else the usual port."""
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    return url if urlsplit(url).hostname in _LOOPBACK else LOCAL_ENDPOINT
