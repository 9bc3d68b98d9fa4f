"""The Glue catalogue: it says what is curated, and which version of a partition readers see.

A curated table names its landing table and its key in its parameters, so the job needs no list of datasets. A partition
is made visible, or exchanged for its next version, by one call.
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-partitions.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from jobs.lake import client

LANDING = "curation.landing"
"""The parameter of a curated table that names the landing table; a table without it is not curated."""
KEY = "curation.key"
MOVES = "curation.moves"
"""`true` for a table whose key does not imply the partition."""
VERSION = "curation.version"
FINGERPRINT = "curation.fingerprint"
WHOLE = "all"
"""The value of the only partition of a dataset without partitions."""


class Column(NamedTuple):
    """A column and its Hive type."""

    name: str
    type: str


@dataclass(frozen=True)
class Dataset:
    """A table to curate. `landing` and `curated` are folders in the lake and end in a slash."""

    table: str
    landing: str
    curated: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    partition_key: str
    partitioned: bool
    """Whether it lands in partitions, too."""
    storage: Mapping[str, Any]
    """The table's storage descriptor, for its partitions."""
    moves: bool = False
    """Whether a key may move to another partition."""

    def folder(self, value: str) -> str:
        """Where the versions of a curated partition are."""
        return f"{self.curated}{self.partition_key}={value}/"

    def landed_folder(self, value: str) -> str:
        """Where the rows of a partition land."""
        return f"{self.landing}{self.partition_key}={value}/" if self.partitioned else self.landing


class Published(NamedTuple):
    """What readers of a partition see."""

    version: int
    fingerprint: str


class Catalogue:
    """A Glue database."""

    def __init__(self, database: str, region: str) -> None:
        self._database = database
        self._region = region

    @property
    def _glue(self) -> Any:
        return client("glue", self._region)

    def datasets(self) -> list[Dataset]:
        """Every table that is curated, by name; raises KeyError when one names a landing table that does not exist."""
        tables = {each["Name"]: each for each in self._pages("get_tables", "TableList", DatabaseName=self._database)}
        return [
            _dataset(table, tables) for _, table in sorted(tables.items()) if LANDING in table.get("Parameters", {})
        ]

    def published(self, dataset: Dataset) -> dict[str, Published]:
        """What readers see of each partition, by its value."""
        pages = self._pages("get_partitions", "Partitions", DatabaseName=self._database, TableName=dataset.table)
        described = {each["Values"][0]: each.get("Parameters", {}) for each in pages}
        return {value: _published(given) for value, given in described.items() if VERSION in given}

    def publish(self, dataset: Dataset, value: str, location: str, published: Published) -> None:
        """Let readers of the partition see what is in `location`: all of the old before, all of the new after."""
        partition = {
            "Values": [value],
            "StorageDescriptor": {**dataset.storage, "Location": location},
            "Parameters": {VERSION: str(published.version), FINGERPRINT: published.fingerprint},
        }
        if not self._exchange(dataset, value, partition) and not self._add(dataset, partition):
            self._exchange(dataset, value, partition)

    def _exchange(self, dataset: Dataset, value: str, partition: Mapping[str, Any]) -> bool:
        """Whether there was such a partition."""
        entry = {"PartitionValueList": [value], "PartitionInput": partition}
        answer = self._glue.batch_update_partition(
            DatabaseName=self._database, TableName=dataset.table, Entries=[entry]
        )
        if not (errors := answer.get("Errors")):
            return True
        detail = errors[0]["ErrorDetail"]
        if detail["ErrorCode"] == "EntityNotFoundException":
            return False
        raise RuntimeError(f"{dataset.table}: partition {value} is not published: {detail}")

    def _add(self, dataset: Dataset, partition: Mapping[str, Any]) -> bool:
        """Whether there was no such partition."""
        try:
            self._glue.create_partition(DatabaseName=self._database, TableName=dataset.table, PartitionInput=partition)
        except ClientError as error:
            if error.response["Error"]["Code"] == "AlreadyExistsException":
                return False
            raise
        return True

    def _pages(self, operation: str, member: str, **request: Any) -> Iterator[Any]:
        return (each for page in self._glue.get_paginator(operation).paginate(**request) for each in page[member])


def _dataset(table: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> Dataset:
    landing = tables[table["Parameters"][LANDING]]
    storage = table["StorageDescriptor"]
    return Dataset(
        table=table["Name"],
        landing=_key(landing["StorageDescriptor"]["Location"]),
        curated=_key(storage["Location"]),
        key=tuple(table["Parameters"][KEY].split(",")),
        columns=tuple(Column(each["Name"], each["Type"]) for each in storage["Columns"]),
        partition_key=table["PartitionKeys"][0]["Name"],
        partitioned=bool(landing["PartitionKeys"]),
        storage=storage,
        moves=table["Parameters"].get(MOVES) == "true",
    )


def _key(location: str) -> str:
    """`s3://lake/landing/trades/` -> `landing/trades/`."""
    return location.removeprefix("s3://").partition("/")[2]


def _published(parameters: Mapping[str, str]) -> Published:
    return Published(int(parameters[VERSION]), parameters[FINGERPRINT])
