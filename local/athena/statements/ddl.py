"""The statements that change the catalogue alone: databases, tables, views, partitions and columns.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from local.athena.api.results import Result, ResultColumn
from local.athena.catalogue.glue import Catalogue, Table
from local.athena.clients import Clients
from local.athena.engine import Engine
from local.athena.errors import QueryError
from local.athena.statements.kinds import Statement, target
from local.athena.statements.nodes import CreateDatabase, Repair
from local.athena.statements.partitions import Partitions
from local.athena.statements.tables import columns, table_input, text_properties
from local.athena.statements.views import Views

_TASK = "Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
_KEPT = (
    "Name",
    "Description",
    "Owner",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
)
"""The members that Glue's Table and TableInput share."""


class Ddl:
    """Runs one statement of these kinds; raises `QueryError`."""

    def __init__(self, clients: Clients, engine: Engine, now: Callable[[], float]) -> None:
        self._glue = clients.glue
        self._catalogue = Catalogue(clients.glue)
        self._partitions = Partitions(clients.glue, clients.s3)
        self._views = Views(clients.glue, engine)
        self._now = now

    def run(self, statement: Statement, database: str) -> Result:
        """The statement's lines: MSCK REPAIR TABLE has some."""
        tree = statement.tree
        if isinstance(tree, Repair):
            table = self._table(tree.this, database)
            return Result(
                [ResultColumn("result", "string")], [[line] for line in self._partitions.repair(table)], False
            )
        if isinstance(tree, CreateDatabase):
            self._create_database(tree)
        elif isinstance(tree, exp.Create) and tree.kind == "VIEW":
            self._views.create(tree, database, statement.sql)
        elif isinstance(tree, exp.Create):
            self._create_table(tree, database)
        elif isinstance(tree, exp.Drop) and tree.kind == "VIEW":
            self._views.drop(tree, database, statement.sql)
        elif isinstance(tree, exp.Drop) and tree.kind == "TABLE":
            self._drop_table(tree, database)
        elif isinstance(tree, exp.Drop):
            self._drop_database(tree)
        elif isinstance(tree, exp.Alter):
            self._alter(tree, database)
        return Result([], [], header=False)

    def _create_database(self, tree: CreateDatabase) -> None:
        name = tree.this.name
        if name in self._catalogue.databases():
            if not tree.args.get("exists"):
                raise QueryError("FAILED", f"{_TASK} Database {name} already exists")
            return
        described = {"Name": name, "Description": tree.text("comment"), "LocationUri": tree.text("location")}
        properties = tree.args.get("properties")
        parameters = text_properties(properties.expressions) if properties is not None else {}
        given = {member: value for member, value in described.items() if value}
        self._glue.create_database(DatabaseInput={**given, "Parameters": parameters})

    def _drop_database(self, tree: exp.Drop) -> None:
        reference = tree.args["tables"][0]
        name = (reference.name or reference.text("db")).lower()
        if name not in self._catalogue.databases():
            if not tree.args.get("exists"):
                raise QueryError("FAILED", f"SemanticException [Error 10072]: Database does not exist: {name}")
            return
        tables = self._catalogue.tables(name)
        if tables and not tree.args.get("cascade"):
            raise QueryError(
                "FAILED",
                f"{_TASK} InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)",
            )
        for table in tables:
            self._glue.delete_table(DatabaseName=name, Name=table.name)
        self._glue.delete_database(Name=name)

    def _create_table(self, tree: exp.Create, database: str) -> None:
        schema, name = target(tree.this, database)
        if self._catalogue.table(schema, name) is not None:
            if not tree.args.get("exists"):
                raise QueryError("FAILED", f"{_TASK} AlreadyExistsException(message:Table {name} already exists.)")
            return
        if schema not in self._catalogue.databases():
            raise QueryError("FAILED", f"SemanticException [Error 10072]: Database does not exist: {schema}")
        self._glue.create_table(DatabaseName=schema, TableInput=table_input(tree, name, self._now()))

    def _drop_table(self, tree: exp.Drop, database: str) -> None:
        for reference in tree.args["tables"]:
            schema, name = target(reference, database)
            existing = self._catalogue.table(schema, name)
            if existing is None and tree.args.get("exists"):
                continue
            if existing is None:
                raise QueryError("FAILED", f"SemanticException [Error 10001]: Table not found {schema}.{name}")
            if existing.view_sql is not None:
                raise QueryError(
                    "FAILED", f"SemanticException [Error 10052]: Cannot drop a view with DROP TABLE: {name}"
                )
            self._glue.delete_table(DatabaseName=schema, Name=name)

    def _alter(self, tree: exp.Alter, database: str) -> None:
        table = self._table(tree.this, database)
        actions, partition = tree.args["actions"], tree.this.args.get("partition")
        first = actions[0]
        if isinstance(first, exp.AddPartition):
            self._partitions.add(table, actions)
        elif isinstance(first, exp.DropPartition):
            self._partitions.drop(table, first)
        elif isinstance(first, exp.AlterSet) and partition is not None and first.args.get("location") is not None:
            self._partitions.relocate(table, partition, first.text("location"))
        elif isinstance(first, exp.AlterRename) and partition is not None and isinstance(first.this, exp.Partition):
            self._partitions.rename(table, partition, first.this)
        elif partition is None:
            self._change(table, tree, actions)
        else:
            raise _unknown(tree)

    def _change(self, table: Table, tree: exp.Alter, actions: list[exp.Expr]) -> None:
        described = dict(self._glue.get_table(DatabaseName=table.database, Name=table.name)["Table"])
        changed: dict[str, Any] = {name: described[name] for name in _KEPT if described.get(name)}
        storage = dict(changed["StorageDescriptor"])
        first = actions[0]
        if isinstance(first, exp.Schema | exp.ColumnDef):
            added = columns(first.expressions if isinstance(first, exp.Schema) else actions)
            self._refuse_known(table, added)
            storage["Columns"] = [*storage["Columns"], *added]
        elif isinstance(first, exp.ReplaceColumns):
            storage["Columns"] = columns(first.expressions)
        elif isinstance(first, exp.AlterSet) and first.args.get("location") is not None:
            storage["Location"] = first.text("location").rstrip("/")
        elif isinstance(first, exp.AlterSet) and first.expressions:
            pairs = text_properties(first.expressions[0].expressions)
            changed["Parameters"] = {**changed.get("Parameters", {}), **pairs}
        else:
            raise _unknown(tree)
        self._glue.update_table(DatabaseName=table.database, TableInput={**changed, "StorageDescriptor": storage})

    def _refuse_known(self, table: Table, added: list[dict[str, str]]) -> None:
        known = {column.name for column in (*table.columns, *table.partition_keys)}
        for column in added:
            if column["Name"] in known:
                raise QueryError("FAILED", f"{_TASK} Duplicate column name: {column['Name']}")

    def _table(self, reference: exp.Expr, database: str) -> Table:
        schema, name = target(reference, database)
        table = self._catalogue.table(schema, name)
        if table is None:
            raise QueryError("FAILED", f"SemanticException [Error 10001]: Table not found {schema}.{name}")
        if table.view_sql is not None:
            raise QueryError("FAILED", f"SemanticException [Error 10131]: {schema}.{name} is a view, not a table")
        return table


def _unknown(tree: exp.Alter) -> QueryError:
    return QueryError(
        "NOT_SUPPORTED",
        "ALTER TABLE takes ADD, DROP or RENAME PARTITION, ADD or REPLACE COLUMNS, SET LOCATION, SET TBLPROPERTIES, not "
        + ", ".join(each.sql("hive") for each in tree.args["actions"]),
    )
