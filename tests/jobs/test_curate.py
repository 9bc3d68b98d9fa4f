"""What a run of the job makes of what has landed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.catalogue import Column
from jobs.curate import CurationError
from jobs.versions import GRACE
from tests.jobs.trades import NOW, TRADES, age, curate_here, land, seen
from tests.support.folder_lake import FolderCatalogue, FolderLake

Row = tuple[Any, ...]


@pytest.fixture
def catalogue(tmp_path: Path) -> FolderCatalogue:
    return FolderCatalogue(tmp_path / "catalogue", TRADES)


def row(account: str, trade: int, price: float, second: int = 0, source: str = "a", deleted: bool | None = None) -> Row:
    return account, trade, price, source, second, deleted


def prices(rows: list[Row]) -> list[Row]:
    return [(account, trade, price) for account, trade, price, *_ in rows]


def test_the_row_ingested_last_remains_and_rows_are_in_the_order_of_the_key(
    lake: FolderLake, catalogue: FolderCatalogue
) -> None:
    land(lake, "year=2010", "1", [row("b", 2, 1.0), row("a", 10, 2.0), row("a", 9, 3.0, second=5)])
    land(lake, "year=2010", "2", [row("b", 2, 4.0, second=1), row("a", 9, 5.0, second=4)])
    curate_here(lake, catalogue)
    assert prices(seen(lake, catalogue)["2010"]) == [("a", 9, 3.0), ("a", 10, 2.0), ("b", 2, 4.0)]


def test_of_rows_ingested_at_once_the_later_source_remains(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    land(lake, "year=2010", "1", [row("a", 1, 1.0, source="x"), row("a", 1, 2.0, source="y")])
    curate_here(lake, catalogue)
    assert prices(seen(lake, catalogue)["2010"]) == [("a", 1, 2.0)]


def test_a_row_that_is_gone_is_gone_until_it_comes_back(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    land(lake, "year=2010", "1", [row("a", 1, 1.0), row("b", 1, 2.0), row("b", 1, 0, second=1, deleted=True)])
    curate_here(lake, catalogue)
    assert prices(seen(lake, catalogue)["2010"]) == [("a", 1, 1.0)]
    land(lake, "year=2010", "2", [row("b", 1, 3.0, second=2), row("a", 1, 0, second=2, deleted=True)])
    curate_here(lake, catalogue)
    assert prices(seen(lake, catalogue)["2010"]) == [("b", 1, 3.0)]


def test_a_partition_whose_rows_are_all_gone_is_empty(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    land(lake, "year=2010", "1", [row("a", 1, 1.0, deleted=True)])
    curate_here(lake, catalogue)
    assert seen(lake, catalogue) == {"2010": []}


def test_a_second_run_does_nothing(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    land(lake, "year=2010", "1", [row("a", 1, 1.0)])
    assert len(curate_here(lake, catalogue)) == 1
    before = [stored.key for stored in lake.objects("")], catalogue.partitions(TRADES)
    assert curate_here(lake, catalogue) == []
    assert ([stored.key for stored in lake.objects("")], catalogue.partitions(TRADES)) == before


def test_only_partitions_with_new_rows_are_read_and_written(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    for year in range(2000, 2020):
        land(lake, f"year={year}", "1", [row("a", number, 1.0) for number in range(200)])
    curate_here(lake, catalogue)
    lake.read_sizes, lake.written_sizes = [], []
    land(lake, "year=2003", "2", [row("a", 1, 9.0, second=1)])
    (curated,) = curate_here(lake, catalogue)
    landed = sum(stored.size for stored in lake.objects("landing/trades/year=2003/"))
    assert (curated.value, curated.read) == ("2003", sum(lake.read_sizes)) == ("2003", landed)
    assert curated.size == sum(lake.written_sizes)


def test_what_lies_beside_the_partitions_and_what_is_hidden_is_not_read(
    lake: FolderLake, catalogue: FolderCatalogue
) -> None:
    land(lake, "year=2010", "1", [row("a", 1, 1.0)])
    land(lake, "stray", "1", [row("a", 2, 1.0)])
    land(lake, "year=2010", "_temporary", [row("a", 3, 1.0)])
    curate_here(lake, catalogue)
    assert prices(seen(lake, catalogue)["2010"]) == [("a", 1, 1.0)]


def test_what_landed_before_a_column_was_added_has_none_of_it(lake: FolderLake, tmp_path: Path) -> None:
    land(lake, "year=2010", "1", [row("a", 1, 1.0)])
    curate_here(lake, FolderCatalogue(tmp_path / "catalogue", TRADES))
    wider = replace(TRADES, columns=(*TRADES.columns, Column("currency", "string")))
    catalogue = FolderCatalogue(tmp_path / "catalogue", wider)
    assert len(curate_here(lake, catalogue)) == 1
    assert seen(lake, catalogue)["2010"][0][-1] is None


@pytest.mark.parametrize("moves", [False, True])
def test_decimals_that_landed_as_text_are_decimals_and_sorted_as_such(
    lake: FolderLake, tmp_path: Path, moves: bool
) -> None:
    exact = replace(TRADES, columns=(Column("account", "decimal(9,2)"), *TRADES.columns[1:]), moves=moves)
    land(lake, "year=2010", "1", [row("10.25", 1, 1.0), row("9.50", 1, 2.0), row("-1.00", 1, 3.0)])
    land(lake, "year=2010", "2", [row("9.50", 1, 4.0, second=1)])
    catalogue = FolderCatalogue(tmp_path / "catalogue", exact)
    curate_here(lake, catalogue)
    rows = prices(seen(lake, catalogue, exact)["2010"])
    assert rows == [(Decimal("-1.00"), 1, 3.0), (Decimal("9.50"), 1, 4.0), (Decimal("10.25"), 1, 1.0)]


def test_a_dataset_without_partitions_has_one(lake: FolderLake, tmp_path: Path) -> None:
    whole = replace(TRADES, partition_key="part", partitioned=False)
    catalogue = FolderCatalogue(tmp_path / "catalogue", whole)
    land(lake, "", "1", [row("a", 1, 1.0)])
    curate_here(lake, catalogue)
    assert prices(seen(lake, catalogue)["all"]) == [("a", 1, 1.0)]


def test_one_partition_that_cannot_be_read_does_not_stop_the_others_and_stays_as_it_was(
    lake: FolderLake, catalogue: FolderCatalogue
) -> None:
    land(lake, "year=2010", "1", [row("a", 1, 1.0)])
    curate_here(lake, catalogue)
    (lake.root / "landing/trades/year=2010/arrived=2026-01-01/broken").write_bytes(b"no Parquet")
    land(lake, "year=2011", "1", [row("b", 1, 2.0)])
    with pytest.raises(CurationError, match="1 partitions are not curated: trades_curated 2010"):
        curate_here(lake, catalogue)
    assert {value: prices(rows) for value, rows in seen(lake, catalogue).items()} == {
        "2010": [("a", 1, 1.0)], "2011": [("b", 1, 2.0)],
    }  # fmt: skip


def test_an_old_version_stays_while_a_query_may_read_it(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    land(lake, "year=2010", "1", [row("a", 1, 1.0)])
    curate_here(lake, catalogue)
    (old,) = lake.objects("curated/trades/year=2010/1-")
    land(lake, "year=2010", "2", [row("a", 2, 1.0)])
    curate_here(lake, catalogue)
    age(lake, 0)
    curate_here(lake, catalogue)  # retires it
    age(lake, 0)
    curate_here(lake, catalogue, NOW + GRACE)
    assert (lake.root / old.key).exists()
    curate_here(lake, catalogue, NOW + GRACE + timedelta(seconds=1))
    assert not (lake.root / old.key).exists()
    assert {stored.key.split("/")[3] for stored in lake.objects("curated/")} == {
        "_log", Path(catalogue.partitions(TRADES)["2010"]["location"]).name,
    }  # fmt: skip
    assert [stored.key for stored in lake.objects("curated/trades/year=2010/_log/")] == [
        "curated/trades/year=2010/_log/2.json"
    ]
    assert len(seen(lake, catalogue)["2010"]) == 2


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from("abc"), st.integers(0, 5), st.integers(0, 99).map(float), st.sampled_from("xyz"),
                st.integers(0, 9), st.sampled_from([None, False, True]),
            ),
            min_size=1, max_size=30,
        ),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_it_is_what_a_window_over_the_landed_rows_gives(
    tmp_path_factory: pytest.TempPathFactory, loads: list[list[Row]]
) -> None:
    root = tmp_path_factory.mktemp("window")
    lake, catalogue = FolderLake(root / "lake"), FolderCatalogue(root / "catalogue", TRADES)
    once = {
        (account, trade, source, second): row
        for load in loads
        for row in load
        for account, trade, _, source, second, _ in [row]
    }
    land(lake, "year=2010", "1", list(once.values()))
    curate_here(lake, catalogue)
    files = str(lake.root / "landing/trades/*/*/*")
    expected = duckdb.sql(
        f"SELECT account, trade, price FROM (SELECT *, row_number() OVER (PARTITION BY account, trade "
        f"ORDER BY ingested_at DESC, source DESC) AS version FROM read_parquet('{files}')) "
        "WHERE version = 1 AND NOT coalesce(is_deleted, false) ORDER BY account, trade"
    ).fetchall()
    assert prices(seen(lake, catalogue)["2010"]) == expected
