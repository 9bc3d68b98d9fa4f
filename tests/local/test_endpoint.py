"""Clients of the laptop's AWS do not depend on what the user has set up for AWS."""

import pytest

from local import endpoint


def test_a_profile_of_the_user_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nosuch")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nosuch")
    endpoint._session.cache_clear()
    client = endpoint.client("http://127.0.0.1:4566", "s3")
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert client.meta.region_name == "us-east-1"
