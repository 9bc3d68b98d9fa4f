"""The Spark job on the served lake: curated tables hold the latest version of each key that landed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from schemas import glue
from schemas.contract import Internal
from schemas.load import load_contracts
from standpipe import curation
from standpipe.connection import Connection
from tests.e2e.conftest import Query

DATASETS = {name: each for name, each in load_contracts().items() if not isinstance(each.source, Internal)}


@pytest.fixture(scope="module")
def curated(loaded: Connection) -> Connection:
    """The pipeline after two jobs ran at once, and did not fail."""
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(curation.run_here, [loaded, loaded])
    assert {row[1] for row in [*first, *second]} >= {"2010", "all"}
    return loaded


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_a_curated_table_holds_the_rows_of_the_view(curated: Connection, query: Query, name: str) -> None:
    columns = ", ".join(f'"{column.name}"' for column in glue.curated_columns(DATASETS[name]))
    view, table = f"SELECT {columns} FROM {name}", f"SELECT {columns} FROM {name}_curated"
    assert query(f"SELECT count(*) FROM {name}_curated").rows == query(f"SELECT count(*) FROM {name}").rows
    assert query(f"{view} EXCEPT {table}").rows == query(f"{table} EXCEPT {view}").rows == []


@pytest.mark.parametrize("name", ["fx_daily", "stocks_daily"])
def test_as_many_rows_are_curated_as_different_keys_landed(curated: Connection, query: Query, name: str) -> None:
    key = ", ".join(f'"{column}"' for column in DATASETS[name].key)
    landed = query(f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {name}_landing)").rows
    assert query(f"SELECT count(*) FROM {name}_curated").rows == landed


def test_a_run_after_that_does_nothing(curated: Connection) -> None:
    assert curation.run_here(curated) == []


def test_jobs_that_ran_at_once_left_one_version_of_each_partition(curated: Connection) -> None:
    objects = curated.client("s3").get_paginator("list_objects_v2").paginate(Bucket=curated.lake, Prefix="curated/")
    keys = [found["Key"].split("/") for page in objects for found in page["Contents"]]
    versions = {(dataset, partition, folder) for _, dataset, partition, folder, *_ in keys if folder != "_log"}
    assert len(versions) == len({(dataset, partition) for dataset, partition, _ in versions})
