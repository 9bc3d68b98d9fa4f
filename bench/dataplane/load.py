"""Putting records and waiting for their rows in the lake, timed."""

import io
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pyarrow.parquet as pq

from bench.dataplane.setup import BUCKET, client
from delivery import limits

PATIENCE_SECONDS: Final = 240.0
_LOOK_SECONDS: Final = 0.2
_FOOTER_BYTES: Final = 65_536


def batches(records: Sequence[bytes]) -> Iterator[list[dict[str, bytes]]]:
    """PutRecordBatch requests within 500 records and 4 MiB."""
    batch: list[dict[str, bytes]] = []
    size = 0
    for data in records:
        if len(batch) == limits.MAX_BATCH_RECORDS or size + len(data) > limits.MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append({"Data": data})
        size += len(data)
    yield batch


def put(url: str, stream: str, records: Sequence[bytes], threads: int = 1) -> float:
    """Put all records with one client, retrying what is throttled; returns the seconds it took."""
    firehose = client(url, "firehose")

    def send(batch: list[dict[str, bytes]]) -> None:
        while batch:
            answer = firehose.put_record_batch(DeliveryStreamName=stream, Records=batch)
            responses = answer["RequestResponses"]
            if not answer["FailedPutCount"]:
                return
            batch = [r for r, response in zip(batch, responses, strict=True) if "ErrorCode" in response]
            time.sleep(0.2)

    start = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(send, batches(records)):
            pass
    return time.monotonic() - start


def wait_for_rows(url: str, prefix: str, count: int) -> None:
    """Return once Parquet objects under a prefix hold `count` rows; raises TimeoutError."""
    s3, seen, deadline = client(url, "s3"), dict[str, int](), time.monotonic() + PATIENCE_SECONDS
    while sum(seen.values()) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{sum(seen.values())} of {count} rows under {prefix}")
        time.sleep(_LOOK_SECONDS)
        for key, size in _objects(s3, prefix):
            if key not in seen:
                seen[key] = _rows(s3, key, size)


def _objects(s3: Any, prefix: str) -> Iterator[tuple[str, int]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        for item in page.get("Contents", ()):
            yield item["Key"], item["Size"]


def _rows(s3: Any, key: str, size: int) -> int:
    """How many rows a Parquet object has; only the end of it, with the footer, is fetched."""
    end = s3.get_object(Bucket=BUCKET, Key=key, Range=f"bytes=-{min(size, _FOOTER_BYTES)}")["Body"].read()
    rows: int = pq.ParquetFile(io.BytesIO(bytes(size - len(end)) + end)).metadata.num_rows
    return rows
