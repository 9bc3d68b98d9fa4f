"""Objects inside the rows of JSON files: their fields are found by paths."""

import json
from typing import Any

import pytest

from delivery.header import split_header
from schemas.contract import Column, Contract, Partition
from schemas.files import Files, JsonRows, Numbers
from tests.producers.files.world import World
from tests.producers.receiving import PREFIX
from transforms.record import Reader

COLUMNS = (
    Column("symbol", "string"),
    Column("at", "timestamp", source_names="quote.at"),
    Column("bid", "double", source_names="quote.bid"),
)
ROWS: list[Any] = [
    {"symbol": "A", "quote": {"at": "03.02.2026 18:30", "bid": "1.234,5"}},
    {"symbol": "B", "quote": {"at": "2025-12-31", "bid": "-"}},
    {"symbol": "C", "quote": {"at": "2026-01-02", "bid": 2}},
    {"symbol": "D", "quote": {"at": "2026-01-02", "bid": "1.5"}},
    {"symbol": "E", "quote": "none"},
]
LANDED = [
    ("A", "2026-02-03 18:30:00.000", 1234.5),
    ("B", "2025-12-31 00:00:00.000", None),
    ("C", "2026-01-02 00:00:00.000", 2.0),
]


def quotes(**options: Any) -> Contract:
    said = Files(numbers=Numbers(decimal=",", thousands="."), nulls=("-",), dates="%d.%m.%Y %H:%M", **options)
    return Contract("quotes", "Quotes.", COLUMNS, ("symbol", "at"), partition=Partition("at"), source=said)


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("\n".join(map(json.dumps, ROWS)), {}),
        (json.dumps(ROWS), {}),
        (json.dumps({"data": ROWS}), {"json": JsonRows("data")}),
    ],
    ids=["lines", "array", "below"],
)
def test_what_a_contract_says_about_texts_is_true_inside_objects(content: str, options: dict[str, Any]) -> None:
    contract = quotes(**options)
    world = World({"quotes": contract})
    world.drop("drop/quotes/f.json", content)
    landed, missing = [], []
    partitions: set[str | None] = set()
    for data in world.firehose.taken[f"{PREFIX}quotes"]:
        header, body = split_header(data)
        reading = Reader(contract).read(body, {"source": "s"}, header)
        landed += [json.loads(line) for landing in reading.landings for line in landing.lines.splitlines()]
        missing += [reject.broken.reason for reject in reading.rejects]
        partitions.add("/".join(str(landing.partition) for landing in reading.landings))
    assert sorted((row["symbol"], row["at"], row["bid"]) for row in landed) == LANDED
    assert partitions == {"2025", "2026", ""}, "rows of two partitions share no record"
    assert [row["reason"].partition(": ")[2] for row in world.quarantine] == [
        "bid is '1.5'; a number is written like 1.234,56"
    ]
    assert [reason.partition(";")[0] for reason in missing] == ["at is missing"]
