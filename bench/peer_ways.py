"""The same job with dlt and with awswrangler: read a file, make JSON lines, pack them, pass them to a counting sink.

They need other versions of pyarrow and boto3 (`bench/peers.txt`), in an environment of their own. Neither writes to
Firehose, so their rows are packed here into records of 500 KB in the simplest way.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

RECORD_BYTES: Final = 512_000


def dlt(file: Path) -> int:
    """dlt's filesystem reader for the format, and a custom destination."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["DLT_DATA_DIR"] = tempfile.mkdtemp()
    import dlt as library
    from dlt.sources.filesystem import filesystem, read_csv, read_jsonl, read_parquet

    reader = {".csv": read_csv, ".ndjson": read_jsonl, ".parquet": read_parquet}[file.suffix]()
    sink = Sink()

    @library.destination(batch_size=10_000, name="counting")
    def counting(items: Any, table: Any) -> None:  # noqa: ARG001
        sink.take(json.dumps(item, default=str) for item in items)

    pipeline = library.pipeline("bench", destination=counting, pipelines_dir=tempfile.mkdtemp())
    pipeline.run(filesystem(bucket_url=file.parent.as_uri(), file_glob=file.name) | reader, table_name="trades")
    return sink.rows


def awswrangler(file: Path) -> int:
    """awswrangler's chunks from S3, served in this process by moto."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0)
    server.start()
    _, port = server.get_host_and_port()
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1",
                      AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")  # fmt: skip
    import awswrangler as library
    import boto3

    boto3.client("s3").create_bucket(Bucket="bench")
    boto3.client("s3").upload_file(str(file), "bench", file.name)
    path = f"s3://bench/{file.name}"
    chunks = {
        ".csv": lambda: library.s3.read_csv(path, chunksize=100_000, dtype=str),
        ".ndjson": lambda: library.s3.read_json(path, chunksize=100_000, lines=True, dtype=False),
        ".parquet": lambda: library.s3.read_parquet(path, chunked=100_000),
    }[file.suffix]()
    sink = Sink()
    for frame in chunks:
        sink.take(frame.to_json(orient="records", lines=True, date_format="iso").splitlines())
    server.stop()
    return sink.rows


class Sink:
    """Packs lines into records, counts them and discards them."""

    def __init__(self) -> None:
        self.rows = 0
        self.records = 0
        self._held: list[str] = []
        self._size = 0

    def take(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._held.append(line)
            self._size += len(line) + 1
            self.rows += 1
            if self._size > RECORD_BYTES:
                "\n".join(self._held).encode()
                self.records += 1
                self._held, self._size = [], 0


WAYS: Final[dict[str, Callable[[Path], int]]] = {"dlt": dlt, "awswrangler": awswrangler}

if __name__ == "__main__":
    from bench.source_ways import measure

    measure(WAYS[sys.argv[1]], *map(Path, sys.argv[2:]))
