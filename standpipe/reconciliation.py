"""The proof that no row is lost: rows in = landed + quarantined + duplicates, for every source object."""

BY_DATASET = """
SELECT CASE WHEN source LIKE '%://%' THEN 'files' WHEN source LIKE 'sql/%' THEN 'SQL' ELSE 'API' END AS source,
       dataset, count(*) AS loads, sum(rows_in) AS rows_in, sum(landed) AS landed, sum(quarantined) AS quarantined,
       sum(duplicates) AS duplicates, sum(missing) AS missing
FROM reconciliation GROUP BY 1, 2 ORDER BY 1, 2
"""
"""The totals: a row for each kind of source and dataset."""

MISSING = "SELECT dataset, source, missing FROM reconciliation WHERE missing > 0 ORDER BY dataset, source"
"""The source objects with missing rows, and how many."""
