"""Amazon Athena on DuckDB: Trino's SQL, tables and views of the Glue catalogue, Parquet in S3, results as CSV in S3.

https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html

docs/athena.md says which statements are answered, which are refused, and where this differs from Athena.
"""

from local.athena.api.service import Athena
from local.athena.clients import Clients, connect

__all__ = ["Athena", "Clients", "connect"]
