"""The gateway's own services, wired to the gateway: Firehose's data plane, Athena, and Glue's crawlers."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from local import athena, crawler
from local.clock import Clock
from local.crawler.service import OPERATIONS as CRAWLER_OPERATIONS
from local.endpoint import client
from local.firehose.clients import Clients
from local.firehose.service import Firehose
from local.gateway.inspector import Inspector
from local.protocol import Service

SETTLING_SECONDS: Final = 0.2
"""How long a new stream is CREATING: about a minute on AWS, and here long enough to notice a missing wait."""
TARGETS: Final = {
    "firehose": Firehose.target_prefix,
    "athena": athena.Athena.target_prefix,
    "standpipe": Inspector.target_prefix,
}
"""Our own services: signing names and target prefixes."""
OPERATIONS: Final = {crawler.GlueCrawlers.target_prefix: CRAWLER_OPERATIONS}
"""Our operations of services that are otherwise MiniStack's, by target prefix."""


def build(url: str, data_dir: Path, speed: float, connect_inside: Callable[[Any], Any]) -> Sequence[Service]:
    """The services, calling S3, Lambda and Glue at `url` and keeping their own data in `data_dir`.

    `connect_inside` gets the boto3 clients and may make them work without a socket.
    """

    def inside(service: str) -> Any:
        return connect_inside(client(url, service))

    clients = Clients(
        s3=inside("s3"),
        lambda_=inside("lambda"),
        glue=inside("glue"),
        kms=inside("kms"),
        cloudwatch=inside("cloudwatch"),
        logs=inside("logs"),
    )
    firehose = Firehose(clients, data_dir / "firehose", Clock(speed), SETTLING_SECONDS)
    return [
        firehose,
        athena.Athena(athena.Clients(glue=inside("glue"), s3=inside("s3")), data_dir / "athena"),
        crawler.GlueCrawlers(crawler.connect(url), data_dir / "crawler"),
        Inspector(firehose.statuses),
    ]
