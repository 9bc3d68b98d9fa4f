"""CREATE VIEW and DROP VIEW.

https://docs.aws.amazon.com/athena/latest/ug/create-view.html
"""

from sqlglot import exp

from local.athena.catalogue.glue import Catalogue, view_text
from local.athena.clients import Glue
from local.athena.engine import Engine
from local.athena.errors import QueryError, position
from local.athena.statements.kinds import target
from local.athena.trino import text_of
from local.athena.writing.layouts import check_names

_VIEW_MARK = "/* Presto View */"


class Views:
    """Makes and drops the views of one catalogue; each method raises `QueryError`."""

    def __init__(self, glue: Glue, engine: Engine) -> None:
        self._glue = glue
        self._catalogue = Catalogue(glue)
        self._engine = engine

    def create(self, tree: exp.Create, database: str, sql: str) -> None:
        """CREATE [OR REPLACE] VIEW."""
        schema, name = target(tree.this, database)
        body = tree.expression
        if isinstance(tree.this, exp.Schema) or not isinstance(body, exp.Query):
            raise QueryError("NOT_SUPPORTED", "line 1:1: a view is made by CREATE [OR REPLACE] VIEW name AS SELECT ...")
        trino, glue = self._engine.view_columns(sql, body, schema)
        check_names(trino)
        storage = {"Columns": [{"Name": each.name, "Type": each.type} for each in glue], "SerdeInfo": {}}
        table = {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "StorageDescriptor": storage,
            "ViewOriginalText": view_text(text_of(body), schema, trino),
            "ViewExpandedText": _VIEW_MARK,
        }
        existing = self._catalogue.table(schema, name)
        if existing is None:
            self._glue.create_table(DatabaseName=schema, TableInput=table)
        elif tree.args.get("replace") and existing.view_sql is not None:
            self._glue.update_table(DatabaseName=schema, TableInput=table)
        else:
            raise QueryError("ALREADY_EXISTS", f"line 1:1: Table or view '{schema}.{name}' already exists")

    def drop(self, tree: exp.Drop, database: str, sql: str) -> None:
        """DROP VIEW [IF EXISTS]; a table is not dropped by it."""
        for reference in tree.args["tables"]:
            schema, name = target(reference, database)
            existing = self._catalogue.table(schema, name)
            where = position(sql, reference)
            if existing is not None and existing.view_sql is None:
                raise QueryError("TABLE_NOT_FOUND", f"{where}: 'awsdatacatalog.{schema}.{name}' is a table, not a view")
            if existing is not None:
                self._glue.delete_table(DatabaseName=schema, Name=name)
            elif not tree.args.get("exists"):
                raise QueryError("TABLE_NOT_FOUND", f"{where}: View 'awsdatacatalog.{schema}.{name}' does not exist")
