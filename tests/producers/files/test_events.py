"""Events come twice, late and in any order; each content of a file lands once, and the latest one stays."""

import gzip
import io
import itertools
from datetime import timedelta
from typing import Any

import pytest

from delivery.header import split_header
from producers.files.items import LEASE_SECONDS
from producers.files.job import Report
from producers.files.progress import Progress, Skip
from producers.files.run import load_file
from producers.files.stored import open_object
from producers.loading import Destination
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.files.test_fidelity import workbook
from tests.producers.files.test_run import HEADER, T1, T2
from tests.producers.files.world import World
from tests.producers.receiving import NOW, PREFIX, destination, rows_in

KEY = "drop/trades/t.csv"
FIRST, CORRECTED = f"{HEADER}\n{T1}\n{T2}\n", f"{HEADER}\n{T1.replace('26.97', '26.98')}\n"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now


def outcomes(reports: list[Report]) -> list[str]:
    return [report.outcome for report in reports]


def test_an_event_that_comes_twice_lands_once() -> None:
    world = World()
    file = world.put(KEY, FIRST)
    world.announce(file)
    world.announce(file)
    assert outcomes(world.work()) == ["landed", "duplicate"]
    assert len(world.rows("trades")) == 2
    assert len(world.loads) == 1


def test_the_same_content_dropped_again_lands_once_and_is_told_of_once() -> None:
    world = World()
    files = [world.put(KEY, FIRST), world.put(KEY, FIRST)]
    for file in files * 2:
        world.announce(file)
    assert outcomes(world.work()) == ["landed"] + ["duplicate"] * 3
    assert len(world.rows("trades")) == 2
    original, again = world.loads
    assert original["loaded_source"] != again["loaded_source"]
    assert (again["rows_in"], again["note"]) == (0, f"its content has landed as {original['loaded_source']}")


def test_without_versions_the_same_content_dropped_again_lands_once() -> None:
    world = World(versioned=False)
    assert outcomes(world.drop(KEY, FIRST) + world.drop(KEY, FIRST)) == ["landed", "duplicate"]
    assert len(world.rows("trades")) == 2


def test_the_same_content_under_another_name_lands_once_and_is_told_of() -> None:
    world = World()
    assert outcomes(world.drop(KEY, FIRST) + world.drop("drop/trades/copy of t.csv", FIRST)) == ["landed", "duplicate"]
    assert len(world.rows("trades")) == 2
    original, copy = world.loads
    assert (copy["rows_in"], copy["note"]) == (0, f"its content has landed as {original['loaded_source']}")
    assert outcomes(world.drop("drop/trades/copy of t.csv", FIRST)) == ["duplicate"]


def test_the_same_content_for_another_dataset_is_another_file() -> None:
    accounts = "account,owner,base_currency,is_active\nGB-1,Ann,GBP,true\n"
    world = World()
    first = world.drop("drop/accounts/a.csv", accounts)
    assert outcomes(first + world.drop("drop/trades/a.csv", accounts)) == ["landed", "refused"]


def test_a_corrected_file_supersedes_and_going_back_supersedes_again() -> None:
    world = World()
    reports = world.drop(KEY, FIRST) + world.drop(KEY, CORRECTED) + world.drop(KEY, FIRST)
    assert outcomes(reports) == ["landed"] * 3
    assert [row["price"] for row in world.rows("trades") if row["trade_id"] == "T1"] == ["26.97", "26.98", "26.97"]


def test_a_copy_of_what_was_corrected_since_lands() -> None:
    world = World()
    reports = world.drop(KEY, FIRST) + world.drop(KEY, CORRECTED) + world.drop("drop/trades/copy.csv", FIRST)
    assert outcomes(reports) == ["landed"] * 3


@pytest.mark.parametrize("key", ["drop/trades/2024-01-03.csv", KEY])
@pytest.mark.parametrize("seconds_apart", [0, 1])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_content_that_comes_back_after_another_file_wins_again(
    key: str, seconds_apart: int, order: tuple[int, ...]
) -> None:
    world = World()
    world.s3.seconds_apart = seconds_apart
    first, second = FIRST, CORRECTED
    files = [world.put(KEY, first), world.put("drop/trades/2024-01-02.csv", second), world.put(key, first)]
    for number in order:
        world.announce(files[number])
    world.work()
    read = [load["loaded_source"] for load in world.loads if load["rows_in"]]
    assert len(set(read)) == len(read)
    if seconds_apart:
        assert last_price(world, "T1") == "26.97"
    else:
        assert any(f"/{key.rpartition('/')[2]}?" in source for source in read)


def test_a_copy_that_was_left_out_is_read_once_an_earlier_file_comes() -> None:
    world = World()
    files = [
        world.put(f"drop/trades/{name}.csv", data) for name, data in zip("abc", (FIRST, CORRECTED, FIRST), strict=True)
    ]
    for number in (0, 2, 1):
        world.announce(files[number])
    assert outcomes(world.work()) == ["landed", "duplicate", "landed", "landed"]
    assert [load["loaded_source"].rpartition("/")[2] for load in world.loads] == [
        "a.csv?versionId=v1", "c.csv?versionId=v1", "b.csv?versionId=v1", "c.csv?versionId=v1&attempt=2",
    ]  # fmt: skip
    world.announce(files[2])
    world.announce(files[1])
    assert outcomes(world.work()) == ["duplicate"] * 2


def test_a_copy_is_read_when_another_content_is_begun_at_that_moment() -> None:
    world = World()
    world.drop(KEY, FIRST)
    copy, other = world.put("drop/trades/copy.csv", FIRST), world.put("drop/trades/other.csv", CORRECTED)
    progress = Progress(world.table, "trades", "other", world.context.to.now)
    stored, _ = open_object(copy, world.s3)
    assert isinstance(progress.claim_file(stored, copy.sequencer), Skip)
    load_file(other, "other", world.context)
    assert not progress.left_out(stored, copy.sequencer)
    report = load_file(copy, "copy", world.context)
    assert report is not None
    assert report.outcome == "landed"


def last_price(world: World, trade: str) -> str:
    """The one that the view shows: of the record that was read last."""
    found = [(split_header(data)[0].read_at, rows_in(data)) for data in world.firehose.taken[PREFIX + "trades"]]
    times = sorted((at, row["price"]) for at, rows in found for row in rows if row["trade_id"] == trade)
    assert len({at for at, _ in times}) == len(times)
    return str(times[-1][1])


def test_what_was_dropped_last_stays_whichever_is_read_first() -> None:
    world = World()
    world.drop(KEY, FIRST)
    copy, corrected = world.put("drop/trades/copy.csv", FIRST), world.put(KEY, CORRECTED)
    world.announce(corrected)
    world.announce(copy)
    assert outcomes(world.work()) == ["landed", "landed"]
    assert last_price(world, "T1") == "26.98"


def test_of_two_contents_in_one_second_the_later_stays() -> None:
    world = World()
    world.s3.seconds_apart = 0
    world.drop(KEY, FIRST)
    world.drop(KEY, CORRECTED)
    assert last_price(world, "T1") == "26.98"


@pytest.mark.parametrize("with_sequencer", [True, False])
def test_an_event_that_is_overtaken_by_a_later_one_changes_nothing(with_sequencer: bool) -> None:
    world = World()
    early, late = world.put(KEY, FIRST), world.put(KEY, CORRECTED)
    for file in (late, early, late):
        world.announce(file if with_sequencer else type(file)(file.bucket, file.key, file.version))
    assert outcomes(world.work()) == ["landed", "superseded", "duplicate"]
    assert [row["price"] for row in world.rows("trades")] == ["26.98"]


def test_sequencers_are_compared_from_the_left() -> None:
    world = World()
    early, late = world.put(KEY, FIRST), world.put(KEY, CORRECTED)
    world.announce(type(late)(late.bucket, late.key, late.version, "0055AED6DCD90281E6"))
    world.announce(type(early)(early.bucket, early.key, early.version, "0055AED6DCD90281E500"))
    assert outcomes(world.work()) == ["landed", "superseded"]


def test_without_versions_a_late_event_finds_the_content_that_has_landed() -> None:
    world = World(versioned=False)
    early, late = world.put(KEY, FIRST), world.put(KEY, CORRECTED)
    world.announce(early)
    world.announce(late)
    assert outcomes(world.work()) == ["landed", "duplicate"]
    assert [row["price"] for row in world.rows("trades")] == ["26.98"]


def test_a_second_reader_leaves_the_file_to_the_first_until_that_must_have_died() -> None:
    clock = Clock()
    world = World(to=Destination(FakeFirehose(), PREFIX, "files", clock, lambda seconds: None))
    file = world.put(KEY, FIRST)

    def dies() -> None:
        raise KeyboardInterrupt

    original = world.context.to.client.put_record_batch
    world.context.to.client.put_record_batch = lambda **request: dies()  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        load_file(file, "first", world.context)
    world.context.to.client.put_record_batch = original  # type: ignore[method-assign]
    assert load_file(file, "second", world.context) == Report("busy", "another message's reader is at it")
    clock.now += timedelta(seconds=LEASE_SECONDS + 1)
    report = load_file(file, "second", world.context)
    assert report is not None
    assert report.outcome == "landed"


def test_a_retry_is_another_attempt_with_a_name_of_its_own() -> None:
    world = World()
    file = world.put(KEY, FIRST)
    firehose = FakeFirehose([{0, 1}] * 8)
    broken = type(world.context)(**{**vars(world.context), "to": destination(firehose)})
    with pytest.raises(Exception, match="not accepted"):
        load_file(file, "message", broken)
    report = load_file(file, "message", world.context)
    assert report is not None
    assert report.load is not None
    assert report.load.source == f"s3://standpipe-test-drop/{KEY}?versionId=v1&attempt=2"
    assert [load["loaded_source"] for load in world.loads] == [report.load.source]
    headers = [split_header(data)[0] for data in world.firehose.taken["standpipe-test-trades"]]
    assert {header.source for header in headers} == {report.load.source}
    assert {header.read_at for header in headers} == {"2026-11-23 00:00:00.002"}


def test_a_refused_file_is_told_of_once_and_read_again_when_it_is_dropped_again() -> None:
    world = World(versioned=False)
    file = world.put(KEY, "<html>")
    first, again, dropped_again = (load_file(file, name, world.context) for name in ("a", "a", "b"))
    assert first is not None
    assert again is not None
    assert dropped_again is not None
    assert [first.outcome, again.outcome, dropped_again.outcome] == ["refused"] * 3
    assert again.load is None
    assert len(world.quarantine) == len(world.loads) == 2


def test_a_connection_that_breaks_off_is_made_again() -> None:
    class Breaking:
        def __init__(self, body: Any) -> None:
            self.body, self.left = body, 100_000

        def readinto(self, view: Any) -> int:
            count: int = self.body.readinto(view[: min(len(view), self.left)])
            self.left -= count
            return count

        def close(self) -> None:
            self.body.close()

    world = World()
    rows = [T1.replace("T1", f"T{number}") for number in range(20_000)]
    file = world.put(KEY, "\n".join([HEADER, *rows]))
    answer = world.s3.get_object

    def breaking(**request: Any) -> Any:
        found = answer(**request)
        return {**found, "Body": Breaking(found["Body"])}

    world.s3.get_object = breaking  # type: ignore[method-assign]
    report = load_file(file, "message", world.context)
    assert report is not None
    assert report.load is not None
    assert report.load.rows == 20_000
    assert all("Range" in request for request in world.s3.asked[1:])


def test_a_connection_that_cannot_be_made_again_is_no_fault_of_the_file() -> None:
    world = World()
    file = world.put("drop/trades/t.csv.gz", gzip.compress(f"{HEADER}\n{T1}".encode()))
    answer = world.s3.get_object
    world.s3.get_object = lambda **request: {**answer(**request), "Body": io.BytesIO()}  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        load_file(file, "message", world.context)
    assert world.quarantine == []


def test_an_object_that_changes_while_it_is_read_is_left_to_its_own_event() -> None:
    world = World(versioned=False)
    file = world.put(KEY, FIRST)
    answer = world.s3.get_object

    def changing(**request: Any) -> Any:
        if "Range" in request:
            world.s3.put(KEY, CORRECTED.encode())
        found = answer(**request)
        if "Range" not in request:
            found["Body"].close()
            found["Body"] = type("Empty", (), {"readinto": lambda self, view: 0, "close": lambda self: None})()
        return found

    world.s3.get_object = changing  # type: ignore[method-assign]
    with pytest.raises(Exception, match="was written again while it was read"):
        load_file(file, "message", world.context)
    assert world.rows("trades") == []


def test_a_file_that_is_read_from_its_end_is_read_in_ranges() -> None:
    world = World()
    rows = [T1.replace("T1", f"T{number}").split(",") for number in range(3000)]
    assert outcomes(world.drop("drop/trades/t.xlsx", workbook([HEADER.split(","), *rows]))) == ["landed"]
    assert len(world.rows("trades")) == 3000
    assert any("Range" in request for request in world.s3.asked)
