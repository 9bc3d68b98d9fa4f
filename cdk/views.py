"""Athena views as the Glue catalogue keeps them: the datasets' own, and one for each file of `queries/views/`.

CloudFormation has no type for a view. Athena keeps one as a Glue table of type VIRTUAL_VIEW whose text is a comment
with base64 JSON in it; its columns are Hive types in the table and Presto types in the JSON.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cdk.config import ConfigError
from schemas.contract import Contract
from schemas.glue import GlueColumn
from schemas.views import (
    FRESHNESS_COLUMNS,
    RECONCILIATION_COLUMNS,
    freshness_view,
    history_view,
    latest_columns,
    latest_view,
    reconciliation_view,
    view_columns,
)

QUERIES = Path(__file__).parents[1] / "queries"

_COLUMNS = re.compile(r"^-- columns: (?P<columns>.+)$", re.MULTILINE)
_PRESTO_TYPES = {
    "string": "varchar", "boolean": "boolean", "int": "integer", "bigint": "bigint", "double": "double",
    "date": "date", "timestamp": "timestamp",
}  # fmt: skip
"""Hive's name of each type that a view's column may have -> Presto's. Decimals have the same in both."""
_DECIMAL = re.compile(r"decimal\(\d+,\d+\)")
_TYPES = f"{', '.join(_PRESTO_TYPES)} and decimal(18,2)"


class ViewError(ConfigError):
    """A file of `queries/views/` that does not say its columns."""


@dataclass(frozen=True)
class View:
    """A view: its name, its SELECT, and the columns that the SELECT gives, in Hive types."""

    name: str
    sql: str
    columns: tuple[GlueColumn, ...]


def all_views(contracts: dict[str, Contract], folder: Path = QUERIES / "views") -> list[View]:
    """Every view of the pipeline: two for each dataset, those over all datasets, and the files in `folder`."""
    every = contracts.values()
    return [
        *dataset_views(every),
        View("reconciliation", reconciliation_view(every), tuple(RECONCILIATION_COLUMNS)),
        View("freshness", freshness_view(every), tuple(FRESHNESS_COLUMNS)),
        *(read_view(file) for file in sorted(folder.glob("*.sql"))),
    ]


def dataset_views(contracts: Iterable[Contract]) -> list[View]:
    """`<dataset>`, the latest version of each key, and `<dataset>_history`, every version."""
    return [
        view
        for contract in contracts
        for view in (
            View(contract.name, latest_view(contract), tuple(latest_columns(contract))),
            View(f"{contract.name}_history", history_view(contract), tuple(view_columns(contract))),
        )
    ]


def read_view(file: Path) -> View:
    """The view in a file with a line `-- columns: day date, account string, …`; raises `ViewError` without one."""
    sql = file.read_text()
    if not (line := _COLUMNS.search(sql)):
        raise ViewError(
            f"{file}: no line `-- columns: name type, name type, …`, which Glue needs; valid types: {_TYPES}"
        )
    pairs = [column.split() for column in re.findall(r"[^,(]+(?:\([^)]*\))?", line["columns"])]
    for pair in pairs:
        if len(pair) != 2 or not (pair[1] in _PRESTO_TYPES or _DECIMAL.fullmatch(pair[1])):
            raise ViewError(f"{file}: `-- columns:` has {' '.join(pair)!r}; valid: a name and one of {_TYPES}")
    return View(file.stem, sql, tuple(GlueColumn(name, kind, "") for name, kind in pairs))


def _presto_type(hive: str) -> str:
    return hive if _DECIMAL.fullmatch(hive) else _PRESTO_TYPES[hive]


def view_text(view: View, database: str) -> str:
    """The text of the Glue table: `/* Presto View: <base64 JSON> */`."""
    definition = {
        "originalSql": view.sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": column.name, "type": _presto_type(column.type)} for column in view.columns],
    }
    return f"/* Presto View: {b64encode(json.dumps(definition).encode()).decode()} */"
