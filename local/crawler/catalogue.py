"""Updates the catalogue with what a crawl has found, as far as its SchemaChangePolicy allows.

https://docs.aws.amazon.com/glue/latest/dg/crawler-schema-changes-prevent.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from local.crawler.clients import Glue
from local.crawler.definition import Definition
from local.crawler.folders import Folder
from local.crawler.report import Change, Report
from local.crawler.schema import MixedError, Schema
from local.crawler.tables import CRAWLER, partition_input, shape, table_input, table_name
from local.pages import pages
from local.protocol import Json

_BATCH: Final = 100
"""Partitions in one call, the most that Glue takes."""


class Catalogue:
    """One crawl's view of its database."""

    def __init__(self, glue: Glue, definition: Definition, report: Report, now: float) -> None:
        self._glue = glue
        self._crawler = definition
        self._report = report
        self._now = now
        found = pages(glue.get_tables, "TableList", DatabaseName=definition.database)
        self._tables = {each["Name"]: each for each in found}

    def put(self, folder: Folder, schema: Schema, parts: Mapping[tuple[str, ...], Schema]) -> None:
        """Create or update the table of `folder` and its partitions; raises `MixedError` if its keys changed."""
        name = self.name_of(folder.name, folder.location)
        wanted = table_input(name, folder, schema, self._crawler.name)
        known = self._tables.get(name)
        if known is None:
            self._glue.create_table(DatabaseName=self._crawler.database, TableInput=wanted)
            self._report.changed("TABLE", "ADD", name)
        else:
            wanted = self._changed(known, wanted)
        if folder.keys:
            self._partitions(name, folder, wanted, {} if self._crawler.inherits else parts)

    def gone(self, locations: set[str]) -> None:
        """Apply the policy to tables of this crawler whose files are all gone."""
        for name, table in self._tables.items():
            if table.get("Parameters", {}).get(CRAWLER) != self._crawler.name:
                continue
            if table["StorageDescriptor"]["Location"] in locations:
                continue
            if self._crawler.on_delete == "DELETE_FROM_DATABASE":
                self._glue.delete_table(DatabaseName=self._crawler.database, Name=name)
                self._report.changed("TABLE", "DELETE", name)
            elif self._crawler.on_delete == "DEPRECATE_IN_DATABASE":
                deprecated = {**table["Parameters"], "DEPRECATED_BY_CRAWLER": str(round(self._now * 1000))}
                self._glue.update_table(
                    DatabaseName=self._crawler.database, TableInput={**_input(table), "Parameters": deprecated}
                )
                self._report.changed("TABLE", "UPDATE", name)
            else:
                self._report.info(f"The files of table {name} are gone; the policy is to leave it")

    def name_of(self, folder: str, location: str) -> str:
        """The name of the table at `location`; it gets a suffix if another location has taken the name."""
        name = table_name(self._crawler.prefix, folder, location)
        known = self._tables.get(name)
        if known is None or known.get("StorageDescriptor", {}).get("Location") == location:
            return name
        return table_name(self._crawler.prefix, folder, location, is_taken=True)

    def _changed(self, known: Mapping[str, Any], wanted: Json) -> Json:
        """Update a table; returns its new definition."""
        name, before, after = known["Name"], shape(known), shape(wanted)
        if before["keys"] != after["keys"]:
            were, are = (", ".join(each["keys"]) or "none" for each in (before, after))
            raise MixedError(f"its partition keys were {were} and are {are}; drop the table {name} first")
        if self._crawler.merges_columns:
            wanted = _with_new_columns(known, wanted)
        if before == shape(wanted):
            return wanted
        if self._crawler.on_update == "LOG":
            self._report.info(f"The schema of table {name} has changed; the policy is to leave it")
            return dict(known)
        self._glue.update_table(DatabaseName=self._crawler.database, TableInput=wanted)
        self._report.changed("TABLE", "UPDATE", name)
        return wanted

    def _partitions(self, name: str, folder: Folder, table: Json, parts: Mapping[tuple[str, ...], Schema]) -> None:
        where = {"DatabaseName": self._crawler.database, "TableName": name}
        known = {tuple(each["Values"]): each for each in pages(self._glue.get_partitions, "Partitions", **where)}
        wanted = {
            values: partition_input(values, folder.location_of(values), table, parts.get(values))
            for values in folder.partitions
        }
        new = [values for values in wanted if values not in known]
        for some in _batches(new):
            inputs = [wanted[values] for values in some]
            _check(self._glue.batch_create_partition(**where, PartitionInputList=inputs))
        self._report_partitions("ADD", name, new)
        changed = [
            values for values in wanted if values in known and _described(known[values]) != _described(wanted[values])
        ]
        for some in _batches(changed):
            entries = [{"PartitionValueList": list(values), "PartitionInput": wanted[values]} for values in some]
            _check(self._glue.batch_update_partition(**where, Entries=entries))
        self._report_partitions("UPDATE", name, changed)
        if self._crawler.on_delete == "DELETE_FROM_DATABASE":
            gone = [values for values in known if values not in wanted]
            for values in gone:
                self._glue.delete_partition(**where, PartitionValues=list(values))
            self._report_partitions("DELETE", name, gone)

    def _report_partitions(self, change: Change, name: str, found: Iterable[tuple[str, ...]]) -> None:
        for values in found:
            self._report.changed("PARTITION", change, f"{name}/{'/'.join(values)}")


def _batches(values: Sequence[tuple[str, ...]]) -> Iterator[Sequence[tuple[str, ...]]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def _check(answer: Mapping[str, Any]) -> None:
    if errors := answer.get("Errors"):
        raise RuntimeError(f"Glue refused partitions: {errors[0]}")


def _with_new_columns(known: Mapping[str, Any], wanted: Json) -> Json:
    """The known columns as they are, followed by new ones."""
    columns = list(known["StorageDescriptor"]["Columns"])
    names = {each["Name"] for each in columns}
    columns += [each for each in wanted["StorageDescriptor"]["Columns"] if each["Name"] not in names]
    return {**wanted, "StorageDescriptor": {**wanted["StorageDescriptor"], "Columns": columns}}


def _described(partition: Mapping[str, Any]) -> Json:
    storage = partition["StorageDescriptor"]
    columns = [(each["Name"], each["Type"]) for each in storage["Columns"]]
    return {"columns": columns, "location": storage["Location"], "serde": storage["SerdeInfo"]}


def _input(table: Mapping[str, Any]) -> Json:
    """What of a described table UpdateTable takes."""
    members = ("Name", "Owner", "Retention", "TableType", "PartitionKeys", "Parameters", "StorageDescriptor")
    return {name: table[name] for name in members if name in table}
