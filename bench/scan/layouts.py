"""The same rows three times: as gzipped text, as Firehose lands them, and as curation leaves them."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from zlib_ng import gzip_ng

from bench.scan.datasets import Dataset
from jobs import files
from local.athena.catalogue.glue import Column
from local.athena.types import arrow_field

TEXT, LANDING, CURATED = "gzipped text", "landing Parquet", "curated Parquet"
LAYOUTS: Final = (TEXT, LANDING, CURATED)
_BATCH_ROWS: Final = 1_048_576
_LANDED_BYTES: Final = 128 * 2**20
_GZIP_LEVEL: Final = 6


@dataclass(frozen=True)
class Rows:
    """Rows of a dataset, all of them or those of one partition."""

    dataset: Dataset
    engine: duckdb.DuckDBPyConnection
    where: str

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([arrow_field(Column(name, kind)) for name, kind in self.dataset.columns.items()])

    def count(self) -> int:
        return int(self.engine.execute(f"SELECT count(*) FROM rows {self.where}").fetchall()[0][0])

    def arrived(self) -> Iterator[pa.RecordBatch]:
        """In the order of arrival."""
        return self._batches("")

    def latest(self) -> Iterator[pa.RecordBatch]:
        """In the order of the key."""
        return self._batches(f"ORDER BY {', '.join(self.dataset.key)}")

    def _batches(self, order: str) -> Iterator[pa.RecordBatch]:
        sql = f"SELECT {', '.join(self.dataset.columns)} FROM rows {self.where} {order}"
        return (batch.cast(self.schema) for batch in self.engine.sql(sql).to_arrow_reader(_BATCH_ROWS))


def write(dataset: Dataset, folder: Path, engine: duckdb.DuckDBPyConnection) -> dict[str, Path]:
    """Write every layout below `folder` unless it exists; returns the folder of each."""
    places = {name: folder / name.split()[0] / dataset.name for name in LAYOUTS}
    if places[CURATED].exists():
        return places
    names = ", ".join(dataset.columns)
    year = f", year({dataset.dated}) AS year" if dataset.dated else ""
    engine.execute(f"CREATE OR REPLACE TABLE rows AS SELECT {names}{year} FROM {dataset.rows}")
    if dataset.dated:
        years = [value for (value,) in engine.execute("SELECT DISTINCT year FROM rows ORDER BY 1").fetchall()]
        partitions = {f"year={value}": f"WHERE year = {value}" for value in years}
    else:
        partitions = {".": ""}
    for partition, where in partitions.items():
        rows = Rows(dataset, engine, where)
        for each in places.values():
            (each / partition).mkdir(parents=True)
        _write_text(rows, places[TEXT] / partition)
        _write_landed(rows, places[LANDING] / partition)
        for _ in files.write(rows, dataset.key, places[CURATED] / partition):
            pass
    engine.execute("DROP TABLE rows")
    return places


def _write_text(rows: Rows, folder: Path) -> None:
    """Lines of values between bars, as LazySimpleSerDe reads them: a file for each batch."""
    options = pcsv.WriteOptions(include_header=False, delimiter="|", quoting_style="none")

    def compress(number: int, table: pa.Table) -> None:
        times = [name for name in table.column_names if pa.types.is_timestamp(table.schema.field(name).type)]
        for name in times:
            texts = table[name].cast(pa.timestamp("ms")).cast(pa.string())
            table = table.set_column(table.column_names.index(name), name, texts)
        with gzip_ng.open(folder / f"{number:05d}.gz", "wb", compresslevel=_GZIP_LEVEL) as file:
            pcsv.write_csv(table, file, options)

    with ThreadPoolExecutor(2) as pool:
        waiting: list[Future[Any]] = []
        for number, batch in enumerate(rows.arrived()):
            waiting.append(pool.submit(compress, number, pa.Table.from_batches([batch])))
            if len(waiting) > 2:
                waiting.pop(0).result()
        for each in waiting:
            each.result()


def _write_landed(rows: Rows, folder: Path) -> None:
    """Files of about 128 MB; compression is Firehose's default."""
    batches = rows.arrived()
    number, batch = 0, next(batches, None)
    while batch is not None:
        path = folder / f"{number:05d}.parquet"
        with pq.ParquetWriter(path, rows.schema, compression="snappy", use_dictionary=False) as writer:
            while batch is not None and path.stat().st_size < _LANDED_BYTES:
                writer.write_batch(batch)
                batch = next(batches, None)
        number += 1
