"""Registered partitions: added, dropped, and found by MSCK REPAIR TABLE.

https://docs.aws.amazon.com/athena/latest/ug/partitions.html
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from sqlglot import exp

from local.athena.catalogue.glue import Catalogue, Partition, Table
from local.athena.clients import S3, Glue
from local.athena.errors import QueryError
from local.athena.reading.files import Listing, folder

Values = tuple[str, ...]
"""A partition's values in the order of the table's keys."""
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_BATCH = 100
"""Partitions of one BatchCreatePartition: https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html"""
_ESCAPED = frozenset("\"#%'*/:=?\\{[]^\x7f") | {chr(code) for code in range(0x20)}


def path(table: Table, values: Sequence[str]) -> str:
    """`year=2026/day=1/`, escaped as Hive does."""
    names = [key.name for key in table.partition_keys]
    return "".join(f"{name}={_escaped(value)}/" for name, value in zip(names, values, strict=True))


def _escaped(value: str) -> str:
    return "".join(f"%{ord(letter):02X}" if letter in _ESCAPED else letter for letter in value) or NO_VALUE


class Partitions:
    """Changes the partitions of one catalogue; each method raises `QueryError`."""

    def __init__(self, glue: Glue, s3: S3) -> None:
        self._glue = glue
        self._s3 = s3
        self._catalogue = Catalogue(glue)

    def register(self, table: Table, places: Mapping[Values, str]) -> None:
        """Register partitions by their values, each with its location."""
        described = self._glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
        storage = described["StorageDescriptor"]
        inputs = [
            {"Values": list(values), "StorageDescriptor": {**storage, "Location": location}, "Parameters": {}}
            for values, location in places.items()
        ]
        for start in range(0, len(inputs), _BATCH):
            batch = inputs[start : start + _BATCH]
            answer = self._glue.batch_create_partition(
                DatabaseName=table.database, TableName=table.name, PartitionInputList=batch
            )
            for each in answer.get("Errors", []):
                if each["ErrorDetail"]["ErrorCode"] != "AlreadyExistsException":  # another statement was faster
                    raise QueryError("HIVE_METASTORE_ERROR", f"{each['PartitionValues']}: {each['ErrorDetail']}")

    def add(self, table: Table, added: Sequence[exp.AddPartition]) -> None:
        """ALTER TABLE ADD PARTITION: all of them, or none when one exists and there is no IF NOT EXISTS."""
        known = {tuple(each.values) for each in self._catalogue.partitions(table)}
        places: dict[Values, str] = {}
        for each in added:
            values = tuple(_complete(table, _spec(table, each.this)))
            if values in known or values in places:
                if each.args.get("exists"):
                    continue
                raise _failed(f"AlreadyExistsException(message:Partition already exists.{list(values)})")
            place = each.args.get("location")
            places[values] = place.name if place is not None else folder(table.location) + path(table, values)
        self.register(table, places)

    def drop(self, table: Table, dropped: exp.DropPartition) -> None:
        """ALTER TABLE DROP PARTITION: all that match the specifications, whole or in part."""
        found: list[Partition] = []
        known = self._catalogue.partitions(table)
        for partition in dropped.expressions:
            spec = _spec(table, partition)
            matching = [each for each in known if _matches(table, each, spec)]
            if not matching and not dropped.args.get("exists"):
                shown = ", ".join(f"{name} = {value}" for name, value in spec.items())
                raise QueryError("FAILED", f"SemanticException [Error 10006]: Partition not found ({shown})")
            found += [each for each in matching if each not in found]
        for each in found:
            self._glue.delete_partition(
                DatabaseName=table.database, TableName=table.name, PartitionValues=list(each.values)
            )

    def relocate(self, table: Table, partition: exp.Partition, location: str) -> None:
        """ALTER TABLE PARTITION (...) SET LOCATION."""
        values = _complete(table, _spec(table, partition))
        self._change(table, values, values, location)

    def rename(self, table: Table, partition: exp.Partition, renamed: exp.Partition) -> None:
        """ALTER TABLE PARTITION (...) RENAME TO PARTITION (...): the data stays where it is."""
        values, new = (_complete(table, _spec(table, each)) for each in (partition, renamed))
        if tuple(new) in {tuple(each.values) for each in self._catalogue.partitions(table)}:
            raise _failed(f"AlreadyExistsException(message:Partition already exists.{new})")
        self._change(table, values, new, "")

    def _change(self, table: Table, values: list[str], new: list[str], location: str) -> None:
        asked = {"DatabaseName": table.database, "TableName": table.name}
        known = {tuple(each.values) for each in self._catalogue.partitions(table)}
        if tuple(values) not in known:
            raise QueryError("FAILED", f"SemanticException [Error 10006]: Partition not found {values}")
        found = self._glue.get_partition(**asked, PartitionValues=values)["Partition"]
        storage = found["StorageDescriptor"] | ({"Location": location} if location else {})
        changed = {"Values": new, "StorageDescriptor": storage, "Parameters": found.get("Parameters", {})}
        entry = {"PartitionValueList": values, "PartitionInput": changed}
        self._glue.batch_update_partition(**asked, Entries=[entry])

    def repair(self, table: Table) -> list[str]:
        """MSCK REPAIR TABLE: register the folders `key=value/` below the table's location; returns Athena's lines."""
        if not table.partition_keys:
            return []
        known = {tuple(each.values) for each in self._catalogue.partitions(table)}
        start = folder(table.location)
        found: dict[Values, str] = {}
        for stored in Listing(self._s3).under(start):
            parts = stored.uri[len(start) :].split("/")[:-1][: len(table.partition_keys)]
            values = tuple(_value(part, key.name) for part, key in zip(parts, table.partition_keys, strict=False))
            if len(values) == len(table.partition_keys) and all(values) and values not in known:
                found[tuple(value or "" for value in values)] = start + "/".join(parts) + "/"
        self.register(table, found)
        shown = [f"{table.name}:{path(table, values).rstrip('/')}" for values in sorted(found)]
        missing = ["\t".join(["Partitions not in metastore:", *shown])] if shown else []
        return missing + [f"Repair: Added partition to metastore {each}" for each in shown]


def _value(part: str, name: str) -> str | None:
    """The value of a folder `name=value`; None when it is not one of this key."""
    key, equals, value = part.partition("=")
    return unquote(value) if equals and key == name else None


def _spec(table: Table, partition: Any) -> dict[str, str]:
    """The values by key of `PARTITION (a = 1, b = 'x')`."""
    names = [key.name for key in table.partition_keys]
    spec: dict[str, str] = {}
    for each in partition.expressions:
        if not isinstance(each, exp.EQ) or not isinstance(each.expression, exp.Literal | exp.Cast | exp.Neg | exp.Date):
            raise QueryError(
                "FAILED", f"ParseException line 1:1 PARTITION takes name = constant, not {each.sql('hive')}"
            )
        name = each.this.name.lower()
        if name not in names:
            raise QueryError(
                "FAILED", f"SemanticException [Error 10098]: Partition spec {{{name}}} contains non-partition columns"
            )
        value = each.expression
        spec[name] = f"-{value.this.name}" if isinstance(value, exp.Neg) else value.name
    return spec


def _complete(table: Table, spec: Mapping[str, str]) -> list[str]:
    names = [key.name for key in table.partition_keys]
    if set(spec) != set(names):
        raise QueryError(
            "FAILED",
            f"SemanticException [Error 10098]: Partition spec {dict(spec)} must name all partition columns {names}",
        )
    return [spec[name] for name in names]


def _matches(table: Table, partition: Partition, spec: Mapping[str, str]) -> bool:
    named: Iterable[tuple[Any, str]] = zip(table.partition_keys, partition.values, strict=True)
    return all(spec.get(key.name, value) == value for key, value in named)


def _failed(text: str) -> QueryError:
    return QueryError("FAILED", f"Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {text}")
