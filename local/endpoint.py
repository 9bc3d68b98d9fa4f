"""The account, region and credential of the laptop's AWS, and boto3 clients for it."""

import os
import threading
from functools import cache
from typing import Any, Final

import boto3
import botocore.session
from botocore.config import Config

from delivery import limits

ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"
CREDENTIAL: Final = "test"
"""Access key and secret: MiniStack reads a key of twelve digits as an account, any other as `ACCOUNT`."""

INVOCATION_SECONDS: Final = limits.LAMBDA_MAX_TIMEOUT_SECONDS + 10
"""A connection must outlive the wait for a transform."""
_CONFIG: Final = Config(
    max_pool_connections=32,
    proxies={},  # a proxy of the environment cannot reach this machine's loopback
    read_timeout=INVOCATION_SECONDS,
    request_checksum_calculation="when_required",  # loopback does not corrupt data, and checksums take time
    response_checksum_validation="when_required",
    retries={"mode": "standard", "total_max_attempts": 1},  # the caller decides what to retry
    s3={"addressing_style": "path"},
)


_MAKING: Final = threading.Lock()
"""Clients may be used on many threads; creating them may not."""


def client(url: str, service: str) -> Any:
    """A client of one service at `url`, e.g. `http://127.0.0.1:4566`, regardless of the environment's AWS settings."""
    with _MAKING:
        return _session().client(service, endpoint_url=url, config=_CONFIG)


def resource(url: str, service: str) -> Any:
    """A boto3 resource of one service at `url`."""
    with _MAKING:
        return _session().resource(service, endpoint_url=url, config=_CONFIG)


_OF_NOBODY: Final[dict[str, Any]] = {
    "profile": (None, [], None, None),
    "config_file": (None, [], os.devnull, None),
    "credentials_file": (None, [], os.devnull, None),
}
"""Settings of botocore's session: no profile, and none of the user's files."""


@cache
def _session() -> boto3.Session:
    """One for all clients: each session loads the descriptions of services again, many megabytes."""
    return boto3.Session(
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
        region_name=REGION,
        botocore_session=botocore.session.Session(session_vars=_OF_NOBODY),
    )
