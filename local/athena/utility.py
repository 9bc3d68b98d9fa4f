"""The statements that read or change the catalogue only: SHOW, DESCRIBE, CREATE VIEW and DROP VIEW."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from botocore.exceptions import ClientError
from sqlglot import exp

from local.athena.catalogue import Catalogue, Table, is_missing, view_text
from local.athena.clients import Glue
from local.athena.dialect import without_catalogue
from local.athena.engine import Engine
from local.athena.errors import QueryError, position
from local.athena.results import Result, ResultColumn
from local.athena.statements import Show, Statement

_VIEW_MARK = "/* Presto View */"


class Utility:
    """Runs one statement of these kinds; raises `QueryError`."""

    def __init__(self, glue: Glue, engine: Engine) -> None:
        self._glue = glue
        self._catalogue = Catalogue(glue)
        self._engine = engine

    def run(self, statement: Statement, database: str) -> Result:
        if statement.show is not None:
            return self._show(statement.show, database)
        tree = statement.tree
        if isinstance(tree, exp.Describe):
            return self._describe(tree.this, database, statement.sql)
        if isinstance(tree, exp.Create):
            return self._create_view(tree, database, statement.sql)
        if isinstance(tree, exp.Drop):
            return self._drop_view(tree, database, statement.sql)
        raise QueryError("NOT_SUPPORTED", f"{statement.substatement} is not answered here")

    def _show(self, show: Show, database: str) -> Result:
        if show.what == "DATABASES":
            return _listing("database_name", _like(self._catalogue.databases(), show.like))
        if show.what in ("TABLES", "VIEWS"):
            tables = self._tables(show.name or show.schema or database)
            wanted = [table.name for table in tables if show.what == "TABLES" or table.view_sql is not None]
            return _listing("tab_name" if show.what == "TABLES" else "views", _like(wanted, show.like))
        schema, _, name = show.name.rpartition(".")
        table = self._table(show.schema or schema or database, name, "line 1:1")
        if show.what == "COLUMNS":
            return _listing("field", [column.name for column in (*table.columns, *table.partition_keys)])
        if show.what == "PARTITIONS":
            return _listing("partition", self._partitions(table))
        if table.view_sql is None:
            raise QueryError(
                "NOT_SUPPORTED", f"line 1:1: Relation '{table.database}.{table.name}' is a table, not a view"
            )
        return _listing("create view", f"CREATE VIEW {table.name} AS\n{table.view_sql}".splitlines())

    def _partitions(self, table: Table) -> list[str]:
        names = [key.name for key in table.partition_keys]
        found = self._catalogue.partitions(table)
        return ["/".join(f"{name}={value}" for name, value in zip(names, each.values, strict=True)) for each in found]

    def _describe(self, reference: exp.Expr, database: str, sql: str) -> Result:
        if not isinstance(reference, exp.Table):
            raise QueryError("NOT_SUPPORTED", "line 1:1: DESCRIBE takes the name of a table or view")
        without_catalogue(reference)
        table = self._table(reference.text("db") or database, reference.name, position(sql, reference))
        lines = [(column.name, column.type, "") for column in (*table.columns, *table.partition_keys)]
        if table.partition_keys:
            lines += [("", "", ""), ("# Partition Information", "", ""), ("# col_name", "data_type", "comment")]
            lines += [(key.name, key.type, "") for key in table.partition_keys]
        columns = [ResultColumn(name, "string") for name in ("col_name", "data_type", "comment")]
        return Result(columns, lines, header=False)

    def _create_view(self, tree: exp.Create, database: str, sql: str) -> Result:
        schema, name = _target(tree.this, database)
        body = tree.expression
        if isinstance(tree.this, exp.Schema) or not isinstance(body, exp.Query):
            raise QueryError("NOT_SUPPORTED", "line 1:1: a view is made by CREATE [OR REPLACE] VIEW name AS SELECT ...")
        trino, glue = self._engine.view_columns(sql, body, schema)
        storage = {"Columns": [{"Name": each.name, "Type": each.type} for each in glue], "SerdeInfo": {}}
        table = {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "StorageDescriptor": storage,
            "ViewOriginalText": view_text(body.sql("trino"), schema, trino),
            "ViewExpandedText": _VIEW_MARK,
        }
        existing = self._catalogue.table(schema, name)
        if existing is None:
            self._glue.create_table(DatabaseName=schema, TableInput=table)
        elif tree.args.get("replace") and existing.view_sql is not None:
            self._glue.update_table(DatabaseName=schema, TableInput=table)
        else:
            raise QueryError("ALREADY_EXISTS", f"line 1:1: Table or view '{schema}.{name}' already exists")
        return Result([], [], header=False)

    def _drop_view(self, tree: exp.Drop, database: str, sql: str) -> Result:
        for reference in tree.args["tables"]:
            schema, name = _target(reference, database)
            if self._catalogue.table(schema, name) is not None:
                self._glue.delete_table(DatabaseName=schema, Name=name)
            elif not tree.args.get("exists"):
                where = position(sql, reference)
                raise QueryError("TABLE_NOT_FOUND", f"{where}: View 'awsdatacatalog.{schema}.{name}' does not exist")
        return Result([], [], header=False)

    def _tables(self, schema: str) -> list[Table]:
        try:
            return self._catalogue.tables(schema)
        except ClientError as error:
            if is_missing(error):
                raise QueryError("SCHEMA_NOT_FOUND", f"line 1:1: Schema '{schema}' does not exist") from None
            raise

    def _table(self, schema: str, name: str, where: str) -> Table:
        table = self._catalogue.table(schema, name)
        if table is None:
            raise QueryError("TABLE_NOT_FOUND", f"{where}: Table 'awsdatacatalog.{schema}.{name}' does not exist")
        return table


def _target(reference: exp.Expr, database: str) -> tuple[str, str]:
    table = reference.this if isinstance(reference, exp.Schema) else reference
    if not isinstance(table, exp.Table):
        raise QueryError("NOT_SUPPORTED", "line 1:1: a view's name is needed")
    without_catalogue(table)
    return (table.text("db") or database).lower(), table.name.lower()


def _listing(name: str, lines: Iterable[str]) -> Result:
    return Result([ResultColumn(name, "string")], [[line] for line in lines], header=False)


def _like(names: list[str], pattern: str) -> list[str]:
    """Names that match a Hive pattern: `*` is any text, `|` is or."""
    if not pattern:
        return names
    return [name for name in names if any(fnmatchcase(name, each) for each in pattern.lower().split("|"))]
