"""The statements that write rows: CREATE TABLE AS, INSERT INTO and UNLOAD.

Rows go to files on disk, the files to S3, and only then the catalogue is updated: a failed write leaves nothing.
https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html
"""

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from sqlglot import exp

from local.athena.api.results import Result, ResultColumn
from local.athena.cancel import CANCELLED_REASON, Cancel
from local.athena.catalogue.glue import Catalogue, Table
from local.athena.catalogue.projection import projection_of
from local.athena.clients import Clients
from local.athena.engine import Engine, Rows, Stored
from local.athena.errors import QueryCancelledError, QueryError, position
from local.athena.reading.files import folder
from local.athena.reading.scan import Meter
from local.athena.statements.kinds import Statement, target
from local.athena.statements.nodes import Unload
from local.athena.statements.partitions import Partitions, Values, path
from local.athena.writing.layouts import Order, inserted_types, new_layout, order, renamed, table_layout
from local.athena.writing.options import options, unload_options
from local.athena.writing.writer import Layout, Writer, fitted, remove, upload

_ROWS = ResultColumn("rows", "bigint", 19)


@dataclass(frozen=True)
class Job:
    """One write: the statement, the database it names by default, the execution's id and its output.

    `enforced` says whether the workgroup alone decides where results are put; `keep` puts the result's own objects.
    """

    statement: Statement
    database: str
    id: str
    output: str
    enforced: bool
    meter: Meter
    cancel: Cancel
    keep: Callable[[Result], None]


class Writes:
    """Runs one statement of these kinds; raises `QueryError` and `QueryCancelledError`."""

    def __init__(self, clients: Clients, engine: Engine, now: Callable[[], float], spill: Path) -> None:
        """`spill` is the folder for files that are not put yet."""
        self._glue = clients.glue
        self._s3 = clients.s3
        self._catalogue = Catalogue(clients.glue)
        self._partitions = Partitions(clients.glue, clients.s3)
        self._engine = engine
        self._now = now
        self._spill = spill

    def run(self, job: Job) -> Result:
        """What was written: the number of rows and the objects' addresses."""
        tree = job.statement.tree
        try:
            if isinstance(tree, exp.Create):
                return self._create(tree, job)
            if isinstance(tree, exp.Insert):
                return self._insert(tree, job)
            if isinstance(tree, Unload):
                return self._unload(tree, job)
        finally:
            shutil.rmtree(self._spill / job.id, ignore_errors=True)
        raise QueryError("NOT_SUPPORTED", "Modifying Hive table rows is only supported for transactional tables")

    def _create(self, tree: exp.Create, job: Job) -> Result:
        schema, name = target(tree.this, job.database)
        asked = options(tree.args.get("properties"))
        if not self._is_new(schema, name, bool(tree.args.get("exists"))):
            return self._kept(0, [], job)
        if asked.location and job.enforced:
            raise QueryError(
                "NOT_SUPPORTED",
                "The Create Table As Select query failed because it was submitted with an 'external_location' property "
                "to an Athena Workgroup that enforces a centralized output location for all queries. Please remove the "
                "'external_location' property and resubmit the query.",
            )
        if not asked.location and not job.output:
            raise QueryError(
                "INVALID_TABLE_PROPERTY", "external_location is required: the workgroup keeps results itself"
            )
        location = _clean(asked.location or job.output)
        self._must_be_empty(location, f"{schema}.{name}")
        names = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
        layout, writer = self._written(
            tree.expression, job, lambda rows: new_layout(renamed(rows, names), asked), asked.with_data
        )
        table = Table(schema, name, layout.columns, layout.keys, location, {}, layout.stored.serde)
        places = {each.values: location + path(table, each.values) for each in writer.files}

        def register() -> None:
            self._glue.create_table(DatabaseName=schema, TableInput=_table_input(table, layout, self._now()))
            try:
                self._partitions.register(table, places if layout.keys else {})
            except (ClientError, QueryError):
                self._glue.delete_table(DatabaseName=schema, Name=name)
                raise

        return self._commit(writer, places, job, register)

    def _insert(self, tree: exp.Insert, job: Job) -> Result:
        reference = tree.this
        schema, name = target(reference, job.database)
        table = self._catalogue.table(schema, name)
        if table is None:
            where = position(job.statement.sql, reference)
            raise QueryError("TABLE_NOT_FOUND", f"{where}: Table 'awsdatacatalog.{schema}.{name}' does not exist")
        described = self._glue.get_table(DatabaseName=schema, Name=name)["Table"]
        _must_take_rows(table, described, tree)
        layout = table_layout(table, described)
        named = [each.name.lower() for each in reference.expressions] if isinstance(reference, exp.Schema) else []
        stored = partial(inserted_types, layout, named)
        _, writer = self._written(tree.expression, job, lambda _: (layout, order(layout, named)), True, stored)
        known = {tuple(each.values): each.location for each in self._catalogue.partitions(table)} if layout.keys else {}
        places = {
            each.values: folder(known.get(each.values) or self._place(table, each.values)) for each in writer.files
        }
        new = {values: place for values, place in places.items() if layout.keys and values not in known}
        return self._commit(writer, places, job, lambda: self._partitions.register(table, new))

    def _unload(self, tree: Unload, job: Job) -> Result:
        asked = unload_options(tree.args.get("properties"))
        location = _clean(tree.args["to"].name)
        self._must_be_empty(location, "unload")
        layout, writer = self._written(tree.this, job, lambda rows: new_layout(rows, asked), True)
        table = Table("", "", layout.columns, layout.keys, location, {}, "")
        places = {each.values: location + path(table, each.values) for each in writer.files}
        return self._commit(writer, places, job, lambda: None)

    def _written(
        self,
        query: exp.Expr,
        job: Job,
        layout_of: Callable[[Rows], tuple[Layout, Order]],
        with_data: bool,
        stored: Stored = list,
    ) -> tuple[Layout, Writer]:
        """The query's rows in files on disk."""
        sql = job.statement.sql
        with self._engine.rows(sql, query, job.database, job.meter, job.cancel, stored) as rows:
            layout, places = layout_of(rows)
            with Writer(layout, self._spill / job.id, job.id) as writer:
                for batch in rows.batches if with_data else ():
                    if batch.num_rows:
                        writer.write(fitted(batch, layout.schema, places))
        return layout, writer

    def _commit(self, writer: Writer, places: Mapping[Values, str], job: Job, register: Callable[[], None]) -> Result:
        """Put the files, then update the catalogue; when that fails, the objects are removed again."""
        if job.cancel.asked:
            raise QueryCancelledError(CANCELLED_REASON)
        addresses = upload(self._s3, [(each.path, places[each.values]) for each in writer.files])
        try:
            result = self._kept(writer.rows, addresses, job)
            register()
        except (ClientError, QueryError):
            with suppress(ClientError):
                remove(self._s3, addresses)
            raise
        return result

    def _kept(self, rows: int, addresses: Sequence[str], job: Job) -> Result:
        result = Result([_ROWS], [], header=False, updated=rows, manifest=tuple(addresses))
        job.keep(result)
        return result

    def _is_new(self, schema: str, name: str, if_not_exists: bool) -> bool:
        if schema not in self._catalogue.databases():
            raise QueryError("SCHEMA_NOT_FOUND", f"line 1:1: Schema '{schema}' does not exist")
        if self._catalogue.table(schema, name) is None:
            return True
        if if_not_exists:
            return False
        raise QueryError(
            "TABLE_ALREADY_EXISTS", f"line 1:1: Destination table 'awsdatacatalog.{schema}.{name}' already exists"
        )

    def _must_be_empty(self, location: str, name: str) -> None:
        url = urlsplit(location)
        try:
            found = self._s3.list_objects_v2(Bucket=url.netloc, Prefix=url.path.lstrip("/"))
        except ClientError as error:
            reason = error.response["Error"].get("Message", str(error))
            raise QueryError("HIVE_METASTORE_ERROR", f"{location} cannot be listed: {reason}") from None
        if found.get("Contents"):
            raise QueryError(
                "HIVE_PATH_ALREADY_EXISTS",
                f"Target directory for table '{name}' already exists: {location}. You may need to manually clean the "
                f"data at location '{location}' before retrying. Athena will not delete data in your account.",
            )

    def _place(self, table: Table, values: Values) -> str:
        """Where a new partition is; raises `QueryError` when the table's projection would not show it."""
        location = folder(table.location) + (path(table, values) if values else "")
        projection = projection_of(table, datetime.fromtimestamp(self._now(), UTC).replace(tzinfo=None))
        if projection is None:
            return location
        template = table.parameters.get("storage.location.template")
        for key, value in zip(table.partition_keys, values, strict=True):
            template = re.sub(rf"\$\{{{key.name}\}}", value, template, flags=re.IGNORECASE) if template else None
        place = folder(template or location)
        if projection.values(f"{place}x") is None:
            raise QueryError(
                "HIVE_INVALID_PARTITION_VALUE", f"The table's projection has no partition {path(table, values)}"
            )
        return place


def _clean(location: str) -> str:
    """The location with one slash at its end and none doubled, as Athena changes it."""
    url = urlsplit(location)
    if url.scheme != "s3" or not url.netloc:
        raise QueryError("INVALID_TABLE_PROPERTY", f"Invalid S3 folder location '{location}'")
    return folder(f"s3://{url.netloc}/{re.sub('/+', '/', url.path).strip('/')}")


def _table_input(table: Table, layout: Layout, now: float) -> dict[str, Any]:
    storage = layout.stored.storage()
    storage["SerdeInfo"]["Parameters"] = {"serialization.format": "1", **layout.serde}
    return {
        "Name": table.name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": each.name, "Type": each.type} for each in layout.keys],
        "Parameters": {
            "EXTERNAL": "TRUE",
            "has_encrypted_data": "false",
            "transient_lastDdlTime": str(int(now)),
            "write.compression": layout.compression,
        },
        "StorageDescriptor": {
            "Columns": [{"Name": each.name, "Type": each.type} for each in layout.columns],
            "Location": table.location.rstrip("/"),
            **storage,
        },
    }


def _must_take_rows(table: Table, described: Mapping[str, Any], tree: exp.Insert) -> None:
    if tree.args.get("overwrite"):
        raise QueryError("NOT_SUPPORTED", "INSERT OVERWRITE is not supported; INSERT INTO is")
    if table.view_sql is not None:
        raise QueryError("NOT_SUPPORTED", "Inserting into views is not supported")
    if described["StorageDescriptor"].get("BucketColumns"):
        raise QueryError("NOT_SUPPORTED", f"Inserting into the bucketed table {table.name} is not supported")
    if int(table.parameters.get("skip.header.line.count", "0")):
        raise QueryError(
            "NOT_SUPPORTED", "Inserting into Hive table with skip.header.line.count property not supported"
        )
