"""Section 5: when objects are made, and what happens while something is out of order."""

import time
from collections.abc import Iterator

from tests.conformance.firehose_table.aws import Aws, Stream
from tests.conformance.firehose_table.configurations import DATABASE, converting, hints, s3, transform
from tests.conformance.firehose_table.row import row


@row("by-size", "5", "A buffer goes when it is full, and objects end where records end.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(BufferingHints=hints(1, 900))
    stream.put(*4 * [bytes(600_000)])
    yield
    assert [len(stored.body) for stored in stream.data(2)] == [1_200_000, 1_200_000]


@row("by-time", "5", "A buffer goes when its interval is over, however little it holds.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(BufferingHints=hints(128, 300))
    stream.put(b"little")
    yield
    assert stream.body(6) == b"little"


@row("size-before-compression", "5", "A buffer's size is measured before compression.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(BufferingHints=hints(1, 900), CompressionFormat="GZIP")
    stream.put(*4 * [bytes(600_000)])
    yield
    assert [len(stored.body) < 10_000 for stored in stream.data(2)] == [True, True]


@row("zero-buffering", "5", "An interval of 0 delivers what comes together, at once.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(BufferingHints=hints(128, 0))
    stream.put(b"a", b"b")
    yield
    assert stream.body(2) == b"ab"


@row(
    "s3-out-of-order",
    "5",
    "While S3 takes no object, delivery is tried again; nothing is lost for 24 hours.",
    "documented",
)
def _(aws: Aws) -> Iterator[None]:
    stream = Stream(aws, aws.name())
    stream.create({}, {})
    stream.put(b"patient")
    yield
    aws.s3.create_bucket(Bucket=stream.name)
    assert stream.body(7) == b"patient"


@row("table-gone", "5", "A table that cannot be read any more: all records go to `format-conversion-failed`.", "probed")
def _(aws: Aws) -> Iterator[None]:
    table = aws.table({"a": "int"})
    stream = aws.stream(**converting(table)).active()
    aws.glue.delete_table(DatabaseName=DATABASE, Name=table)
    stream.put(b'{"a": 1}', b'{"a": 2}')
    yield
    assert len(stream.errors(2, kind="format-conversion-failed/")) == 2
    assert stream.data(0) == []


@row("backup-out-of-order", "5", "A backup that cannot be stored does not hold up the data.", "inferred")
def _(aws: Aws) -> Iterator[None]:
    backup = s3("row-no-such-bucket", ErrorOutputPrefix=None, BufferingHints=hints(1, 900))
    stream = aws.stream(S3BackupMode="Enabled", S3BackupConfiguration=backup)
    stream.put(b"x")
    yield
    assert stream.body(1) == b"x"


@row(
    "interval-after-transform",
    "5",
    "With a transform, the interval counts from the transformed record's arrival.",
    "documented",
)
def _(aws: Aws) -> Iterator[None]:
    slowly = transform(BufferSizeInMBs="1", BufferIntervalInSeconds="600")  # a second of the fast clock
    stream = aws.stream(BufferingHints=hints(1, 900), ProcessingConfiguration=slowly)
    stream.put({"data": "x"})
    time.sleep(2.1)
    early = stream.objects()
    yield
    assert (early, stream.body(1)) == ([], b"x")
