"""Where the command looks for an environment."""

import pytest
from msgspec import structs

from cdk.config import environment
from standpipe.connection import Connection, connect


@pytest.mark.parametrize(("region", "used"), [("eu-west-1", "eu-west-1"), (None, "us-west-2")])
def test_aws_is_in_the_region_of_the_environment_else_of_the_shell(
    monkeypatch: pytest.MonkeyPatch, region: str | None, used: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    connection = Connection(structs.replace(environment("dev"), region=region), None)
    assert connection.client("glue").meta.region_name == used
    assert connection.progress().meta.client.meta.region_name == used


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        (None, "http://127.0.0.1:4566"),
        ("", "http://127.0.0.1:4566"),
        ("http://127.0.0.1:4890", "http://127.0.0.1:4890"),
        ("http://localhost:4890/", "http://localhost:4890/"),
        ("http://[::1]:4890", "http://[::1]:4890"),
        ("https://vpce.example.com", "http://127.0.0.1:4566"),
        ("http://127.0.0.1.example.com", "http://127.0.0.1:4566"),
    ],
)
def test_local_is_where_aws_endpoint_url_says_if_that_is_this_machine(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, url: str
) -> None:
    if variable is None:
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", variable)
    assert connect("local", None).url == url
    assert connect("local", "http://127.0.0.1:1").url == "http://127.0.0.1:1"
    assert connect("dev", None).url is None
