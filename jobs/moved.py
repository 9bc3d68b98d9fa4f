"""Keys that have moved: their newest version is in another partition than older ones.

That happens where the key does not imply the partition. A partition must then leave the key out although nothing has
landed in it. What was found is kept, with the state of the table in which it was. When partitions have changed since,
their keys are searched for in the kept keys of the others; all other keys are where they were.

    curated/trades/_moved/5be1….parquet
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs import keys
from jobs.catalogue import Dataset
from jobs.keys import PARTITION
from jobs.lake import Lake, Stored
from jobs.landed import downloaded, fingerprint
from jobs.rows import DELETED, quoted

_LATEST: Final = "_latest"
"""The column that names the partition which a key has moved to."""
_STATE: Final = b"state"

State = Mapping[str, str]
"""Of a table: the fingerprint of what has landed in each partition."""


class _Found(NamedTuple):
    """The state of a table, and its keys that have moved: from `_partition` to `_latest`."""

    state: State
    rows: pa.Table


def moved(lake: Lake, dataset: Dataset, landed: Mapping[str, Sequence[Stored]], memory: str) -> dict[str, pa.Table]:
    """For each partition that keys have left: the versions, in other partitions, that supersede what it has of them.

    They are rows of the key, `ingested_at`, `source` and `is_deleted`: in that partition the row is gone since then.
    Of partitions that have changed, all that landed is read. Raises `duckdb.Error` for files that cannot be, and
    `FileNotFoundError` when another run, which has seen more, deleted what is kept.
    """
    state = {value: fingerprint(dataset, objects) for value, objects in sorted(landed.items())}
    before = sorted(lake.objects(_folder(dataset)), key=lambda stored: stored.modified)
    found = _read(lake.read(before[-1].key)) if before else None
    if found is None or found.state != state:
        there = {stored.key for stored in lake.objects(keys.folder(dataset))}
        names = {value: keys.name(dataset, value, landed_there) for value, landed_there in state.items()}
        for value in names:
            if names[value] not in there:
                keys.keep(lake, dataset, value, landed[value], names[value], memory)
        found = _Found(state, _searched(lake, dataset, found, state, list(names.values()), memory))
        name = f"{_folder(dataset)}{hashlib.sha256(json.dumps(state).encode()).hexdigest()}.parquet"
        lake.create(name, _written(found))
        lake.delete(there.union(stored.key for stored in before).difference(names.values(), [name]))
    superseding = found.rows.select([*dataset.key, "ingested_at", "source", DELETED])
    left = found.rows[PARTITION]
    return {value: superseding.filter(pc.equal(left, value)) for value in pc.unique(left).to_pylist()}


def _searched(
    lake: Lake, dataset: Dataset, before: _Found | None, state: State, names: Sequence[str], memory: str
) -> pa.Table:
    """The keys of changed partitions are searched for in all; what was known of other keys holds."""
    old = before.state if before else {}
    changed = [value for value in state.keys() | old.keys() if state.get(value) != old.get(value)]
    key = ", ".join(map(quoted, dataset.key))
    version = f"{{ingested_at: ingested_at, source: source, {PARTITION}: {PARTITION}}}"
    with tempfile.TemporaryDirectory() as scratch:
        engine: Any = duckdb.connect(config={"memory_limit": memory, "temp_directory": scratch})
        engine.read_parquet(list(map(str, downloaded(lake, names, Path(scratch))))).create_view("kept")
        engine.execute("CREATE TABLE changed AS SELECT unnest(?) AS value", [changed])
        engine.execute(f"CREATE TABLE known AS SELECT *, {PARTITION} AS {_LATEST}, true AS {DELETED} FROM kept LIMIT 0")
        if before:
            engine.from_arrow(before.rows).insert_into("known")
        engine.execute(f"CREATE TABLE versions AS FROM kept WHERE {PARTITION} IN (FROM changed)")
        engine.execute(
            f"CREATE TABLE searched AS SELECT {key} FROM versions UNION SELECT {key} FROM known "
            f"WHERE {PARTITION} IN (FROM changed) OR {_LATEST} IN (FROM changed)"
        )
        engine.execute(
            f"INSERT INTO versions SELECT * FROM kept SEMI JOIN searched USING ({key}) "
            f"WHERE {PARTITION} NOT IN (FROM changed)"
        )
        return engine.sql(
            f"SELECT {key}, latest.ingested_at, latest.source, {PARTITION}, latest.{PARTITION} AS {_LATEST}, "
            f"true AS {DELETED} FROM versions JOIN (SELECT {key}, max({version}) AS latest FROM versions "
            f"GROUP BY {key}) AS newest USING ({key}) WHERE {PARTITION} <> latest.{PARTITION} "
            f"UNION ALL SELECT * FROM known ANTI JOIN searched USING ({key}) ORDER BY ALL"
        ).to_arrow_table()


def _read(body: bytes) -> _Found:
    rows = pq.read_table(BytesIO(body))
    return _Found(json.loads(rows.schema.metadata[_STATE]), rows)


def _written(found: _Found) -> bytes:
    sink = BytesIO()
    pq.write_table(found.rows.replace_schema_metadata({_STATE: json.dumps(found.state)}), sink, compression="zstd")
    return sink.getvalue()


def _folder(dataset: Dataset) -> str:
    return f"{dataset.curated}_moved/"
