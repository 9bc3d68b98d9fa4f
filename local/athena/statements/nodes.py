"""Nodes of Athena's statements that sqlglot has none for."""

from typing import ClassVar

from sqlglot import exp


class Show(exp.Expression):
    """`SHOW this [schema.name] [IN schema] [LIKE pattern]`: texts, the names in lower case; `like` is a property's name
    for TBLPROPERTIES."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "name": False, "schema": False, "like": False}


class Repair(exp.Expression):
    """`MSCK REPAIR TABLE this`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True}


class Unload(exp.Expression):
    """`UNLOAD (this) TO 'to' WITH (properties)`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "to": True, "properties": False}


class Explain(exp.Expression):
    """`EXPLAIN [ANALYZE] [(options)] this`; the options are words, e.g. `TYPE IO`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "analyze": False, "options": False}


class Prepare(exp.Expression):
    """`PREPARE this FROM text`; the text stays as it was written."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "text": True}


class ExecutePrepared(exp.Expression):
    """`EXECUTE this [USING expressions]`; the expressions keep their text."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expressions": False}


class Deallocate(exp.Expression):
    """`DEALLOCATE PREPARE this`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True}


class CreateDatabase(exp.Expression):
    """`CREATE DATABASE [IF NOT EXISTS] this [COMMENT ...] [LOCATION ...] [WITH DBPROPERTIES (...)]`."""

    arg_types: ClassVar[dict[str, bool]] = {
        "this": True,
        "exists": False,
        "comment": False,
        "location": False,
        "properties": False,
    }
