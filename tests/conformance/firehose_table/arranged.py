"""Rows under way: all arrange side by side before the first is asserted."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from tests.conformance.firehose_table.aws import Aws, Clients
from tests.conformance.firehose_table.row import Row

_ARRANGING = 12

Rest = Iterator[None] | None


class Table:
    """Starts to arrange `rows` at once."""

    def __init__(self, clients: Clients, rows: Iterable[Row]) -> None:
        self._pool = ThreadPoolExecutor(_ARRANGING)
        self._arranged: dict[str, Future[Rest]] = {r.id: self._pool.submit(_arrange, r, clients) for r in rows}

    def assert_row(self, row: Row) -> None:
        """Finish the check of a row; raises what it raised in either part."""
        for arranged in self._arranged.values():
            arranged.exception()
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
