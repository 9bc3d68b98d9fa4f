"""Stops a query from another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.athena.errors import QueryCancelledError

_AGAIN_SECONDS = 0.05
CANCELLED_REASON = "Query cancelled by user"


class Cancel:
    """Stops a running query, or one that has not begun.

    An interrupt is lost on an engine that is between two commands, so it is repeated until the query has ended.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._interrupt: Callable[[], None] | None = None
        self.asked = False

    def ask(self) -> None:
        """Stop the query soon; does not wait for it."""
        with self._changed:
            self.asked = True
            if self._interrupt is not None:
                threading.Thread(target=self._insist, name="athena-cancel", daemon=True).start()

    @contextmanager
    def of(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """The query that can be interrupted while the block runs; raises `QueryCancelledError` if asked before."""
        with self._changed:
            if self.asked:
                raise QueryCancelledError(CANCELLED_REASON)
            self._interrupt = interrupt
        try:
            yield
        finally:
            with self._changed:
                self._interrupt = None
                self._changed.notify_all()

    def _insist(self) -> None:
        with self._changed:
            while self._interrupt is not None:
                self._interrupt()
                self._changed.wait(_AGAIN_SECONDS)
