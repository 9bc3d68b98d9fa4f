"""Runs that are killed anywhere, over a table that others write to all the while, miss nothing and double nothing."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text

from producers.sql import keys, reading, run
from producers.sql.run import Run
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.receiving import PREFIX, destination
from tests.producers.sql.reading import Bank, FakeTable, latest, payments

KILLS = 50
ROWS = 150
OVERLAP_SECONDS = 10
"""Transactions take a second at most, and longer when they wait for each other."""
SEED = 20261124


class Killed(BaseException):
    """What no code of ours catches: the process is gone."""


@dataclass
class Fuse:
    """Kills at the call number `left` to the world outside, before or after it has had its effect."""

    left: int = 0
    after: bool = False
    dead: bool = False

    def call(self, action: Callable[[], Any]) -> Any:
        if self.dead:
            raise Killed
        self.left -= 1
        if self.left:
            return action()
        self.dead = True
        if self.after:
            action()
        raise Killed


class Fused:
    """Anything whose methods are calls to the world outside."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        return lambda *given, **named: self._fuse.call(lambda: method(*given, **named))


@contextmanager
def writers(bank: Bank) -> Iterator[None]:
    """Transactions that insert, change and delete, some of them committed late and out of order."""
    stop = threading.Event()

    def write(seed: int) -> None:
        dice = random.Random(seed)
        with bank.admin.connect() as connection:
            while not stop.is_set():
                number = dice.randrange(ROWS)
                with connection.begin():
                    if dice.random() < 0.15:
                        connection.execute(text(f"DELETE FROM payments WHERE id = {number}"))
                    else:
                        connection.execute(
                            text(
                                f"INSERT INTO payments VALUES ({number}, {dice.random()}, '{dice.random()}', now()) "
                                "ON CONFLICT (id) DO UPDATE "
                                "SET amount = excluded.amount, note = excluded.note, updated_at = now()"
                            )
                        )
                    time.sleep(dice.choice([0, 0, 0, 0.002, 0.05, 1]))

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_fifty_kills_under_writers_miss_nothing_and_double_nothing(
    postgresql_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PAGE_ROWS", 20)
    monkeypatch.setattr(run, "_GRAINS", {"timestamp": OVERLAP_SECONDS})
    monkeypatch.setattr(reading, "ROWS_AT_A_TIME", 7)
    monkeypatch.setattr(keys, "CHUNK_BYTES", 300)
    bank, contract, fuse = postgresql_bank, payments(deletes="compared", overlap_minutes=0), Fuse()
    bank.create()
    firehose, table, dice, where = FakeFirehose(), FakeTable(), random.Random(SEED), []
    ended = 0
    parts = run.parts
    monkeypatch.setattr(run, "parts", lambda *given: (fuse.call(lambda part=part: part) for part in parts(*given)))
    event.listen(bank.engine, "before_cursor_execute", lambda *_: fuse.call(lambda: None))
    to = destination(Fused(firehose, fuse), "sql", now=lambda: datetime.now(UTC))

    def once(calls: int, after: bool) -> bool:
        """Whether the run came to its end."""
        fuse.left, fuse.after, fuse.dead = calls, after, False
        try:
            run.run(Run(contract, bank.engine, to, Fused(table, fuse), lambda: 900))
        except Killed:
            if position := table.items.get(("sql/payments", "position")):
                position["until"] = 0  # as if a quarter of an hour had passed
            return False
        return True

    with writers(bank):
        while len(where) < KILLS:
            calls, after = dice.randint(1, 80), dice.random() < 0.5
            if not once(calls, after):
                where.append(calls)
                ended += once(0, False)
    assert once(0, False)  # to the end of the pass at hand
    assert once(0, False)  # what was committed behind it meanwhile
    with bank.admin.connect() as connection:
        expected = connection.execute(text("SELECT id, amount::float8, note FROM payments ORDER BY id")).all()
    calls = [call for call in firehose.calls if b'"deleted":true' in call[0] or b'"updated_at"' in call[0]]
    assert ended == KILLS
    for batches in (calls, [firehose.taken[f"{PREFIX}payments"]]):
        found = [(row["id"], row["amount"], row["note"]) for row in latest(contract, batches)]
        assert found == [tuple(row) for row in expected]
