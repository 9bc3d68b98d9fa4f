"""A Firehose over fakes whose waits take a thousandth of their time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.clock import Clock
from local.firehose.service import Firehose
from tests.local.firehose.fakes import Neighbours
from tests.local.firehose.streams import DATABASE, TABLE


@pytest.fixture
def neighbours() -> Neighbours:
    fakes = Neighbours()
    fakes.glue.tables[DATABASE, TABLE] = [("ticker", "string"), ("day", "date"), ("close", "double")]
    return fakes


@pytest.fixture
def firehose(neighbours: Neighbours, tmp_path: Path) -> Iterator[Firehose]:
    service = Firehose(neighbours.clients, tmp_path, Clock(speed=1000.0))
    yield service
    service.close()
