"""One running gateway for the tests that only talk to it, with the tiny app deployed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.deployment.deploy import deploy
from local.gateway.running import RunningGateway, running_gateway

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    import tiny_app

    with running_gateway(tmp_path_factory.mktemp("data"), speed=60) as running:
        deploy(tiny_app.write(tmp_path_factory.mktemp("cdk.out")), running.url, running.lines.append)
        yield running
