"""A Firehose over fakes whose waits take a thousandth of their time."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from firehose_fakes import Neighbours
from firehose_streams import DATABASE, TABLE

from local.clock import Clock
from local.firehose.service import Firehose


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
