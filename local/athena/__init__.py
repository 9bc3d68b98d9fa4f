"""Amazon Athena on DuckDB: Trino's SQL, tables and views of the Glue catalogue, Parquet in S3, results as CSV in S3.

https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html

Answered: SELECT with Trino's functions (sqlglot translates them), CREATE and DROP VIEW, SHOW, DESCRIBE; Parquet tables
with projected, registered or no partitions; parameters, scan limits, workgroups, paging, cancelling. Refused: CREATE
TABLE, INSERT, UNLOAD, ALTER, MSCK REPAIR, EXECUTE, EXPLAIN, and tables that are not Parquet.

Where this differs from Athena:
- `<id>.csv.metadata` holds the columns as JSON.
- A query that runs when the process dies is forgotten, not FAILED.
- An average or quotient of decimals is a double; `$path` is unknown; other reasons of failure than those for names,
  casts, groups and divisions carry the engine's words.
- `count(*)` is billed as a scan of the narrowest column DuckDB chooses, not as nothing.
- `projection.<key>.interval` of a date key is not looked at: every value in its range is a partition.
"""

from local.athena.clients import Clients, connect
from local.athena.service import Athena

__all__ = ["Athena", "Clients", "connect"]
