"""The Spark job on the served lake: curated tables hold the latest version of each key that landed."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from jobs.catalogue import Catalogue
from jobs.curate import Failed, Task, run
from jobs.lake import Lake, client
from jobs.partition import Curated, Partition
from local.endpoint import CREDENTIAL, REGION
from schemas import glue
from schemas.contract import Internal
from schemas.load import load_contracts
from standpipe import curation
from standpipe.connection import Connection
from tests.e2e.conftest import Query

DATASETS = {name: each for name, each in load_contracts().items() if not isinstance(each.source, Internal)}


def on_threads(task: Task, partitions: Sequence[Partition]) -> list[Curated | Failed]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(task, partitions))


@pytest.fixture(scope="module")
def curated(loaded: Connection) -> Iterator[Connection]:
    """The pipeline after two jobs ran at once, one on Spark and one on threads, and did not fail."""
    with ThreadPoolExecutor() as pool, pytest.MonkeyPatch.context() as environment:
        spark = pool.submit(curation.run_here, loaded)
        assert loaded.url
        environment.setenv("AWS_ENDPOINT_URL", loaded.url)
        environment.setenv("AWS_ACCESS_KEY_ID", CREDENTIAL)
        environment.setenv("AWS_SECRET_ACCESS_KEY", CREDENTIAL)
        lake, catalogue = Lake(loaded.lake, REGION), Catalogue(loaded.environment.database, REGION)
        done = run(lake, catalogue, on_threads, "1GB", datetime.now(UTC))
        assert {each.value for each in done} | {row[1] for row in spark.result()} >= {"2010", "all"}
    yield loaded
    client.cache_clear()


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_a_curated_table_holds_the_rows_of_the_view(curated: Connection, query: Query, name: str) -> None:
    columns = ", ".join(f'"{column.name}"' for column in glue.curated_columns(DATASETS[name]))
    view, table = f"SELECT {columns} FROM {name}", f"SELECT {columns} FROM {name}_curated"
    assert query(f"SELECT count(*) FROM {name}_curated").rows == query(f"SELECT count(*) FROM {name}").rows
    assert query(f"{view} EXCEPT {table}").rows == query(f"{table} EXCEPT {view}").rows == []


@pytest.mark.parametrize("name", ["fx_daily", "stocks_daily"])
def test_as_many_rows_are_curated_as_distinct_keys_landed(curated: Connection, query: Query, name: str) -> None:
    key = ", ".join(f'"{column}"' for column in DATASETS[name].key)
    landed = query(f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {name}_landing)").rows
    assert query(f"SELECT count(*) FROM {name}_curated").rows == landed


def test_a_run_after_that_does_nothing(curated: Connection) -> None:
    assert curation.run_here(curated) == []


def test_jobs_that_ran_at_once_left_one_version_of_each_partition(curated: Connection) -> None:
    objects = curated.client("s3").get_paginator("list_objects_v2").paginate(Bucket=curated.lake, Prefix="curated/")
    keys = [found["Key"].split("/") for page in objects for found in page["Contents"]]
    versions = {tuple(key[1:4]) for key in keys if not {"_log", "_keys", "_moved"} & set(key)}
    assert len(versions) == len({(dataset, partition) for dataset, partition, _ in versions})
