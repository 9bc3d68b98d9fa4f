"""The producer is killed at any call to the outside; when its message has come again, no row is missing or doubled."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from delivery.header import split_header
from producers.files.job import Sizes
from producers.loading import Destination
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.files.test_events import Clock
from tests.producers.files.test_parts import csv_file, little_time
from tests.producers.files.world import World
from tests.producers.receiving import PREFIX, rows_in

POINTS = 50


class Killed(BaseException):
    """The process is gone."""


class Outside:
    """Counts calls to S3, DynamoDB, SQS and Firehose, and dies at number `at`: before it, or after its effect."""

    def __init__(self) -> None:
        self.calls = 0
        self.at = 0
        self.after = False
        self.killed = False

    def __call__(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **request: Any) -> Any:
            self.calls += 1
            dies = self.calls == self.at
            self.killed = self.killed or dies
            if dies and not self.after:
                raise Killed
            answer = call(*arguments, **request)
            if dies:
                raise Killed
            return answer

        return watched


class WatchedTable:
    def __init__(self, table: Any, outside: Outside) -> None:
        for name in ("get_item", "put_item", "update_item", "query"):
            setattr(self, name, outside(getattr(table, name)))


def chaotic(outside: Outside) -> World:
    """A world with three files: one small and corrected, one in parts, one that is handed on."""
    clock, firehose = Clock(), FakeFirehose()
    world = World(sizes=Sizes(20_000, 12_000), to=Destination(firehose, PREFIX, "files", clock, lambda seconds: None))
    world.firehose = firehose
    little_time(world, 20)
    place = world.context
    place.s3.get_object = outside(place.s3.get_object)  # type: ignore[method-assign]
    firehose.put_record_batch = outside(firehose.put_record_batch)  # type: ignore[method-assign]
    world.send = outside(world.send)  # type: ignore[method-assign]
    table = WatchedTable(world.table, outside)
    world.context = type(place)(**{**vars(place), "table": table, "send": world.send})
    return world


def live(world: World) -> None:
    """Handle every message; one whose reader is killed comes again, later than the others."""
    clock: Any = world.context.to.now
    while world.queue:
        name, body = world.queue.pop(0)
        clock.now = clock.now.replace(microsecond=0) + msgspec.convert("PT1S", type(clock.now - clock.now))
        try:
            world.handle(name, body)
        except Killed:
            world.queue.append((name, body))


def dropped(world: World) -> None:
    for key, content in (
        ("small.csv", csv_file(30).replace("26.97", "1")),
        ("small.csv", csv_file(30).replace("26.97", "2")),
        ("large.csv", csv_file(800).replace("T", "L")),
    ):
        world.announce(world.put(f"drop/trades/{key}", content))


def view(world: World) -> Counter[tuple[str, str]]:
    """What the view shows: the latest row of each key, with its price."""
    latest: dict[str, tuple[str, str]] = {}
    for data in world.firehose.taken.get(f"{PREFIX}trades", []):
        header, _ = split_header(data)
        for row in rows_in(data):
            if header.read_at >= latest.get(row["trade_id"], ("", ""))[0]:
                latest[row["trade_id"]] = (header.read_at, row["price"])
    return Counter((key, price) for key, (_, price) in latest.items())


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.files.formats.streams.text.BLOCK_BYTES", 2000)


def test_it_is_killed_at_many_points() -> None:
    outside = Outside()
    world = chaotic(outside)
    dropped(world)
    live(world)
    expected, calls = view(world), outside.calls
    assert len(expected) == 830
    assert Counter(price for _, price in expected) == {"26.97": 800, "2": 30}
    chance = random.Random(4)
    for _ in range(POINTS):
        outside = Outside()
        world = chaotic(outside)
        dropped(world)
        outside.calls, outside.at, outside.after = 0, chance.randrange(1, calls - 3), chance.random() < 0.5
        live(world)
        assert outside.killed
        assert view(world) == expected, (outside.at, outside.after)
        assert accounted(world) == [], (outside.at, outside.after)


def accounted(world: World) -> list[tuple[str, int, int]]:
    """Loads of which not every row arrived under their name exactly once."""
    arrived: Counter[str] = Counter()
    for data in world.firehose.taken[f"{PREFIX}trades"]:
        header, body = split_header(data)
        arrived[header.source] += body.count(b"\n")
    loads = {load["loaded_source"]: load["rows_in"] for load in world.loads}
    return [(source, rows, arrived[source]) for source, rows in loads.items() if arrived[source] != rows]
