"""What the job reads from Glue and writes to it, against moto's Glue."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from jobs.catalogue import Catalogue, Dataset, Published
from jobs.lake import client

REGION = "us-east-1"


@pytest.fixture
def glue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A database with a landing table, its curated table, and a table that is none of the job's."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client.cache_clear()
        glue = boto3.client("glue", region_name=REGION)
        glue.create_database(DatabaseInput={"Name": "db"})
        table(glue, "fx_landing", "landing/fx/", {})
        table(glue, "fx_curated", "curated/fx/", {"curation.landing": "fx_landing", "curation.key": "base,date"})
        table(glue, "other", "other/", {})
        yield glue
    client.cache_clear()


def table(glue: Any, name: str, folder: str, parameters: dict[str, str]) -> None:
    columns = [{"Name": "base", "Type": "string"}, {"Name": "date", "Type": "date"}]
    glue.create_table(
        DatabaseName="db",
        TableInput={
            "Name": name,
            "Parameters": parameters,
            "PartitionKeys": [{"Name": "year", "Type": "int"}],
            "StorageDescriptor": {"Columns": columns, "Location": f"s3://lake/{folder}"},
        },
    )


@pytest.fixture
def dataset(glue: Any) -> Dataset:
    (found,) = Catalogue("db", REGION).datasets()
    return found


def partition(glue: Any) -> dict[str, Any]:
    found: dict[str, Any] = glue.get_partition(DatabaseName="db", TableName="fx_curated", PartitionValues=["2010"])
    return found["Partition"]  # type: ignore[no-any-return]


def test_a_curated_table_says_what_it_is_made_of(dataset: Dataset) -> None:
    assert (dataset.table, dataset.key, dataset.partition_key) == ("fx_curated", ("base", "date"), "year")
    assert (dataset.landed_folder("2010"), dataset.folder("2010")) == ("landing/fx/year=2010/", "curated/fx/year=2010/")
    assert [tuple(column) for column in dataset.columns] == [("base", "string"), ("date", "date")]


def test_a_curated_table_says_whether_keys_move(glue: Any, dataset: Dataset) -> None:
    parameters = {"curation.landing": "fx_landing", "curation.key": "base", "curation.moves": "true"}
    table(glue, "moving", "curated/moving/", parameters)
    assert [(each.table, each.moves) for each in Catalogue("db", REGION).datasets()] == [
        ("fx_curated", False), ("moving", True),
    ]  # fmt: skip


def test_a_partition_is_made_and_then_exchanged(glue: Any, dataset: Dataset) -> None:
    catalogue = Catalogue("db", REGION)
    for version in (1, 2):
        published = Published(version, f"fingerprint {version}")
        catalogue.publish(dataset, "2010", f"s3://lake/curated/fx/year=2010/{version}-a/", published)
        assert catalogue.published(dataset) == {"2010": published}
        descriptor = partition(glue)["StorageDescriptor"]
        assert descriptor["Location"] == f"s3://lake/curated/fx/year=2010/{version}-a/"
        assert descriptor["Columns"] == dataset.storage["Columns"]


def test_a_partition_that_another_run_makes_at_the_same_moment_is_exchanged(
    glue: Any, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, other = Catalogue("db", REGION), Catalogue("db", REGION)
    add = catalogue._add

    def overtaken(*arguments: Any) -> bool:
        other.publish(dataset, "2010", "s3://lake/curated/fx/year=2010/1-b/", Published(1, "b"))
        return add(*arguments)

    monkeypatch.setattr(catalogue, "_add", overtaken)
    catalogue.publish(dataset, "2010", "s3://lake/curated/fx/year=2010/2-a/", Published(2, "a"))
    assert catalogue.published(dataset) == {"2010": Published(2, "a")}


def test_a_partition_that_somebody_else_registered_counts_as_not_published(glue: Any, dataset: Dataset) -> None:
    glue.create_partition(
        DatabaseName="db",
        TableName="fx_curated",
        PartitionInput={"Values": ["2010"], "StorageDescriptor": {"Location": "s3://lake/curated/fx/year=2010/"}},
    )
    assert Catalogue("db", REGION).published(dataset) == {}
