"""Sections 4.1 and 4.4: the names and bodies of objects."""

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from tests.conformance.firehose_table.aws import Aws, Stored, Stream
from tests.conformance.firehose_table.checks import NAME, delivered, moment
from tests.conformance.firehose_table.configurations import processing, processor, transform
from tests.conformance.firehose_table.row import row

# --- 4.1 names and encodings ----------------------------------------------------------------------


@delivered(
    "object-name",
    "4.1",
    "An object is called `<stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid>`.",
    "documented",
    Prefix="p/!{timestamp:yyyy}/",
)
def _(stream: Stream, stored: Stored) -> Any:
    match = re.fullmatch(rf"p/\d{{4}}/{NAME}", stored.key)
    return match and (match["stream"], match["version"]), (stream.name, "1")


@delivered("object-time", "4.1", "The time in the name is UTC.", "documented")
def _(stream: Stream, stored: Stored) -> Any:
    return abs(moment(stored) - datetime.now(UTC)) < timedelta(minutes=2), True


@row("object-version", "4.1", "The version in the name goes up with every change of the configuration.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="a/")
    stream.update(Prefix="b/")
    stream.put(b"x")
    yield
    [stored] = stream.data()
    assert f"/{stream.name}-2-" in stored.key


@delivered("object-content-type", "4.1", "Content-Type is `application/octet-stream`.", "probed")
def _(stream: Stream, stored: Stored) -> Any:
    return stored.headers["content-type"], "application/octet-stream"


def _unzipped(body: bytes) -> bytes:
    archive = zipfile.ZipFile(io.BytesIO(body))
    [name] = archive.namelist()
    return archive.read(name)


def _snappy(block: bytes) -> bytes:
    return bytes(pa.decompress(block, 9, codec="snappy", asbytes=True))


def _xerial(body: bytes) -> bytes:
    assert body[:8] == b"\x82SNAPPY\x00"
    return _snappy(body[20:])


for _format, _extension, _encoding, _decode in (
    ("UNCOMPRESSED", "", None, bytes),
    ("GZIP", ".gz", "gzip", gzip.decompress),
    ("ZIP", ".zip", "zip", _unzipped),
    ("Snappy", ".snappy", "snappy-java", _xerial),
    ("HADOOP_SNAPPY", ".snappy", "hadoop-snappy", lambda body: _snappy(body[8:])),
):
    _words = (
        f"extension `{_extension}`, Content-Encoding `{_encoding}`"
        if _encoding
        else "no extension, no Content-Encoding"
    )

    @delivered(
        f"compression-{_format}", "4.1", f"CompressionFormat {_format}: {_words}.", "probed", CompressionFormat=_format
    )
    def _(
        stream: Stream, stored: Stored, extension: str = _extension, encoding: Any = _encoding, decode: Any = _decode
    ) -> Any:
        name = re.search(NAME + r"(?P<extension>.*)$", stored.key)
        seen = name and name["extension"], stored.headers.get("content-encoding"), decode(stored.body)
        return seen, (extension, encoding, b"abcabcabc")


@delivered(
    "file-extension",
    "4.1",
    "FileExtension replaces the extension and changes nothing else.",
    "documented",
    CompressionFormat="GZIP",
    FileExtension=".json.gz-x",
)
def _(stream: Stream, stored: Stored) -> Any:
    seen = stored.key.endswith(".json.gz-x"), ".gz.json" in stored.key, gzip.decompress(stored.body)
    return seen, (True, False, b"abcabcabc")


@delivered(
    "no-file-extension",
    "4.1",
    "An empty FileExtension counts as none.",
    "probed",
    CompressionFormat="GZIP",
    FileExtension="",
)
def _(stream: Stream, stored: Stored) -> Any:
    return stored.key.endswith(".gz"), True


# --- 4.4 separators -------------------------------------------------------------------------------


@delivered("no-separator", "4.4", "Records stand one after the other with nothing between.", "documented")
def _(stream: Stream, stored: Stored) -> Any:
    return stored.body, b"abcabcabc"


@delivered(
    "delimiter", "4.4",
    "AppendDelimiterToRecord appends a newline to every record, without dynamic partitioning, too.", "documented",
    ProcessingConfiguration=processing(processor("AppendDelimiterToRecord")),
)  # fmt: skip
def _(stream: Stream, stored: Stored) -> Any:
    return stored.body, b"abc\nabc\nabc\n"


@delivered(
    "delimiter-parameter", "4.4", "Templates give its Delimiter as `\\n`, a backslash and an n: a newline.", "code",
    ProcessingConfiguration=processing(processor("AppendDelimiterToRecord", Delimiter="\\n")),
)  # fmt: skip
def _(stream: Stream, stored: Stored) -> Any:
    return stored.body, b"abc\nabc\nabc\n"


@row(
    "delimiter-after-transform",
    "4.4",
    "Where AppendDelimiterToRecord stands among the stages.",
    "unknown",
    here="After the transform.",
)
def _(aws: Aws) -> Iterator[None]:
    [function] = transform()["Processors"]
    stream = aws.stream(ProcessingConfiguration=processing(processor("AppendDelimiterToRecord"), function))
    stream.put({"data": "x"}, {"data": "y"})
    yield
    assert stream.body(4) == b"x\ny\n"
