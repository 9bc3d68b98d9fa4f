"""The proof that no row is lost: rows in = landed + quarantined + duplicates, for every source object."""

from standpipe.connection import Connection
from standpipe.query.athena import Row

_BY_DATASET = """
SELECT CASE WHEN source LIKE '%://%' THEN 'files' WHEN source LIKE 'sql/%' THEN 'SQL' ELSE 'API' END AS source,
       dataset, count(*) AS loads, sum(rows_in) AS rows_in, sum(landed) AS landed, sum(quarantined) AS quarantined,
       sum(duplicates) AS duplicates, sum(missing) AS missing, sum(redelivered) AS redelivered
FROM reconciliation GROUP BY 1, 2 ORDER BY 1, 2
"""

MISSING = "SELECT dataset, source, missing FROM reconciliation WHERE missing > 0 ORDER BY dataset, source"
"""The source objects with missing rows, and how many."""


def by_dataset(connection: Connection) -> tuple[list[str], list[Row]]:
    """The totals: columns, and a row for each kind of source and dataset.

    `redelivered`, what Firehose delivered once more, is left out while it is 0 everywhere.
    """
    result = connection.query(_BY_DATASET)
    if all(row[-1] == "0" for row in result.rows):
        return result.columns[:-1], [row[:-1] for row in result.rows]
    return result.columns, result.rows
