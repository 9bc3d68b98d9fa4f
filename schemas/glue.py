"""The Glue face of a contract: columns, partition keys and projection of the landing table, and the curated table's.

Partition projection: https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
"""

from datetime import date, timedelta
from typing import NamedTuple

from schemas.contract import DELETED, UNPARTITIONED, Column, Contract, Partition, Unit
from schemas.folders import CURATED, LANDING


class GlueColumn(NamedTuple):
    """One column as the Glue Data Catalog describes it; `type` is a Hive type."""

    name: str
    type: str
    comment: str


_KEY_TYPES: dict[Unit, str] = {"year": "int", "month": "string", "day": "string"}
_LAST_YEAR = 2100
DAYS_AHEAD = 365
"""How far ahead of today, in UTC, days are projected. Years and months are to the end of 2100, but a query without a
condition on the partition lists every one that is projected: that many days would cost more than the data."""


def table_name(contract: Contract) -> str:
    """The table over the landed Parquet; the plain name belongs to the view of latest versions."""
    return f"{contract.name}_landing"


def columns(contract: Contract) -> list[GlueColumn]:
    """The columns inside the landed Parquet files, lineage last; a partition key is never among them.

    Decimals land as text: what Firehose makes of them is not documented.
    """
    return [_column(column, "string" if column.type == "decimal" else column.type) for column in contract.all_columns]


def value_columns(contract: Contract) -> list[GlueColumn]:
    """The same columns as views and the curated table have them."""
    return [_column(column, _value_type(column)) for column in contract.all_columns]


def partition_keys(contract: Contract) -> list[GlueColumn]:
    """The keys that stand in the object keys: one for a partitioned dataset, none otherwise."""
    if contract.partition is None:
        return []
    unit = contract.partition.unit
    return [GlueColumn(unit, _KEY_TYPES[unit], f"The {unit} of {contract.partition.by}.")]


def curated_table_name(contract: Contract) -> str:
    """The table over what the curation job writes."""
    return f"{contract.name}_curated"


def curated_columns(contract: Contract) -> list[GlueColumn]:
    """The columns of curated rows: those that landed, decimals as such; nothing in it is deleted."""
    columns = value_columns(contract)
    return [column for column in columns if not (contract.tracks_deletes and column.name == DELETED.name)]


def curated_partition_keys(contract: Contract) -> list[GlueColumn]:
    """Those of the landing table, or one with a single value: a partition is what the job exchanges in one call."""
    return partition_keys(contract) or [GlueColumn(UNPARTITIONED, "string", "Always `all`.")]


def curated_location(contract: Contract) -> str:
    """Where the curated rows are stored, relative to the lake bucket; ends in a slash."""
    return f"{CURATED}{contract.name}/"


def curation(contract: Contract) -> dict[str, str]:
    """Table parameters from which the curation job learns what the table is made of."""
    made_of = {"curation.landing": table_name(contract), "curation.key": ",".join(contract.key)}
    return made_of if contract.key_implies_partition else {**made_of, "curation.moves": "true"}


def location(contract: Contract) -> str:
    """Where the dataset lands, relative to the lake bucket; ends in a slash."""
    return f"{LANDING}{contract.name}/"


def projection(contract: Contract, bucket_uri: str) -> dict[str, str]:
    """Table parameters that let Athena compute the partitions instead of looking them up; empty without a partition.

    `bucket_uri` is the lake's `s3://bucket`.
    """
    if contract.partition is None:
        return {}
    key = contract.partition.unit
    return {
        "projection.enabled": "true",
        **{f"projection.{key}.{name}": value for name, value in _projected(contract.partition).items()},
        "storage.location.template": f"{bucket_uri}/{location(contract)}{key}=${{{key}}}/",
    }


def partition_range(contract: Contract, today: date) -> tuple[str, str]:
    """The first and last partition that the landing table has `today`, a day in UTC.

    A row outside it would land but not be found.
    """
    if contract.partition is None:
        return "", ""
    first, last = projection(contract, "")[f"projection.{contract.partition.unit}.range"].split(",")
    return first, str(today + timedelta(DAYS_AHEAD)) if last.startswith("NOW") else last


def _projected(partition: Partition) -> dict[str, str]:
    if partition.unit == "year":
        return {"type": "integer", "range": f"{partition.since},{_LAST_YEAR}"}
    if partition.unit == "month":
        return {
            "type": "date",
            "format": "yyyy-MM",
            "range": f"{partition.since}-01,{_LAST_YEAR}-12",
            "interval": "1",
            "interval.unit": "MONTHS",
        }
    return {"type": "date", "format": "yyyy-MM-dd", "range": f"{partition.since}-01-01,NOW+{DAYS_AHEAD}DAYS"}


def _column(column: Column, hive: str) -> GlueColumn:
    return GlueColumn(column.name, hive, column.description.strip())


def _value_type(column: Column) -> str:
    return f"decimal({column.precision},{column.scale})" if column.type == "decimal" else column.type
