"""Reads of a Parquet file only the pages that may match: DataFusion knows its page index and its bloom filters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import datafusion
import pyarrow as pa
from datafusion.object_store import AmazonS3

from local.athena.errors import QueryError
from local.athena.reading.files import StoredObject
from local.athena.reading.predicate import column
from local.athena.reading.ranges import serving
from local.athena.reading.scan import Objects
from local.endpoint import CREDENTIAL, REGION

Condition = datafusion.Expr
_SETTINGS = {
    "datafusion.execution.collect_statistics": "false",
    "datafusion.execution.parquet.coerce_int96": "us",
    "datafusion.execution.parquet.metadata_size_hint": "8",  # the footer's length first, then exactly the footer
    "datafusion.execution.parquet.pushdown_filters": "true",
    "datafusion.execution.parquet.schema_force_view_types": "false",
    "datafusion.execution.target_partitions": "1",
}


@dataclass(frozen=True)
class PagedFile:
    """A file with its columns and the end of it that has been read already."""

    stored: StoredObject
    schema: pa.Schema
    tail: bytes


def read(objects: Objects, file: PagedFile, condition: Condition, names: Sequence[str]) -> Iterator[pa.Table]:
    """Rows that match `condition`, a batch at a time, with the file's columns `names`."""
    with serving(objects, file.stored, file.tail) as url:
        session = datafusion.SessionContext(datafusion.SessionConfig(dict(_SETTINGS)))
        store = AmazonS3(
            file.stored.bucket,
            region=REGION,
            access_key_id=CREDENTIAL,
            secret_access_key=CREDENTIAL,
            endpoint=url,
            allow_http=True,
        )
        session.register_object_store("s3://", store, file.stored.bucket)
        try:
            found = session.read_parquet(file.stored.uri, schema=file.schema, file_extension="").filter(condition)
            for batch in found.select(*(column(name) for name in names)).execute_stream():
                yield pa.Table.from_batches([batch.to_pyarrow()])
        except Exception as error:  # DataFusion has no class of its own for its errors
            if objects.meter.failure is not None:
                raise objects.meter.failure from None
            raise QueryError("HIVE_CANNOT_OPEN_SPLIT", f"{file.stored.uri} cannot be read: {error}") from error
