"""One gateway for the whole table. Every selected row arranges before the first is asserted, side by side."""

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("firehose_table")

from firehose_table.aws import Aws, Clients
from firehose_table.row import Row

from local.gateway.running import running_gateway

SPEED = 600
_ARRANGING = 12

Rest = Iterator[None] | None


class Table:
    """Rows under way."""

    def __init__(self, clients: Clients, rows: list[Row]) -> None:
        self._pool = ThreadPoolExecutor(_ARRANGING)
        self._arranged = {row.id: self._pool.submit(_arrange, row, clients) for row in rows}

    def assert_row(self, row: Row) -> None:
        """Finish the check of a row; raises what it raised in either part."""
        for arranged in self._arranged.values():
            _wait(arranged)
        rest = self._arranged[row.id].result()
        if rest is not None:
            assert next(rest, "ended") == "ended", f"{row.id} yields more than once"

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)


def _arrange(row: Row, clients: Clients) -> Rest:
    rest = row.check(Aws(clients, row.id))
    if rest is not None:
        next(rest)
    return rest


def _wait(arranged: "Future[Rest]") -> None:
    arranged.exception()


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """All rows that this run has selected, arranged."""
    rows = [
        item.callspec.params["row"] for item in request.session.items if "table" in getattr(item, "fixturenames", ())
    ]
    with running_gateway(tmp_path_factory.mktemp("data"), speed=SPEED) as gateway:
        table = Table(Clients(gateway.url), rows)
        yield table
        table.close()
