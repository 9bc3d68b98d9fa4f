"""The same rows three times: as gzipped text, as Firehose lands them, and as curation leaves them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from zlib_ng import gzip_ng

from bench.scan.datasets import Dataset
from jobs import layout
from local.athena.types import arrow_type

TEXT, LANDING, CURATED = "gzipped text", "landing Parquet", "curated Parquet"
LAYOUTS: Final = (TEXT, LANDING, CURATED)
_BATCH_ROWS: Final = 1_048_576
_LANDED_BYTES: Final = 128 * 2**20
_GZIP_LEVEL: Final = 6


def write(dataset: Dataset, folder: Path, engine: duckdb.DuckDBPyConnection) -> dict[str, Path]:
    """Write every layout below `folder` unless it is there; returns where each lies."""
    schema = pa.schema([(name, arrow_type(kind)) for name, kind in dataset.columns.items()])
    places = {name: folder / name.split()[0] / dataset.name for name in LAYOUTS}
    names = ", ".join(schema.names)
    if not places[CURATED].exists():
        order = ", ".join(dataset.key)
        engine.execute(f"CREATE OR REPLACE TABLE rows AS SELECT {names} FROM {dataset.rows}")
        unsorted = f"SELECT {names} FROM rows"
        _write_text(_batches(engine, unsorted, schema), places[TEXT])
        _write_landed(_batches(engine, unsorted, schema), places[LANDING], schema)
        distinct = {
            name: engine.execute(f"SELECT approx_count_distinct({name}) FROM rows").fetchall()[0][0]
            for name in dataset.key
        }
        size = sum(path.stat().st_size for path in places[LANDING].iterdir())
        files = max(1, round(size / layout.FILE_BYTES))
        total = engine.execute("SELECT count(*) FROM rows").fetchall()[0][0]
        options = layout.writer_options(schema, dataset.key, distinct)
        sorted_rows = _batches(engine, f"{unsorted} ORDER BY {order}", schema)
        _write_curated(sorted_rows, places[CURATED], schema, options, -(-total // files))
        engine.execute("DROP TABLE rows")
    return places


def _batches(engine: duckdb.DuckDBPyConnection, sql: str, schema: pa.Schema) -> Iterator[pa.Table]:
    for batch in engine.sql(sql).to_arrow_reader(_BATCH_ROWS):
        yield pa.Table.from_batches([batch]).cast(schema)


def _write_text(batches: Iterator[pa.Table], folder: Path) -> None:
    """Lines of values between bars, as LazySimpleSerDe reads them: a file for each batch."""
    folder.mkdir(parents=True)
    options = pcsv.WriteOptions(include_header=False, delimiter="|", quoting_style="none")

    def compress(numbered: tuple[int, pa.Table]) -> None:
        number, table = numbered
        times = [name for name in table.column_names if pa.types.is_timestamp(table.schema.field(name).type)]
        for name in times:
            texts = table[name].cast(pa.timestamp("ms")).cast(pa.string())
            table = table.set_column(table.column_names.index(name), name, texts)
        with gzip_ng.open(folder / f"{number:05d}.gz", "wb", compresslevel=_GZIP_LEVEL) as file:
            pcsv.write_csv(table, file, options)

    with ThreadPoolExecutor(2) as pool:
        waiting: list[Any] = []
        for numbered in enumerate(batches):
            waiting.append(pool.submit(compress, numbered))
            if len(waiting) > 2:
                waiting.pop(0).result()
        for each in waiting:
            each.result()


def _write_landed(batches: Iterator[pa.Table], folder: Path, schema: pa.Schema) -> None:
    """Files of about 128 MB in the order of arrival; compression is Firehose's default."""
    folder.mkdir(parents=True)
    number, writer = 0, None
    with suppress(StopIteration):
        while True:
            table = next(batches)
            path = folder / f"{number:05d}.parquet"
            writer = writer or pq.ParquetWriter(path, schema, compression="snappy", use_dictionary=False)
            writer.write_table(table)
            if path.stat().st_size >= _LANDED_BYTES:
                writer.close()
                number, writer = number + 1, None
    if writer is not None:
        writer.close()


def _write_curated(
    batches: Iterator[pa.Table], folder: Path, schema: pa.Schema, options: dict[str, Any], rows_a_file: int
) -> None:
    folder.mkdir(parents=True)
    writer, number, left = None, 0, rows_a_file
    for table in batches:
        rest = table
        while rest.num_rows:
            writer = writer or pq.ParquetWriter(folder / f"{number:05d}.parquet", schema, **options)
            part = rest.slice(0, left)
            writer.write_table(part, row_group_size=layout.ROW_GROUP_ROWS)
            rest, left = rest.slice(part.num_rows), left - part.num_rows
            if not left:
                writer.close()
                writer, number, left = None, number + 1, rows_a_file
    if writer is not None:
        writer.close()
