"""One running gateway for the tests that only talk to it, with the tiny app deployed."""

from collections.abc import Iterator

import pytest

from local.deployment.deploy import deploy
from local.gateway.running import RunningGateway, running_gateway
from tests.local.gateway import tiny_app


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("data"), speed=60) as running:
        deploy(tiny_app.write(tmp_path_factory.mktemp("cdk.out")), running.url, running.lines.append)
        yield running
