"""One run over a dataset's table: what is gone, then what is new, page by page to the end or until time is short."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, not_

from delivery.rows import Row
from producers.loading import Destination, Load, load
from producers.progress import Table
from producers.sql.cells import restored
from producers.sql.database import DatabaseError, snapshot
from producers.sql.keys import Comparison, KeyStore, compared_columns
from producers.sql.progress import Held, Saved, held
from producers.sql.reading import Encoder, Values, named, parts, picked
from producers.sql.relation import relation
from producers.sql.state import Known, State, is_ahead
from producers.sql.watermarks import check_watermarks, highest_watermark
from schemas.contract import ColumnType, Contract
from schemas.sql import Sql

PAGE_ROWS: Final = 50_000
"""Read, put and acknowledged before the progress is written down: what a run that is killed repeats at most."""
RESERVE_SECONDS: Final = 180
"""A page begins only with so much time left; putting it takes seconds, to a throttled stream minutes."""
_GRAINS: Final[dict[ColumnType, int]] = {"date": 48 * 3600, "timestamp": 2}
"""Seconds until no more rows can come with a watermark that was seen: a date in any time zone, a second cut off."""


@dataclass(frozen=True)
class Run:
    """What one run works on. `seconds_left` says how long the function has to live; `full_reload` reads
    everything again.

    `confirm_empty` says that a table without rows is meant to be so, and its keys are to be deleted.
    """

    contract: Contract
    engine: Engine
    to: Destination
    table: Table
    seconds_left: Callable[[], float]
    full_reload: bool = False
    confirm_empty: bool = False


@dataclass
class Summary:
    """What a run did. `unchanged` rows were met again and left out; `remaining` says where the next run continues."""

    dataset: str
    rows: int = 0
    rejected: int = 0
    records: int = 0
    record_bytes: int = 0
    unchanged: int = 0
    deleted: int = 0
    remaining: str = ""
    warnings: list[str] = field(default_factory=list)

    def add(self, done: Load) -> None:
        self.rows += done.rows
        self.rejected += done.rejected
        self.records += done.records
        self.record_bytes += done.record_bytes


def run(work: Run) -> Summary:
    """Put every row that is new since the last run, and note how far that was once it is acknowledged.

    Raises `DatabaseError`, `DriftError` before anything is put, `UndeliveredError`, `BusyError`, `OvertakenError`.
    """
    source, now = work.contract.source, work.to.now()
    assert isinstance(source, Sql)
    owner = f"sql/{work.contract.name}"
    what = source.table or f"the query of {work.contract.name}"
    with (
        held(work.table, owner, now.timestamp(), now.timestamp() + work.seconds_left()) as position,
        snapshot(work.engine, what) as connection,
    ):
        return _Pass(work, source, connection, position, owner, now).run()


class _Pass:
    """A pass over the rows, as far as this run takes it."""

    def __init__(
        self, work: Run, source: Sql, connection: Connection, position: Held, owner: str, now: datetime
    ) -> None:
        self._work, self._contract, self._source, self._to = work, work.contract, source, work.to
        self._connection, self._position = connection, position
        self._relation = relation(connection, work.contract)
        self._store = KeyStore(work.table, owner)
        self._name = f"sql/{self._relation.name}/{now.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
        self._now = now
        self._pages = 0
        self._summary = Summary(work.contract.name, warnings=list(self._relation.warnings))

    def run(self) -> Summary:
        state = self._state()
        if self._source.watermark:
            check_watermarks(self._connection, self._relation, self._contract.column(self._source.watermark))
        if self._source.deletes == "compared":
            self._summary.deleted = self._compare(state)
        self._read(state)
        return self._summary

    def _state(self) -> State:
        """The state to continue from; a new one when what it was about has changed, or when asked for."""
        basis = f"{self._source.table or self._source.query} by {', '.join(self._relation.order)}"
        state = self._position.saved.state
        same = state is not None and state.basis == basis and self._compares(state)
        if state and same and not self._work.full_reload:
            return state
        if state and not same:
            self._store.clear()
        return State(basis)

    def _compares(self, state: State) -> bool:
        """Whether the watermark that was reached compares with those in the table, whose type may have changed."""
        if not self._source.watermark or not state.reached:
            return True
        highest = highest_watermark(self._connection, self._relation, self._source.watermark)
        try:
            return highest is None or max(highest, *restored(state.reached)) is not None
        except TypeError:
            return False

    def _read(self, state: State) -> None:
        """Take the pass at hand to its end, or as far as there is time."""
        saved = self._position.saved
        known = Known(saved.known, saved.met) if saved.state == state else Known(b"", b"")
        names = list(self._relation.names)
        encoder, order = Encoder(self._contract, names, self._relation.kinds), picked(names, self._relation.order)
        state = state.begun(self._now.timestamp())
        while True:
            page = _Page(encoder, order, known, self._is_ahead)
            rows = parts(self._connection, self._query(state, names))
            self._summary.add(load(page.rows(rows), self._contract.name, self._page_name(), self._to))
            self._summary.unchanged += page.unchanged
            if page.position:
                state = state.cut(page.position, page.reached if self._source.watermark else None)
            if not page.more:
                break
            self._save(state, known.cut())
            if self._work.seconds_left() < RESERVE_SECONDS:
                self._summary.remaining = f"the rows after {named(self._relation.order, page.position)}"
                return
        self._save(state.ended(self._to.now().timestamp(), self._overlap_seconds()), known.ended())

    def _save(self, state: State, digests: tuple[bytes, bytes]) -> None:
        self._position.save(Saved(state, *digests) if self._source.watermark else Saved(state))

    def _query(self, state: State, names: list[str]) -> Select[Any]:
        order = self._relation.order
        query = self._relation.select(names).order_by(*(self._relation.column(name) for name in order))
        if state.after:
            query = query.where(self._relation.after(order, restored(state.after)))
        elif state.floor:
            query = query.where(self._relation.after(order[:1], restored(state.floor)))
        return query.limit(PAGE_ROWS + 1)  # one more than a page, to know whether there are more

    def _page_name(self) -> str:
        self._pages += 1
        return self._name if self._pages == 1 else f"{self._name}/{self._pages}"

    def _is_ahead(self, watermark: Any) -> bool:
        if isinstance(watermark, datetime) and self._source.watermark in self._relation.in_utc:
            watermark = watermark.replace(tzinfo=UTC)
        return is_ahead(watermark, self._now, self._overlap_seconds())

    def _overlap_seconds(self) -> float:
        grain = _GRAINS.get(self._contract.column(self._source.watermark).type, 0) if self._source.watermark else 0
        return self._source.overlap_minutes * 60 + grain

    def _compare(self, state: State) -> int:
        by = self._contract.partition.by if self._contract.partition else None
        columns, names = compared_columns(self._contract.key, by), list(self._relation.names)
        order = self._relation.order
        unread = not_(self._relation.after(order[:1], restored(state.floor))) if state.floor else None
        comparison = Comparison(self._connection, self._relation, self._contract.key, columns, unread)
        if not self._work.confirm_empty and comparison.is_empty() and (known := self._store.count()):
            raise DatabaseError(
                f"{self._relation.name} has no rows, but {known:,} keys of it have landed; nothing is deleted, because "
                f"this may be an accident. If it is intended: `standpipe load {self._contract.name} --confirm-empty`"
            )
        keys, rows = (Encoder(self._contract, some, self._relation.kinds) for some in (columns, names))
        loads = Counter[str]()

        def put(found: Iterable[Row], what: str, *, deleted: bool) -> Load:
            loads[what] += 1
            name = f"{self._name}/{what}" + (f"/{loads[what]}" if loads[what] > 1 else "")
            return load(found, self._contract.name, name, self._to, deleted=deleted)

        def delete(gone: list[Values]) -> None:
            if state := self._position.saved.state:  # a row that comes back as it was must not be taken for known
                self._position.save(Saved(state))
            put(keys.rows(gone), "deleted", deleted=True)

        def restore(back: list[Values]) -> None:
            found = (rows.rows([values])[0] for values in comparison.looked_up(names, back))
            self._summary.add(put(found, "returned", deleted=False))

        return comparison.run(self._store, delete, restore)


class _Page:
    """Some rows on their way: what they are, where they end, whether there are more after them."""

    def __init__(
        self,
        encoder: Encoder,
        order: Callable[[Values], tuple[Any, ...]],
        known: Known,
        is_ahead: Callable[[Any], bool],
    ) -> None:
        self.position: tuple[Any, ...] = ()
        self.reached: Any = None
        self.unchanged = 0
        self.more = False
        self._encoder, self._order, self._known, self._is_ahead = encoder, order, known, is_ahead

    def rows(self, fetched: Iterable[Sequence[Values]]) -> Iterator[Row]:
        """Those of the page's rows that are new or changed. Raises `DatabaseError` when a key is NULL at its end."""
        left = PAGE_ROWS
        for part in fetched:
            self.more = len(part) > left
            part = part[:left]
            left -= len(part)
            if part:
                self._advance(part)
                new = self._known.new(self._encoder.rows(part))
                self.unchanged += len(part) - len(new)
                yield from new
        if self.more and None in self.position:
            raise DatabaseError(f"the row at {self.position} has no key; reading cannot continue past it")

    def _advance(self, part: Sequence[Values]) -> None:
        """Note where the part ends, and the highest watermark in it that can be meant."""
        self.position = self._order(part[-1])
        for values in reversed(part):
            watermark = self._order(values)[0]
            if not self._is_ahead(watermark):
                self.reached = watermark
                return
