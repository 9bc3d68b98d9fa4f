"""The SQL face of a contract: the two views that people query, and the query for what was known at a moment.

`<dataset>` shows the latest version of each key, `<dataset>_history` every version that ever landed; a key whose latest
version says that the row is gone at its source is in the history only. Two more views are over all datasets:
`reconciliation` compares what producers read with what became of it, `freshness` says how new the data is.
"""

from collections.abc import Iterable

from schemas.contract import DELETED, Contract, Internal
from schemas.glue import GlueColumn, curated_columns, partition_keys, table_name, value_columns


def view_columns(contract: Contract) -> list[GlueColumn]:
    """The columns of the history: those of the table, then its partition keys."""
    return [*value_columns(contract), *partition_keys(contract)]


def latest_columns(contract: Contract) -> list[GlueColumn]:
    """The columns of the view of latest versions, in which nothing is deleted."""
    return [*curated_columns(contract), *partition_keys(contract)]


def latest_view(contract: Contract) -> str:
    """SELECT of the newest row of each key that is not gone."""
    return _newest(contract, "")


def as_of_query(contract: Contract) -> str:
    """SELECT of what `<dataset>` showed at the moment that fills its `?`, a timestamp in UTC.

    It knows what had been read by then, whenever it landed.
    """
    return _newest(contract, " WHERE ingested_at <= ?")


def as_of_name(contract: Contract) -> str:
    """The name of that query in the workgroup."""
    return f"{contract.name}_as_of"


def history_view(contract: Contract) -> str:
    """SELECT of every landed row."""
    values = ", ".join(map(_value, view_columns(contract)))
    return f"SELECT {values} FROM {table_name(contract)}"


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
    in another partition, but in the same source it may hide one. Of a dataset whose contract was removed nobody can
    count what landed, so its sources are left out; files for a dataset that never was are all rejected, and are not.
    """
    fed = [contract for contract in contracts if not isinstance(contract.source, Internal)]
    landed = " UNION ALL ".join(_landed(contract) for contract in fed)
    known = ", ".join(f"'{contract.name}'" for contract in fed)
    return (
        "SELECT dataset, source, rows_in, landed, quarantined, duplicates, "
        "greatest(rows_in - landed - quarantined - duplicates, 0) AS missing, "
        "greatest(landed + quarantined + duplicates - rows_in, 0) AS redelivered FROM ("
        "SELECT loads.dataset, loads.loaded_source AS source, loads.rows_in, coalesce(l.landed, 0) AS landed, "
        "coalesce(q.quarantined, 0) AS quarantined, coalesce(l.versions - l.landed, 0) AS duplicates FROM loads "
        f"LEFT JOIN ({landed}) AS l ON l.dataset = loads.dataset AND l.source = loads.loaded_source "
        "LEFT JOIN (SELECT dataset, source, count(*) AS quarantined FROM quarantine_landing "
        "GROUP BY dataset, source) AS q "
        "ON q.dataset = loads.dataset AND q.source = loads.loaded_source "
        f"WHERE loads.dataset IN ({known}) OR loads.rejected = loads.rows_in) AS counted"
    )


FRESHNESS_COLUMNS = [
    GlueColumn("dataset", "string", "The dataset."),
    GlueColumn("newest", "date", "The newest day that has rows in the view; NULL where rows have no day."),
    GlueColumn("lag_days", "bigint", "Days from the newest day until its first row was read."),
    GlueColumn("ingested_at", "timestamp", "When a source of the dataset was last read, UTC."),
    GlueColumn("age_hours", "bigint", "Whole hours since then."),
]


def freshness_view(contracts: Iterable[Contract]) -> str:
    """SELECT of one row per dataset that has landed: its newest day, when that came, and when data came last."""
    each = " UNION ALL ".join(
        _freshness(contract) for contract in contracts if not isinstance(contract.source, Internal)
    )
    return (
        "SELECT dataset, newest, date_diff('day', newest, CAST(arrived AS date)) AS lag_days, ingested_at, "
        "date_diff('hour', ingested_at, CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp)) AS age_hours "
        f"FROM ({each}) AS found WHERE ingested_at IS NOT NULL"
    )


def _freshness(contract: Contract) -> str:
    """The landed rows say which day is the newest, unless a row can be deleted or its newest version be of another day.

    Only then is the view read, which scans the key and the source of every row as well.
    """
    day = f"CAST({_quoted(contract.partition.by)} AS date)" if contract.partition else "CAST(NULL AS date)"
    read = "min(ingested_at) AS first_read, max(ingested_at) AS last_read"
    days = f"SELECT {day} AS day, {read} FROM {table_name(contract)} GROUP BY 1"
    may_go = contract.partition is not None and (contract.tracks_deletes or not contract.key_implies_partition)
    view = f"SELECT max({day}) AS shown FROM {_quoted(contract.name)}"
    shown = f" LEFT JOIN ({view}) AS latest ON day = shown" if may_go else ""
    newest = "shown" if may_go else "day"
    return (
        f"SELECT '{contract.name}' AS dataset, max({newest}) AS newest, max_by(first_read, {newest}) AS arrived, "
        f"max(last_read) AS ingested_at FROM ({days}) AS days{shown}"
    )


def _newest(contract: Contract, known: str) -> str:
    """The newest version of each key among the rows that are `known`.

    The partition key stands in PARTITION BY where the key implies it: only then is a filter on it pushed down. Where it
    does not, a correction may be in another partition than what it corrects, so all of them are read.
    Versions that were transformed together differ in their source, which names the time of a run of a SQL source.
    """
    values = ", ".join(map(_value, latest_columns(contract)))
    within = [_quoted(column.name) for column in partition_keys(contract)]
    key, order = [_quoted(name) for name in contract.key], ["ingested_at DESC", "source DESC"]
    if contract.key_implies_partition:
        key += within
    else:
        order += [f"{name} DESC" for name in within]  # of a key that one file has twice
    return (
        f"SELECT {values} FROM ("
        f"SELECT *, row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY {', '.join(order)}) AS _version "
        f"FROM {table_name(contract)}{known}) AS versions WHERE _version = 1{_not_deleted(contract)}"
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


def _value(column: GlueColumn) -> str:
    """The value of a landed column, under its name: decimals land as text."""
    name = _quoted(column.name)
    return f"CAST({name} AS {column.type}) AS {name}" if column.type.startswith("decimal") else name


def _quoted(name: str) -> str:
    return f'"{name}"'
