"""The statements that show what the catalogue or the engine knows: SHOW, DESCRIBE and EXPLAIN."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError
from sqlglot import exp

from local.athena.api.results import Result, ResultColumn
from local.athena.catalogue.glue import Catalogue, Table, is_missing
from local.athena.clients import Glue
from local.athena.engine import Engine
from local.athena.errors import QueryError, position
from local.athena.statements.describing import create_lines, describe_lines, padded, property_rows
from local.athena.statements.kinds import Statement, target
from local.athena.statements.nodes import Explain, Show, Unload


class Utility:
    """Runs one statement of these kinds; raises `QueryError`."""

    def __init__(self, glue: Glue, engine: Engine) -> None:
        self._glue = glue
        self._catalogue = Catalogue(glue)
        self._engine = engine

    def run(self, statement: Statement, database: str) -> Result:
        tree = statement.tree
        if isinstance(tree, Show):
            return self._show(tree, database)
        if isinstance(tree, exp.Describe):
            return self._describe(tree, database, statement.sql)
        if isinstance(tree, Explain):
            return self._explain(tree, database, statement.sql)
        raise QueryError("NOT_SUPPORTED", f"{statement.substatement} is not answered here")

    def _show(self, show: Show, database: str) -> Result:
        what, name, like = show.name, show.text("name"), show.text("like")
        if what == "DATABASES":
            return _listing("database_name", _like(self._catalogue.databases(), like))
        if what in ("TABLES", "VIEWS"):
            tables = self._tables(name or show.text("schema") or database)
            wanted = [table.name for table in tables if what == "TABLES" or table.view_sql is not None]
            return _listing("tab_name" if what == "TABLES" else "views", _like(wanted, like))
        table = self._table(show.text("schema") or database, name, "line 1:1")
        if what == "COLUMNS":
            return _listing("field", [padded(each.name) for each in (*table.columns, *table.partition_keys)])
        if what == "PARTITIONS":
            return _listing("partition", self._partitions(table))
        if what == "CREATE VIEW":
            return _listing("create view", _view_lines(table))
        described = self._described(table)
        if what == "TBLPROPERTIES":
            columns = [ResultColumn(each, "string") for each in ("prpt_name", "prpt_value")]
            return Result(columns, property_rows(described, like), header=False)
        if table.view_sql is not None:
            raise QueryError("NOT_SUPPORTED", f"{table.name} is a view: SHOW CREATE VIEW shows it")
        return _listing("createtab_stmt", create_lines(described, table.database))

    def _partitions(self, table: Table) -> list[str]:
        if not table.partition_keys:
            raise QueryError(
                "FAILED", f"SemanticException [Error 10241]: Table {table.name} is not a partitioned table"
            )
        names = [key.name for key in table.partition_keys]
        found = self._catalogue.partitions(table)
        return ["/".join(f"{name}={value}" for name, value in zip(names, each.values, strict=True)) for each in found]

    def _describe(self, tree: exp.Describe, database: str, sql: str) -> Result:
        reference = tree.this
        if not isinstance(reference, exp.Table):
            raise QueryError("NOT_SUPPORTED", "line 1:1: DESCRIBE takes the name of a table or view")
        for part, word in (("partition", "partition"), ("expressions", "column")):
            if tree.args.get(part):
                raise QueryError("NOT_SUPPORTED", f"line 1:1: DESCRIBE of a {word} is not supported here")
        schema, name = target(reference, database)
        table = self._table(schema, name, position(sql, reference))
        formatted = tree.text("style").upper() in ("FORMATTED", "EXTENDED")
        lines = describe_lines(self._described(table), table.database, formatted)
        columns = [ResultColumn(each, "string") for each in ("col_name", "data_type", "comment")]
        return Result(columns, [[line] for line in lines], header=False)

    def _explain(self, tree: Explain, database: str, sql: str) -> Result:
        query = tree.this
        if isinstance(query, exp.Insert | exp.Create):
            query = query.expression
        query = query.this if isinstance(query, Unload) else query
        options = {str(each.name) for each in tree.args.get("options") or []}
        if not isinstance(query, exp.Query) or options - {
            "TYPE LOGICAL",
            "TYPE DISTRIBUTED",
            "TYPE VALIDATE",
            "FORMAT TEXT",
        }:
            raise QueryError(
                "NOT_SUPPORTED",
                "EXPLAIN takes a query, INSERT, CREATE TABLE AS or UNLOAD and TYPE LOGICAL, DISTRIBUTED or VALIDATE in "
                f"FORMAT TEXT here, not {', '.join(sorted(options)) or query.key}",
            )
        lines = self._engine.plan(sql, query, database, bool(tree.args.get("analyze")))
        if "TYPE VALIDATE" in options:
            return Result([ResultColumn("Valid", "boolean")], [["true"]], header=False)
        return _listing("Query Plan", lines, "varchar")

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

    def _described(self, table: Table) -> dict[str, Any]:
        return dict(self._glue.get_table(DatabaseName=table.database, Name=table.name)["Table"])


def _view_lines(table: Table) -> list[str]:
    if table.view_sql is None:
        raise QueryError("NOT_SUPPORTED", f"line 1:1: Relation '{table.database}.{table.name}' is a table, not a view")
    return f"CREATE VIEW {table.database}.{table.name} AS\n{table.view_sql}".splitlines()


def _listing(name: str, lines: Iterable[str], kind: str = "string") -> Result:
    return Result([ResultColumn(name, kind)], [[line] for line in lines], header=False)


def _like(names: list[str], pattern: str) -> list[str]:
    """Names that match a Hive pattern: `*` is any text, `|` is or."""
    if not pattern:
        return names
    return [name for name in names if any(fnmatchcase(name, each) for each in pattern.lower().split("|"))]
