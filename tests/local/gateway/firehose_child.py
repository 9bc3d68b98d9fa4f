"""Firehose alone over HTTP, what it calls elsewhere: `firehose_child.py PORT DATA URL SPEED`, until killed."""

import asyncio
import sys
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.clock import Clock
from local.endpoint import client
from local.firehose.clients import Clients
from local.firehose.service import Firehose
from local.gateway.front import Front, Ours


async def _nothing_else(scope: object, receive: object, send: object) -> None:
    """Other services are not asked for here."""


async def main(port: str, data: str, url: str, speed: str) -> None:
    front = Front(_nothing_else, Ours({"firehose": Firehose.target_prefix}), lambda scope: None)
    s3, lambda_, glue, kms, cloudwatch, logs = (
        client(url, name) for name in ("s3", "lambda", "glue", "kms", "cloudwatch", "logs")
    )
    clients = Clients(s3, lambda_, glue, kms, cloudwatch, logs)
    front.open([Firehose(clients, Path(data), Clock(float(speed)))])
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    await serve(front, config)  # type: ignore[arg-type]


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
