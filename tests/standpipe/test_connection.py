"""Where the command looks for an environment."""

import pytest
from msgspec import structs

from cdk.config import environment
from standpipe.connection import Connection


@pytest.mark.parametrize(("region", "used"), [("eu-west-1", "eu-west-1"), (None, "us-west-2")])
def test_aws_is_in_the_region_of_the_environment_else_of_the_shell(
    monkeypatch: pytest.MonkeyPatch, region: str | None, used: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    connection = Connection(structs.replace(environment("dev"), region=region), None)
    assert connection.client("glue").meta.region_name == used
    assert connection.progress().meta.client.meta.region_name == used
