"""A deployment that is interrupted leaves a folder to which the next deployment can be made."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from local.deployment.deploy import deploy
from local.endpoint import client
from local.gateway.running import RunningGateway, running_gateway
from tests.local.gateway import tiny_app
from tests.waiting import eventually


def interrupted(gateway: RunningGateway, folder: Path, events: int, end: Callable[[RunningGateway], None]) -> None:
    """Deploy, and end the gateway once so many events more have happened to a stack."""

    def happened() -> int:
        with suppress(cloudformation.exceptions.ClientError):
            return len(cloudformation.describe_stack_events(StackName="tiny-base")["StackEvents"])
        return 0

    def try_to_deploy() -> None:
        with suppress(Exception):
            deploy(folder, gateway.url, lambda line: None)

    cloudformation = client(gateway.url, "cloudformation")
    before = happened()
    deploying = threading.Thread(target=try_to_deploy)
    deploying.start()
    eventually(lambda: happened() >= before + events)
    end(gateway)
    deploying.join()


@pytest.mark.parametrize(
    ("events", "end"), [(8, RunningGateway.stop), (1, RunningGateway.kill), (15, RunningGateway.kill)]
)
def test_a_deployment_goes_on_after_the_first_was_interrupted(
    tmp_path: Path, events: int, end: Callable[[RunningGateway], None]
) -> None:
    first, second = tiny_app.write(tmp_path / "1"), tiny_app.write(tmp_path / "2", word="bye", buffer_mib=100)
    with running_gateway(tmp_path / "data") as gateway:
        interrupted(gateway, first, events, end)
    with running_gateway(tmp_path / "data") as gateway:
        deploy(first, gateway.url, lambda line: None)
        interrupted(gateway, second, events, end)
    with running_gateway(tmp_path / "data") as gateway:
        deploy(second, gateway.url, lambda line: None)
        stream = client(gateway.url, "firehose").describe_delivery_stream(DeliveryStreamName="tiny-stream")
        (destination,) = stream["DeliveryStreamDescription"]["Destinations"]
        assert destination["ExtendedS3DestinationDescription"]["BufferingHints"]["SizeInMBs"] == 100
