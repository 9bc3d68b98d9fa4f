"""What every reader gives: some rows of one file, of the columns that were asked for, in the table's types."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

import pyarrow as pa

from local.athena.reading.files import StoredObject
from local.athena.reading.predicate import Predicate

_Done = TypeVar("_Done")


class Sized(Protocol):
    """Work that takes about `size` bytes of memory."""

    @property
    def size(self) -> int: ...


_Job = TypeVar("_Job", bound=Sized)


@dataclass(frozen=True)
class Piece:
    """`rows` rows of a file; `columns` is empty where only their number was asked for."""

    stored: StoredObject
    rows: int
    columns: Mapping[str, pa.Array | pa.ChunkedArray]


class Reader(Protocol):
    """Reads files of one format. Raises `QueryError` for a file that does not fit the table."""

    def read(self, files: Sequence[StoredObject], fields: Sequence[pa.Field], wanted: Predicate) -> Iterator[Piece]:
        """Rows of `files` with the columns `fields`; rows that cannot match `wanted` may be left out."""
        ...


def ahead(pool: Executor, work: Callable[[_Job], _Done], jobs: Iterable[_Job], budget: int) -> Iterator[_Done]:
    """Each job's result in order; as many jobs run ahead of the consumer as have `budget` bytes together."""
    running: deque[tuple[int, Future[_Done]]] = deque()
    for job in jobs:
        while running and sum(size for size, _ in running) + job.size > budget:
            yield running.popleft()[1].result()
        running.append((job.size, pool.submit(work, job)))
    while running:
        yield running.popleft()[1].result()
