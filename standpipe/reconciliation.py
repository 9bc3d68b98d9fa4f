"""The proof that no row is lost: rows in = landed + quarantined + duplicates, for every source object."""

from collections.abc import Collection
from typing import Any

from botocore.exceptions import ClientError

from delivery.parking import PREFIX
from schemas.contract import Internal
from schemas.load import load_contracts
from standpipe.connection import Connection
from standpipe.query.athena import Row

_BY_DATASET = """
SELECT CASE WHEN source LIKE '%://%' THEN 'files' WHEN source LIKE 'sql/%' THEN 'SQL' ELSE 'API' END AS source,
       CASE WHEN dataset IN ({datasets}) OR landed > 0 THEN dataset ELSE 'no dataset' END AS dataset,
       count(*) AS loads, sum(rows_in) AS rows_in, sum(landed) AS landed, sum(quarantined) AS quarantined,
       sum(duplicates) AS duplicates, sum(missing) AS missing, sum(redelivered) AS redelivered
FROM reconciliation GROUP BY 1, 2 ORDER BY 1, 2
"""
"""Files dropped where there is no dataset are one row."""

MISSING = "SELECT dataset, source, missing FROM reconciliation WHERE missing > 0 ORDER BY dataset, source"
"""The source objects with missing rows, and how many."""


def by_dataset(connection: Connection) -> tuple[list[str], list[Row]]:
    """The totals: columns, and a row for each kind of source and dataset.

    `redelivered`, what Firehose delivered once more, is left out while it is 0 everywhere.
    """
    result = connection.query(_BY_DATASET.format(datasets=", ".join(f"'{name}'" for name in _fed())))
    if all(row[-1] == "0" for row in result.rows):
        return result.columns[:-1], [row[:-1] for row in result.rows]
    return result.columns, result.rows


def quarantined(columns: list[str], rows: list[Row]) -> str:
    """How many of the totals' rows are in the quarantine, and how to see them; empty when there are none."""
    at = columns.index("quarantined")
    count = sum(int(row[at] or 0) for row in rows)
    query = "standpipe query 'SELECT dataset, source, line, reason FROM quarantine'"
    return f"{count} {'row is' if count == 1 else 'rows are'} in the quarantine: {query}" if count else ""


def unread(connection: Connection) -> str:
    """How many dropped files or parts of files wait or are being read: their rows are in no load yet.

    Empty when there are none, or when whoever asks may not see the queue.
    """
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    sqs = connection.client("sqs")
    try:
        url = sqs.get_queue_url(QueueName=connection.environment.named("drops"))["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
    except ClientError:
        return ""
    count = sum(int(found[name]) for name in names)
    what = "1 dropped file or part of one has" if count == 1 else f"{count} dropped files or parts of files have"
    return f"{what} not been read yet." if count else ""


def parked(connection: Connection) -> list[str]:
    """The datasets with parked records; none when whoever asks may not list them.

    `loads.undelivered` says what a load parked. It stays when that has been replayed, so the objects are looked for.
    """
    s3: Any = connection.client("s3")
    try:
        return [name for name in [*_fed(), "loads", "quarantine"] if _is_parked(s3, connection, name)]
    except ClientError:
        return []


def why_missing(datasets: Collection[str], parked: Collection[str]) -> str:
    """What has become of missing rows of `datasets`, of which some have `parked` records."""
    if set(datasets) <= set(parked):
        return "These rows are missing: they are parked."
    return (
        "These rows are missing: in transit (wait a buffering interval), parked (`standpipe replay`), "
        "or in the error prefix (`errors/<dataset>/`)."
    )


def _fed() -> list[str]:
    return [name for name, contract in load_contracts().items() if not isinstance(contract.source, Internal)]


def _is_parked(s3: Any, connection: Connection, dataset: str) -> bool:
    prefix = f"{PREFIX}{connection.environment.stream(dataset)}/"
    return bool(s3.list_objects_v2(Bucket=connection.lake, Prefix=prefix, MaxKeys=1).get("Contents"))
