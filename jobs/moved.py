"""Keys that have moved: their newest version lies in another partition than older ones.

That happens where the key does not imply the partition. A partition must then leave the key out although nothing has
landed in it. Which keys have moved follows from all that has landed in the table: it is found once for each state of
that, and kept.

    curated/trades/_moved/5be1….parquet
"""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.catalogue import Dataset
from jobs.lake import Lake, Stored
from jobs.landed import downloaded, fingerprint
from jobs.rows import DELETED, quoted, typed

_PARTITION: Final = "_partition"
"""The column that names the partition which a key has left; no column of a contract begins so."""


def moved(lake: Lake, dataset: Dataset, landed: Mapping[str, Sequence[Stored]], memory: str) -> dict[str, pa.Table]:
    """For each partition that keys have left: the versions, in other partitions, that supersede what it has of them.

    They are rows of the key, `ingested_at`, `source` and `is_deleted`: in that partition the row is gone since then.
    All that landed is read when something has. Raises `duckdb.Error` for files that cannot be, and `FileNotFoundError`
    when another run, which has seen more, deleted what is kept.
    """
    states = "".join(fingerprint(dataset, objects) for _, objects in sorted(landed.items()))
    folder = f"{dataset.curated}_moved/"
    name = f"{folder}{hashlib.sha256(states.encode()).hexdigest()}.parquet"
    kept = [stored.key for stored in lake.objects(folder)]
    if name in kept:
        found = pq.read_table(BytesIO(lake.read(name)))
    else:
        found = _found(lake, dataset, landed, memory)
        lake.create(name, _written(found))
        lake.delete(kept)
    left = pc.unique(found[_PARTITION]).to_pylist()
    return {value: found.filter(pc.equal(found[_PARTITION], value)).drop_columns([_PARTITION]) for value in left}


def _found(lake: Lake, dataset: Dataset, landed: Mapping[str, Sequence[Stored]], memory: str) -> pa.Table:
    of_key = [next(column for column in dataset.columns if column.name == name) for name in dataset.key]
    key = ", ".join(map(quoted, dataset.key))
    with tempfile.TemporaryDirectory() as scratch:
        engine: Any = duckdb.connect(config={"memory_limit": memory, "temp_directory": scratch})
        nothing = ", ".join(typed(column, there=False) for column in of_key)
        engine.execute(
            f"CREATE TABLE newest AS SELECT {nothing}, CAST(NULL AS STRUCT(ingested_at TIMESTAMP, source VARCHAR, "
            f"{_PARTITION} VARCHAR)) AS version LIMIT 0"
        )
        for value, objects in landed.items():
            files = downloaded(lake, objects, Path(scratch))
            rows = engine.read_parquet(list(map(str, files)), union_by_name=True, hive_partitioning=False)
            rows.create_view("landed")
            known = ", ".join(typed(column, column.name in rows.columns) for column in of_key)
            version = f"{{ingested_at: CAST(ingested_at AS TIMESTAMP), source: source, {_PARTITION}: ?}}"
            engine.execute(f"INSERT INTO newest SELECT {known}, max({version}) FROM landed GROUP BY ALL", [value])
            for file in files:
                file.unlink()
        return engine.sql(
            f"SELECT older.version.{_PARTITION} AS {_PARTITION}, {key}, latest.ingested_at, latest.source, "
            f"true AS {DELETED} FROM newest AS older JOIN (SELECT {key}, max(version) AS latest FROM newest "
            f"GROUP BY {key} HAVING count(*) > 1) AS several USING ({key}) "
            f"WHERE older.version <> latest ORDER BY ALL"
        ).to_arrow_table()


def _written(table: pa.Table) -> bytes:
    sink = BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
