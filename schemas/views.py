"""The SQL face of a contract: the two views that people query.

`<dataset>` shows the latest version of each key, `<dataset>_history` every version that ever landed; a key whose latest
version says that the row is gone at its source is in the history only. One more view,
`reconciliation`, compares what producers read with what became of it.
"""

from collections.abc import Iterable

from schemas.contract import DELETED, Contract, Internal
from schemas.glue import GlueColumn, columns, partition_keys, table_name


def view_columns(contract: Contract) -> list[GlueColumn]:
    """The columns of the history: those of the table, then its partition keys."""
    return [*columns(contract), *partition_keys(contract)]


def latest_columns(contract: Contract) -> list[GlueColumn]:
    """The columns of the view of latest versions, in which nothing is deleted."""
    return [
        column for column in view_columns(contract) if not (contract.tracks_deletes and column.name == DELETED.name)
    ]


def latest_view(contract: Contract) -> str:
    """SELECT of the newest row of each key that is not gone.

    The partition key stands in PARTITION BY although the key implies it: only then is a filter on it pushed down.
    Versions that were transformed together differ in their source, which names the time of a run of a SQL source.
    """
    names = ", ".join(_quoted(column.name) for column in latest_columns(contract))
    key = ", ".join(_quoted(name) for name in [*contract.key, *(column.name for column in partition_keys(contract))])
    return (
        f"SELECT {names} FROM ("
        f"SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY ingested_at DESC, source DESC) AS version "
        f"FROM {table_name(contract)}) AS versions WHERE version = 1{_not_deleted(contract)}"
    )


def history_view(contract: Contract) -> str:
    """SELECT of every landed row."""
    names = ", ".join(_quoted(column.name) for column in view_columns(contract))
    return f"SELECT {names} FROM {table_name(contract)}"


RECONCILIATION_COLUMNS = [
    GlueColumn("dataset", "string", "The dataset the rows were meant for."),
    GlueColumn("source", "string", "What was loaded: a file, an API call, a query."),
    GlueColumn("rows_in", "bigint", "Rows the producer read."),
    GlueColumn("landed", "bigint", "Different keys that landed."),
    GlueColumn("quarantined", "bigint", "Rows that broke the contract."),
    GlueColumn("duplicates", "bigint", "Rows that landed with a key the same source had already given."),
    GlueColumn("missing", "bigint", "Rows not accounted for: on their way, in the error prefix, or lost."),
    GlueColumn("redelivered", "bigint", "Rows that arrived once more than they were read; the views show them once."),
]


def reconciliation_view(contracts: Iterable[Contract]) -> str:
    """SELECT of one row per loaded source: rows_in + redelivered = landed + quarantined + duplicates + missing.

    A producer that starts a source once more gives it another name, so a retry counts by itself. What arrives once
    more all the same is Firehose's delivery, which is at least once: it can never make up for a row that is missing
    in another partition, but in the same source it may hide one.
    """
    landed = " UNION ALL ".join(
        _landed(contract) for contract in contracts if not isinstance(contract.source, Internal)
    )
    return (
        "SELECT dataset, source, rows_in, landed, quarantined, duplicates, "
        "greatest(rows_in - landed - quarantined - duplicates, 0) AS missing, "
        "greatest(landed + quarantined + duplicates - rows_in, 0) AS redelivered FROM ("
        "SELECT loads.dataset, loads.loaded_source AS source, loads.rows_in, coalesce(l.landed, 0) AS landed, "
        "coalesce(q.quarantined, 0) AS quarantined, coalesce(l.versions - l.landed, 0) AS duplicates FROM loads "
        f"LEFT JOIN ({landed}) AS l ON l.dataset = loads.dataset AND l.source = loads.loaded_source "
        "LEFT JOIN (SELECT dataset, source, count(*) AS quarantined FROM quarantine_landing "
        "GROUP BY dataset, source) AS q "
        "ON q.dataset = loads.dataset AND q.source = loads.loaded_source) AS counted"
    )


def _not_deleted(contract: Contract) -> str:
    return f" AND NOT coalesce({DELETED.name}, false)" if contract.tracks_deletes else ""


def _landed(contract: Contract) -> str:
    key = ", ".join(_quoted(name) for name in contract.key)
    distinct = f"({key})" if len(contract.key) > 1 else key
    return (
        f"SELECT '{contract.name}' AS dataset, source, count(*) AS versions, count(DISTINCT {distinct}) AS landed "
        f"FROM {table_name(contract)} GROUP BY source"
    )


def _quoted(name: str) -> str:
    return f'"{name}"'
