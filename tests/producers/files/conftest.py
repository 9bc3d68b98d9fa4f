"""DynamoDB in process, for all tests of files."""

from collections.abc import Iterator

import pytest
from moto import mock_aws


@pytest.fixture(autouse=True, scope="module")
def aws() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with mock_aws():
            yield
