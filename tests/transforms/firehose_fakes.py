"""Firehose as the transform sees it: events that come in, and a client that takes what is put."""

import base64
import itertools
import json
from datetime import UTC, datetime
from typing import Any

from schemas.load import load_contracts
from transforms.envelope import Event
from transforms.transform import Transform

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
INGESTED_AT = "2026-11-23 19:00:00.000"
STREAM = "standpipe-local-fx_daily"
QUARANTINE = "standpipe-local-quarantine"
CONTRACTS = load_contracts()


class FakeFirehose:
    """Takes every record, or refuses all of those put to the streams in `down`."""

    def __init__(self, *down: str) -> None:
        self.down = down
        self.taken: list[tuple[str, bytes]] = []

    def put(self, stream: str, records: list[bytes]) -> str:
        if stream in self.down:
            return f"{stream} is down"
        self.taken += [(stream, record) for record in records]
        return ""

    def records(self, stream: str) -> list[bytes]:
        return [record for name, record in self.taken if name == stream]

    def quarantined(self) -> list[dict[str, Any]]:
        return [row for record in self.records(QUARANTINE) for row in rows(record)]


def transform(dataset: str, firehose: FakeFirehose) -> Transform:
    return Transform(CONTRACTS[dataset], QUARANTINE, firehose.put, lambda: NOW)


def event(*data: bytes) -> Event:
    return {
        "deliveryStreamArn": f"arn:aws:firehose:us-east-1:000000000000:deliverystream/{STREAM}",
        "records": [
            {"recordId": str(number), "data": base64.b64encode(body).decode()}
            for number, body in zip(itertools.count(1), data, strict=False)
        ],
    }


def rows(lines: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def landed(answer: Any) -> list[dict[str, Any]]:
    return rows(base64.b64decode(answer["data"]))


def price(close: float | str = 1.0, **others: Any) -> dict[str, Any]:
    return {"1. open": "1.0", "2. high": "9.0", "3. low": "0.5", "4. close": str(close), **others}


def fx(days: dict[str, Any], base: str = "USD", quote: str = "GBP") -> bytes:
    return json.dumps({base: {quote: days}}).encode()
