"""Where a key does not imply the partition, a version may supersede one in another partition."""

import itertools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.curate import CurationError
from jobs.landed import landed
from jobs.moved import moved
from tests.jobs.test_faults import Died, dies_at
from tests.jobs.trades import TRADES, curate_here, land, seen
from tests.support.folder_lake import FolderCatalogue, FolderLake, nothing

MOVING = replace(TRADES, moves=True)
Row = tuple[Any, ...]


@pytest.fixture
def catalogue(tmp_path: Path) -> FolderCatalogue:
    return FolderCatalogue(tmp_path / "catalogue", MOVING)


def row(trade: int, price: float, second: int, source: str = "a", deleted: bool | None = None) -> Row:
    return "A", trade, price, source, second, deleted


def prices(lake: FolderLake, catalogue: FolderCatalogue) -> dict[str, list[tuple[int, float]]]:
    found = seen(lake, catalogue, MOVING)
    return {value: [(trade, price) for _, trade, price, *_ in rows] for value, rows in sorted(found.items())}


def test_a_key_that_has_moved_leaves_its_old_partition_until_it_comes_back(
    lake: FolderLake, catalogue: FolderCatalogue
) -> None:
    land(lake, "year=2013", "1", [row(1, 1.0, 0), row(2, 2.0, 0)])
    land(lake, "year=2014", "1", [row(3, 3.0, 0)])
    curate_here(lake, catalogue)
    land(lake, "year=2014", "2", [row(1, 1.5, 1)])
    assert [curated.value for curated in curate_here(lake, catalogue)] == ["2013", "2014"]
    assert prices(lake, catalogue) == {"2013": [(2, 2.0)], "2014": [(1, 1.5), (3, 3.0)]}
    land(lake, "year=2014", "3", [row(1, 1.6, 2)])
    assert [curated.value for curated in curate_here(lake, catalogue)] == ["2014"]
    land(lake, "year=2013", "2", [row(1, 1.7, 3)])
    curate_here(lake, catalogue)
    assert prices(lake, catalogue) == {"2013": [(1, 1.7), (2, 2.0)], "2014": [(3, 3.0)]}


def test_a_row_that_is_gone_where_it_has_moved_is_gone_where_it_was(
    lake: FolderLake, catalogue: FolderCatalogue
) -> None:
    land(lake, "year=2013", "1", [row(1, 1.0, 0), row(2, 2.0, 0)])
    land(lake, "year=2014", "1", [row(1, 1.5, 1), row(1, 0, 2, deleted=True)])
    curate_here(lake, catalogue)
    assert prices(lake, catalogue) == {"2013": [(2, 2.0)], "2014": []}


def test_of_a_key_that_one_file_has_in_two_partitions_the_later_partition_remains(
    lake: FolderLake, catalogue: FolderCatalogue
) -> None:
    for year in (2014, 2013, 2012):
        land(lake, f"year={year}", "1", [row(1, float(year), 0)])
    curate_here(lake, catalogue)
    assert prices(lake, catalogue) == {"2012": [], "2013": [], "2014": [(1, 2014.0)]}


def test_what_has_moved_is_searched_once(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    land(lake, "year=2013", "1", [row(1, 1.0, 0)])
    land(lake, "year=2014", "1", [row(1, 1.5, 1)])
    curate_here(lake, catalogue)
    lake.read_sizes.clear()
    assert curate_here(lake, catalogue) == []
    assert lake.read_sizes == []
    land(lake, "year=2014", "2", [row(2, 1.5, 1)])
    curate_here(lake, catalogue)
    assert len(list(lake.objects("curated/trades/_moved/"))) == 1


def test_what_has_landed_in_other_partitions_is_not_read_again(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    land(lake, "year=2013", "1", [row(1, 1.0, 0), row(2, 2.0, 0)])
    land(lake, "year=2014", "1", [row(3, 3.0, 0)])
    curate_here(lake, catalogue)
    old = next((lake.root / "landing/trades/year=2013").rglob("1"))
    old.write_bytes(bytes(old.stat().st_size))
    land(lake, "year=2014", "2", [row(3, 3.5, 1)])
    assert [curated.value for curated in curate_here(lake, catalogue)] == ["2014"]


def test_kept_keys_that_are_gone_are_made_again(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    land(lake, "year=2013", "1", [row(1, 1.0, 0), row(2, 2.0, 0)])
    curate_here(lake, catalogue)
    shutil.rmtree(lake.root / "curated/trades/_keys")
    land(lake, "year=2014", "1", [row(1, 1.5, 1)])
    curate_here(lake, catalogue)
    assert prices(lake, catalogue) == {"2013": [(2, 2.0)], "2014": [(1, 1.5)]}


def test_one_object_is_kept_for_the_keys_of_a_partition(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    for number, year in itertools.product("123", (2013, 2014)):
        land(lake, f"year={year}", number, [row(int(number), 1.0, 0)])
        curate_here(lake, catalogue)
    kept = [stored.key.rpartition("/")[0] for stored in lake.objects("curated/trades/_keys/")]
    assert kept == ["curated/trades/_keys/year=2013", "curated/trades/_keys/year=2014"]


def test_landed_files_that_cannot_be_searched_leave_the_table_as_it_was(
    lake: FolderLake, catalogue: FolderCatalogue
) -> None:
    land(lake, "year=2013", "1", [row(1, 1.0, 0)])
    curate_here(lake, catalogue)
    land(lake, "year=2014", "1", [row(1, 1.5, 1)])
    (lake.root / "landing/trades/year=2014/arrived=2026-01-01/broken").write_bytes(b"no Parquet")
    with pytest.raises(CurationError, match=r"1 partitions are not curated: trades_curated \*"):
        curate_here(lake, catalogue)
    assert prices(lake, catalogue) == {"2013": [(1, 1.0)]}


def test_a_run_that_dies_at_any_step_is_made_good_by_the_next(tmp_path: Path) -> None:
    for step in itertools.count():
        root = tmp_path / str(step)
        lake, catalogue = FolderLake(root / "lake"), FolderCatalogue(root / "catalogue", MOVING)
        land(lake, "year=2013", "1", [row(1, 1.0, 0), row(2, 2.0, 0)])
        curate_here(lake, catalogue)
        land(lake, "year=2014", "1", [row(1, 1.5, 1)])
        lake.step = catalogue.step = dies_at(step)
        try:
            curate_here(lake, catalogue)
        except Died:
            lake.step = catalogue.step = nothing
            curate_here(lake, catalogue)
            assert prices(lake, catalogue) == {"2013": [(2, 2.0)], "2014": [(1, 1.5)]}
        else:
            break
    assert step > 30


loads = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.sampled_from("xy"), st.integers(2010, 2012)),
    st.tuples(st.integers(0, 99).map(float), st.sampled_from([None, False, True])),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.lists(loads, min_size=1, max_size=3))
def test_it_is_what_a_window_over_all_partitions_gives(
    tmp_path_factory: pytest.TempPathFactory, runs: list[dict[tuple[int, int, str, int], tuple[float, bool | None]]]
) -> None:
    root = tmp_path_factory.mktemp("moved")
    lake, catalogue = FolderLake(root / "lake"), FolderCatalogue(root / "catalogue", MOVING)
    taken = set()
    for number, load in enumerate(runs):
        for year in {year for *_, year in load}:
            rows = []
            for (trade, second, source, there), (price, deleted) in load.items():
                if there == year and (trade, second, source, year) not in taken:
                    taken.add((trade, second, source, year))
                    rows.append(row(trade, price, second, source, deleted))
            if rows:
                land(lake, f"year={year}", str(number), rows)
        curate_here(lake, catalogue)
    expected = duckdb.sql(
        "SELECT CAST(year AS VARCHAR), trade, price FROM (SELECT *, row_number() OVER (PARTITION BY account, trade "
        "ORDER BY ingested_at DESC, source DESC, year DESC) AS version "
        f"FROM read_parquet('{lake.root}/landing/trades/*/*/*', hive_partitioning=true)) "
        "WHERE version = 1 AND NOT coalesce(is_deleted, false) ORDER BY ALL"
    ).fetchall()
    found = [(value, *each) for value, rows in prices(lake, catalogue).items() for each in rows]
    assert sorted(found) == expected


changes = st.tuples(
    st.integers(2010, 2012),
    st.none() | st.dictionaries(st.integers(0, 3), st.tuples(st.integers(0, 4), st.sampled_from("xy")), min_size=1),
)
"""Rows land in a partition, or its oldest object is deleted."""


@settings(max_examples=12, deadline=None)
@given(st.lists(changes, max_size=8))
@example([(2010, {1: (0, "x")}), (2011, {1: (1, "x")}), (2010, None)])
@example([(2010, {1: (0, "x")}), (2011, {1: (1, "x")}), (2012, {1: (2, "x")}), (2012, None)])
def test_what_is_found_change_by_change_is_what_is_found_at_once(
    tmp_path_factory: pytest.TempPathFactory,
    landings: list[tuple[int, dict[int, tuple[int, str]] | None]],
) -> None:
    root = tmp_path_factory.mktemp("moved")
    lake = FolderLake(root / "lake")
    land(lake, "year=2009", "0", [row(0, 1.0, 0)])
    found = moved(lake, MOVING, dict(landed(lake, MOVING)), "256MB")
    for number, (year, trades) in enumerate(landings):
        if trades is not None:
            rows = [row(trade, 1.0, second, source) for trade, (second, source) in trades.items()]
            land(lake, f"year={year}", str(number), rows)
        elif oldest := sorted((lake.root / f"landing/trades/year={year}").rglob("?")):
            oldest[0].unlink()
        found = moved(lake, MOVING, dict(landed(lake, MOVING)), "256MB")
    shutil.rmtree(lake.root / "curated")
    assert found == moved(lake, MOVING, dict(landed(lake, MOVING)), "256MB")
