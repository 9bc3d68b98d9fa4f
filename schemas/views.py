"""The SQL face of a contract: the two views that people query.

`<dataset>` shows the latest version of each key, `<dataset>_history` every version that ever landed.
"""

from schemas.contract import Contract
from schemas.glue import GlueColumn, columns, partition_keys, table_name


def view_columns(contract: Contract) -> list[GlueColumn]:
    """The columns of both views: those of the table, then its partition keys."""
    return [*columns(contract), *partition_keys(contract)]


def latest_view(contract: Contract) -> str:
    """SELECT of the newest row of each key.

    The partition key stands in PARTITION BY although the key implies it: only then is a filter on it pushed down.
    """
    names = ", ".join(_quoted(column.name) for column in view_columns(contract))
    key = ", ".join(_quoted(name) for name in [*contract.key, *(column.name for column in partition_keys(contract))])
    return (
        f"SELECT {names} FROM ("
        f"SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY ingested_at DESC) AS version "
        f"FROM {table_name(contract)}) AS versions WHERE version = 1"
    )


def history_view(contract: Contract) -> str:
    """SELECT of every landed row."""
    names = ", ".join(_quoted(column.name) for column in view_columns(contract))
    return f"SELECT {names} FROM {table_name(contract)}"


def _quoted(name: str) -> str:
    return f'"{name}"'
