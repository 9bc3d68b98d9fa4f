"""Records that Firehose refused, put again.

Producers park them in the lake's bucket under `undelivered/`. An object is deleted once Firehose has acknowledged all
its records, so a replay that was stopped resumes where it was. Records acknowledged just before it stopped are put
twice, and the views show their rows once: rows keep the time at which they were read.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from delivery.parking import PREFIX, parked_records, parked_stream
from delivery.putting import FirehoseSink
from delivery.retrying import unlimited
from standpipe.connection import Connection
from standpipe.datasets import contract_of


@dataclass(frozen=True)
class Replayed:
    """What was put to one stream."""

    stream: str
    objects: int
    records: int


def replay(connection: Connection, dataset: str | None = None) -> list[Replayed]:
    """Put everything that is parked, or what is parked for one dataset; a throttled stream is waited for.

    Raises `UnknownDatasetError`, and `UndeliveredError`: everything before it has been put and is no longer parked.
    """
    if dataset:
        contract_of(dataset)
    s3, firehose = connection.client("s3"), connection.client("firehose")
    prefix = f"{PREFIX}{connection.environment.stream(dataset)}/" if dataset else PREFIX
    done: dict[str, Replayed] = {}
    for key in _keys(s3, connection.lake, prefix):
        stream = parked_stream(key)
        records = list(parked_records(s3.get_object(Bucket=connection.lake, Key=key)["Body"].read()))
        FirehoseSink(firehose, stream, time.sleep, seconds_left=unlimited).put(records)
        s3.delete_object(Bucket=connection.lake, Key=key)
        before = done.get(stream, Replayed(stream, 0, 0))
        done[stream] = Replayed(stream, before.objects + 1, before.records + len(records))
    return list(done.values())


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return (found["Key"] for page in pages for found in page.get("Contents", []))
