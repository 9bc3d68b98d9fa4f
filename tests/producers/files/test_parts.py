"""Large files are read in parts, runs hand on what they have no time for, and all of it lands once."""

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from delivery.header import split_header
from producers.files.job import Sizes
from producers.files.notifications import Part, noticed
from tests.producers.files.test_events import outcomes
from tests.producers.files.test_run import FX, HEADER
from tests.producers.files.world import World

SIZES = Sizes(large=20_000, part=10_000)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("streams.text", "documents.scanning", "documents.chunks"):
        monkeypatch.setattr(f"producers.files.formats.{module}.BLOCK_BYTES", 2000)
    monkeypatch.setattr("producers.files.formats.parquet.chunks._ROWS", 100)
    monkeypatch.setattr("producers.files.formats.workbooks.chunks._ROWS", 100)


def csv_file(rows: int, note: str = "") -> str:
    lines = [f"T{number},GB-1,MSFT,BUY,1,26.97,USD,20{number % 20:02d}-01-04,{note}" for number in range(rows)]
    return "\n".join([f"{HEADER},note", *lines, ""])


def ids(world: World) -> list[int]:
    return sorted(int(row["trade_id"][1:]) for row in world.rows("trades"))


def little_time(world: World, blocks: int) -> None:
    """Each run has time for so many blocks."""

    def left() -> Iterator[float]:
        while True:
            yield from [900.0] * (blocks - 1)
            yield 0.0

    ticks = left()
    world.context = type(world.context)(**{**vars(world.context), "seconds_left": lambda: next(ticks)})


@pytest.mark.parametrize(
    "content",
    [
        csv_file(2000),
        csv_file(2000, '"two\nlines, ""quoted"""'),
        csv_file(2000, "5\" disk").replace("T7,", '"T7,'),
        csv_file(2000).replace("\n", "\r\n"),
        "\ufeff" + csv_file(2000),
    ],
    ids=["plain", "quoted newlines", "stray quotes", "crlf", "bom"],
)  # fmt: skip
def test_a_large_csv_file_is_read_in_parts(content: str) -> None:
    whole, parted = World(), World(sizes=SIZES)
    whole.drop("drop/trades/t.csv", content)
    reports = parted.drop("drop/trades/t.csv", content)
    assert outcomes(reports[:1]) == ["planned"]
    assert len(reports) > 8
    assert set(outcomes(reports[1:])) == {"landed"}
    assert ids(parted) == ids(whole)
    told = [[(row["line"], row["source_row"]) for row in world.quarantine] for world in (whole, parted)]
    assert sorted(told[1]) == sorted(told[0])
    loaded = [load["loaded_source"] for load in parted.loads]
    assert loaded[0].endswith("?versionId=v1")
    assert all("?versionId=v1#at=" in source for source in loaded[1:])
    assert loaded == sorted(loaded)  # of a key that two parts have, views keep the row of the later part
    assert sum(load["rows_in"] for load in parted.loads) == whole.loads[0]["rows_in"]
    assert outcomes(parted.drop("drop/trades/again.csv", content)) == ["duplicate"]


def test_a_large_ndjson_file_is_read_in_parts() -> None:
    rows = [{"trade_id": f"T{number}", "traded_at": "2024-01-04"} for number in range(2000)]
    world = World(sizes=SIZES)
    reports = world.drop("drop/trades/t.ndjson", "\n".join(map(json.dumps, rows)))
    assert len(reports) > 8
    assert ids(world) == list(range(2000))


def test_a_part_may_begin_with_what_is_no_row_and_hold_none() -> None:
    rows = [json.dumps({"trade_id": f"T{number}", "traded_at": "2024-01-04"}) for number in range(1000)]
    rows[2::3] = ['{"type": "heartbeat"}' for _ in rows[2::3]]
    content = "\n".join([*rows, *([""] * 11_000)])
    whole, parted = World(), World(sizes=SIZES)
    assert outcomes(whole.drop("drop/trades/t.ndjson", content)) == ["landed"]
    reports = parted.drop("drop/trades/t.ndjson", content)
    assert set(outcomes(reports[1:])) == {"landed"}
    assert [report.load.rows for report in reports[1:] if report.load][-1] == 0
    assert parted.quarantine == whole.quarantine == []
    assert sorted(map(str, parted.rows("trades"))) == sorted(map(str, whole.rows("trades")))


@pytest.mark.parametrize("name", ["t.csv", "t.ndjson", "array.json", "t.parquet", "t.xlsx"])
def test_a_run_whose_time_is_up_at_the_end_leaves_nothing(name: str) -> None:
    world = World()
    world.seconds = 0.0
    assert outcomes(world.drop(f"drop/trades/{name}", written(name, 10))) == ["handed on", "landed"]
    assert ids(world) == list(range(10))
    assert world.quarantine == []


@pytest.mark.parametrize("name", ["t.csv.gz", "array.json"])
def test_what_cannot_be_cut_is_read_whole(name: str) -> None:
    world = World(sizes=Sizes(large=100, part=100))
    rows = json.dumps([{"trade_id": f"T{number}", "traded_at": "2024-01-04"} for number in range(100)])
    content = rows.encode() if name == "array.json" else gzip.compress(csv_file(100).encode())
    assert outcomes(world.drop(f"drop/trades/{name}", content)) == ["landed"]
    assert ids(world) == list(range(100))


def test_a_part_s_message_that_comes_twice_lands_once() -> None:
    world = World(sizes=SIZES)
    world.announce(world.put("drop/trades/t.csv", csv_file(1000)))
    world.handle(*world.queue.pop(0))
    parts = list(world.queue)
    world.queue += [(f"{name} once more", body) for name, body in parts]
    found = outcomes(world.work())
    assert found.count("landed") == found.count("duplicate") == len(parts)
    assert ids(world) == list(range(1000))


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.ndjson", "array.json", "t.parquet", "t.xlsx"])
def test_a_run_whose_time_is_up_hands_the_rest_on(name: str) -> None:
    world = World()
    little_time(world, 3)
    content = written(name, 700)
    reports = world.drop(f"drop/trades/{name}", content)
    assert len(reports) > 2
    assert outcomes(reports) == ["handed on"] * (len(reports) - 1) + ["landed"]
    assert ids(world) == list(range(700))
    assert "the rest" not in (world.loads[-1]["note"] or "")
    assert all(load["note"].startswith("the rest, from line ") for load in world.loads[:-1])
    assert sum(load["rows_in"] for load in world.loads) == 700
    assert outcomes(world.drop("drop/trades/again", content)) == ["duplicate"]


def written(name: str, rows: int) -> bytes:
    from tests.producers.files.test_fidelity import parquet, workbook

    ids = [f"T{number}" for number in range(rows)]
    dates = [f"20{number % 20:02d}-01-04" for number in range(rows)]
    objects = [{"trade_id": each, "traded_at": on} for each, on in zip(ids, dates, strict=True)]
    needed = HEADER.split(",")
    columns: dict[str, Any] = {column: ["x"] * rows for column in needed} | {"trade_id": ids, "traded_at": dates}
    match name:
        case "t.csv":
            return csv_file(rows).encode()
        case "t.csv.gz":
            return gzip.compress(csv_file(rows).encode())
        case "t.ndjson":
            return "\n".join(map(json.dumps, objects)).encode()
        case "array.json":
            return json.dumps(objects).encode()
        case "t.parquet":
            return parquet(columns, row_group_size=150)
        case _:
            return workbook([needed, *zip(*columns.values(), strict=True)])


def test_a_nested_document_is_handed_on_too() -> None:
    days = {f"20{number // 300:02d}-{number % 300 // 25 + 1:02d}-{number % 25 + 1:02d}": {"1. open": str(number)}
            for number in range(3000)}  # fmt: skip
    world = World()
    little_time(world, 5)
    reports = world.drop(
        "drop/fx_daily/t.json", json.dumps({"USD": {"CHF": days, "JPY": days}} | {"EUR": FX["EUR"]}, indent=1)
    )
    assert "handed on" in outcomes(reports)
    assert sum(load["rows_in"] for load in world.loads) == 6000 + 1
    leaves = [
        (base, quote, day)
        for document in world.rows("fx_daily")
        for base, quotes in document.items()
        for quote, found in quotes.items()
        for day in found
    ]
    assert len(leaves) == len(set(leaves))


def test_planning_goes_on_where_its_time_was_up() -> None:
    world = World(sizes=SIZES)
    little_time(world, 3)
    world.announce(world.put("drop/trades/t.csv", csv_file(2000)))
    found = outcomes([*world.handle(*world.queue.pop(0))])
    assert found == ["planned"]
    plans = [part for _, body in world.queue if isinstance(part := noticed(body), Part) and part.plan]
    assert len(plans) == 1
    world.work()
    assert ids(world) == list(range(2000))


def test_parts_of_a_file_that_was_dropped_again_are_left() -> None:
    world = World(sizes=SIZES)
    world.announce(world.put("drop/trades/t.csv", csv_file(1000)))
    world.handle(*world.queue.pop(0))
    waiting = list(world.queue)
    world.queue.clear()
    assert outcomes(world.drop("drop/trades/t.csv", csv_file(10))) == ["landed"]
    world.queue += waiting
    assert set(outcomes(world.work())) == {"superseded"}
    assert ids(world) == list(range(10))


def test_rows_say_which_part_they_are_from() -> None:
    world = World(sizes=SIZES)
    world.drop("drop/trades/t.csv", csv_file(1000))
    headers = [split_header(data)[0] for data in world.firehose.taken["standpipe-test-trades"]]
    assert {header.source for header in headers} == {load["loaded_source"] for load in world.loads}
    assert all(islice((header.read_at for header in headers), 1))
