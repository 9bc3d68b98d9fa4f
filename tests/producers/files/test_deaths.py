"""What ends its reader comes again; when it does so for the last time it is refused and told of, not read once more."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from delivery.putting import UndeliveredError
from delivery.retrying import MAX_ATTEMPTS
from producers.files import job
from producers.files.job import Report, Sizes
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.files.test_events import outcomes
from tests.producers.files.test_parts import csv_file, ids
from tests.producers.files.world import World
from tests.producers.receiving import destination

KEY = "drop/trades/t.csv"
ATTEMPTS = 3


class Killed(BaseException):
    """The process is gone."""


def give(world: World, name: str, body: str, receives: int = ATTEMPTS) -> list[Report]:
    """Handle a message as often as the queue gives it, until its reader lives."""
    for number in range(1, receives + 1):
        world.context = type(world.context)(**{**vars(world.context), "is_last": number == ATTEMPTS})
        try:
            return world.handle(name, body)
        except (Killed, UndeliveredError):
            continue
    return []


def all_given(world: World) -> list[Report]:
    reports: list[Report] = []
    while world.queue:
        reports += give(world, *world.queue.pop(0))
    return reports


def deadly(monkeypatch: pytest.MonkeyPatch, module: str, is_deadly: Callable[..., bool]) -> None:
    """Let the function `module` of the job end the process."""
    original: Any = getattr(job, module)

    def kill(*arguments: Any) -> Iterator[Any]:
        for each in original(*arguments):
            if is_deadly(*arguments):
                raise Killed
            yield each

    monkeypatch.setattr(job, module, kill)


def dropped(world: World, content: str, key: str = KEY) -> None:
    world.announce(world.put(key, content))


def test_a_file_that_ends_its_readers_is_refused_at_its_last_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    deadly(monkeypatch, "chunks", lambda opened, *_: opened.uri.endswith("t.csv"))
    world = World()
    dropped(world, csv_file(10))
    dropped(world, csv_file(20), "drop/trades/neighbour.csv")
    assert outcomes(all_given(world)) == ["refused", "landed"]
    (told,), loads = world.quarantine, world.loads
    assert "reading it has ended the function 2 times" in told["reason"]
    assert (told["rule"], told["source_row"]) == ("parse", f"s3://standpipe-test-drop/{KEY}")
    assert [(load["rows_in"], load["rejected"]) for load in loads] == [(1, 1), (20, 0)]
    assert told["source"] == loads[0]["loaded_source"]
    assert loads[0]["note"] == told["reason"]


def test_it_is_read_once_more_when_it_is_dropped_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(versioned=False)
    with monkeypatch.context() as patch:
        deadly(patch, "chunks", lambda *_: True)
        dropped(world, csv_file(10))
        assert outcomes(all_given(world)) == ["refused"]
    dropped(world, csv_file(10))
    assert outcomes(give(world, *world.queue.pop(0), receives=1)) == ["landed"]
    dropped(world, csv_file(10))
    assert outcomes(all_given(world)) == ["duplicate"]


def test_one_death_is_enough_where_the_queue_gives_no_other_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(to=destination(FakeFirehose([{0}] * MAX_ATTEMPTS)))
    dropped(world, csv_file(10))
    name, body = world.queue.pop(0)
    assert give(world, name, body, receives=1) == []  # Firehose does not take it
    world.context = type(world.context)(**{**vars(world.context), "to": destination(world.firehose)})
    with monkeypatch.context() as patch:
        deadly(patch, "chunks", lambda *_: True)
        assert give(world, name, body, receives=1) == []
    world.context = type(world.context)(**{**vars(world.context), "is_last": True})
    (report,) = world.handle(name, body)
    assert report.outcome == "refused"
    assert "has ended the function once" in report.reason


def test_a_stream_that_refuses_is_not_held_against_the_file() -> None:
    world = World(to=destination(FakeFirehose([{0}] * MAX_ATTEMPTS * (ATTEMPTS - 1))))
    dropped(world, csv_file(10))
    (report,) = all_given(world)
    assert report.outcome == "landed"
    assert report.load is not None
    assert report.load.source.endswith("&attempt=3")


def test_a_run_whose_time_was_up_is_not_held_against_the_file() -> None:
    world = World()
    world.seconds = 0.0
    dropped(world, csv_file(10))
    name, body = world.queue.pop(0)
    assert outcomes(world.handle(name, body)) == ["handed on"]
    world.context = type(world.context)(**{**vars(world.context), "is_last": True})
    assert outcomes(world.handle(name, body)) == ["planned"]
    assert "landed" in outcomes(world.work())
    assert ids(world) == list(range(10))
    assert world.quarantine == []


def test_a_part_that_ends_its_readers_is_refused_and_the_others_land(monkeypatch: pytest.MonkeyPatch) -> None:
    deadly(monkeypatch, "chunks", lambda opened, contract, start, end: 10_000 < start.at < 30_000)
    world = World(sizes=Sizes(large=20_000, part=20_000))
    monkeypatch.setattr("producers.files.formats.streams.text.BLOCK_BYTES", 2000)
    dropped(world, csv_file(2000))
    found = outcomes(all_given(world))
    assert (found[0], found.count("refused"), set(found[1:])) == ("planned", 1, {"landed", "refused"})
    (told,) = world.quarantine
    assert "reading it has ended the function 2 times" in told["reason"]
    assert told["line"] == min(set(range(2000)) - set(ids(world))) + 2
    assert sum(load["rows_in"] for load in world.loads) == len(ids(world)) + 1
    dropped(world, csv_file(2000), "drop/trades/again.csv")
    assert outcomes(give(world, *world.queue.pop(0), receives=1)) == ["planned"]


@pytest.mark.parametrize("seconds", [[900.0] * 1000, [900.0, 900.0, 0.0, *[900.0] * 1000]], ids=["at once", "later"])
def test_the_rest_of_a_file_is_refused_where_finding_its_parts_ends_the_reader(
    seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.files.formats.streams.text.BLOCK_BYTES", 2000)
    original = job.boundaries

    def boundaries(*arguments: Any) -> Iterator[Any]:
        for place in original(*arguments):
            if place.at > 60_000:
                raise Killed
            yield place

    monkeypatch.setattr(job, "boundaries", boundaries)
    world, left = World(sizes=Sizes(large=20_000, part=20_000)), iter(seconds)
    world.context = type(world.context)(**{**vars(world.context), "seconds_left": lambda: next(left)})
    dropped(world, csv_file(2000))
    found = outcomes(all_given(world))
    assert found.count("refused") == 1
    (told,) = world.quarantine
    landed = ids(world)
    assert landed == list(range(len(landed)))
    assert told["line"] <= len(landed) + 2  # the part before it may not have been announced
    assert sum(load["rows_in"] for load in world.loads) == len(landed) + 1
