"""Section 4: the keys and bodies of objects."""

import gzip
import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from firehose_table.aws import Aws, Stored, Stream
from firehose_table.configurations import ERRORS, processing, processor, transform
from firehose_table.row import Confidence, row

_NAME = r"(?P<stream>.+)-(?P<version>\d+)-(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)-(?P<uuid>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"


def _moment(stored: Stored) -> datetime:
    """The time in an object's name, taken as UTC."""
    match = re.search(_NAME, stored.key)
    assert match, stored.key
    return datetime.strptime(match["time"], "%Y-%m-%d-%H-%M-%S").replace(tzinfo=UTC)


def _delivered(
    row_id: str, section: str, statement: str, confidence: Confidence, here: str = "", /, **destination: Any
) -> Callable[[Callable[[Stream, Stored], Any]], Any]:
    """A row that delivers `abc` three times through such a destination and looks at the one object."""

    def register(look: Callable[[Stream, Stored], Any]) -> Any:
        @row(row_id, section, statement, confidence, here=here)
        def _(aws: Aws) -> Iterator[None]:
            stream = aws.stream(**destination)
            stream.put(*3 * [b"abc"])
            yield
            [stored] = stream.data()
            seen, wanted = look(stream, stored)
            assert seen == wanted, stored.key

        return look

    return register


# --- 4.1 names and encodings --------------------------------------------------------------------------------------------


@_delivered(
    "object-name",
    "4.1",
    "An object is called `<stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid>`.",
    "documented",
    Prefix="p/!{timestamp:yyyy}/",
)
def _(stream: Stream, stored: Stored) -> Any:
    match = re.fullmatch(rf"p/\d{{4}}/{_NAME}", stored.key)
    return match and (match["stream"], match["version"]), (stream.name, "1")


@_delivered("object-time", "4.1", "The time in the name is UTC.", "documented")
def _(stream: Stream, stored: Stored) -> Any:
    return abs(_moment(stored) - datetime.now(UTC)) < timedelta(minutes=2), True


@row("object-version", "4.1", "The version in the name goes up with every change of the configuration.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="a/")
    stream.update(Prefix="b/")
    stream.put(b"x")
    yield
    [stored] = stream.data()
    assert f"/{stream.name}-2-" in stored.key


@_delivered("object-content-type", "4.1", "Content-Type is `application/octet-stream`.", "probed")
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

    @_delivered(
        f"compression-{_format}", "4.1", f"CompressionFormat {_format}: {_words}.", "probed", CompressionFormat=_format
    )
    def _(
        stream: Stream, stored: Stored, extension: str = _extension, encoding: Any = _encoding, decode: Any = _decode
    ) -> Any:
        name = re.search(_NAME + r"(?P<extension>.*)$", stored.key)
        seen = name and name["extension"], stored.headers.get("content-encoding"), decode(stored.body)
        return seen, (extension, encoding, b"abcabcabc")


@_delivered(
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


@_delivered(
    "no-file-extension", "4.1", "An empty FileExtension is none.", "probed", CompressionFormat="GZIP", FileExtension=""
)
def _(stream: Stream, stored: Stored) -> Any:
    return stored.key.endswith(".gz"), True


# --- 4.2 expressions ----------------------------------------------------------------------------------------------------


def _time(
    row_id: str, statement: str, pattern: str, wanted: Callable[[datetime], str], confidence: Confidence = "documented"
) -> None:
    """A row that compares an evaluated pattern with the time in the object's name."""

    @_delivered(row_id, "4.2", statement, confidence, Prefix="!{timestamp:%s}/" % pattern)
    def _(stream: Stream, stored: Stored) -> Any:
        return stored.key.rpartition("/")[0], wanted(_moment(stored))


_time(
    "time-iso",
    "`yyyy-MM-dd HH:mm:ss` are year, month, day, hour, minute and second.",
    "yyyy-MM-dd HH:mm:ss",
    lambda m: f"{m:%Y-%m-%d %H:%M:%S}",
)
_time(
    "time-short",
    "One letter is a number without zeros before it.",
    "y M d H m s",
    lambda m: f"{m.year} {m.month} {m.day} {m.hour} {m.minute} {m.second}",
)
_time("time-two-digits", "`yy` is the year of the century.", "yy uu", lambda m: f"{m:%y} {m:%y}")
_time("time-day-of-year", "`DDD` is the day of the year, not of the month.", "DDD", lambda m: f"{m:%j}")
_time("time-month-names", "`MMM` and `MMMM` are the month's name.", "MMM MMMM", lambda m: f"{m:%b %B}")
_time(
    "time-quoted",
    "Text between single quotes stands for itself, two quotes for one.",
    "'year='yyyy''''",
    lambda m: f"year={m:%Y}'",
)
_time(
    "time-week-year", "`YYYY` is the year that the week belongs to, which is not always the calendar's.", "YYYY",
    lambda m: f"{(m + timedelta(days=(5 - m.weekday()) % 7)).year}",
)  # fmt: skip


@_delivered(
    "time-one-instant",
    "4.2",
    "All times of a key are of one instant.",
    "documented",
    Prefix="!{timestamp:HHmmssSSSSSS}/x!{timestamp:HHmmssSSSSSS}/",
)
def _(stream: Stream, stored: Stored) -> Any:
    first, second = stored.key.split("/")[:2]
    return "x" + first, second


@row("time-of-the-oldest", "4.2", "That instant is the arrival of the oldest record in the object.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="!{timestamp:yyyy-MM-dd'T'HH:mm:ss.SSS}/", ProcessingConfiguration=transform())
    stream.put({"keep": 1, "data": "a"})
    time.sleep(0.03)
    stream.put({"keep": 1, "data": "b"})
    yield
    stream.body(2)
    [stored] = stream.data()
    arrivals = [r["approximateArrivalTimestamp"] for event in stream.events() for r in event["records"]]
    oldest = datetime.fromtimestamp(min(arrivals) / 1000, UTC)
    assert stored.key.startswith(f"{oldest:%Y-%m-%dT%H:%M:%S}.{min(arrivals) % 1000:03d}/")


@row(
    "time-of-the-name",
    "4.1",
    "Whether the time in the name is the oldest arrival or the delivery.",
    "unknown",
    here="The oldest arrival.",
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="!{timestamp:yyyy-MM-dd-HH-mm-ss}/")
    stream.put(b"x")
    yield
    [stored] = stream.data()
    assert f"-{stored.key[:19]}-" in stored.key


@_delivered(
    "random-string",
    "4.2",
    "`!{firehose:random-string}` has 11 characters, and others each time.",
    "documented",
    Prefix="!{firehose:random-string}/!{firehose:random-string}/",
)
def _(stream: Stream, stored: Stored) -> Any:
    first, second = stored.key.split("/")[:2]
    return (len(first), len(second), first == second), (11, 11, False)


@row("zone-of-prefix", "4.2", "CustomTimeZone is the zone of the prefix and of the name.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(CustomTimeZone="Asia/Kolkata", Prefix="!{timestamp:yyyy-MM-dd-HH-mm-ss}/")
    stream.put(b"x")
    yield
    [stored] = stream.data()
    there = datetime.now(ZoneInfo("Asia/Kolkata")).replace(tzinfo=UTC)
    assert abs(_moment(stored) - there) < timedelta(minutes=2)
    assert stored.key.startswith(f"{_moment(stored):%Y-%m-%d-%H-%M-%S}/")


@row("zone-of-errors", "4.2", "CustomTimeZone is the zone of ErrorOutputPrefix, too.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(
        CustomTimeZone="Asia/Kolkata",
        ErrorOutputPrefix=ERRORS + "!{timestamp:HH}/",
        ProcessingConfiguration=transform(),
    )
    stream.put({"answers": []})
    yield
    [stored] = stream.error_objects()
    assert stored.key.split("/")[2] == f"{_moment(stored):%H}"


# --- 4.3 rules ----------------------------------------------------------------------------------------------------------

_HOUR = r"\d{4}/\d\d/\d\d/\d\d/"


@_delivered("no-prefix", "4.3", "Without a Prefix, objects lie under `yyyy/MM/dd/HH/`.", "documented")
def _(stream: Stream, stored: Stored) -> Any:
    return bool(re.match(_HOUR + stream.name, stored.key)), True


@_delivered(
    "plain-prefix",
    "4.3",
    "A Prefix without expressions gets `yyyy/MM/dd/HH/` appended, with no slash between.",
    "probed",
    Prefix="legacy",
)
def _(stream: Stream, stored: Stored) -> Any:
    return bool(re.match("legacy" + _HOUR + stream.name, stored.key)), True


@_delivered(
    "any-expression",
    "4.3",
    "A Prefix with any expression is used as it is; a page of 2023 appends a time if it has none.",
    "probed",
    Prefix="r/!{firehose:random-string}/",
)
def _(stream: Stream, stored: Stored) -> Any:
    return bool(re.match(rf"r/\w{{11}}/{stream.name}", stored.key)), True


@row("error-prefix-no-time", "4.3", "An ErrorOutputPrefix with expressions gets no time appended.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ErrorOutputPrefix="errors/!{firehose:error-output-type}/", ProcessingConfiguration=transform())
    stream.put({"answers": []})
    yield
    assert [s.key.startswith(f"errors/processing-failed/{stream.name}") for s in stream.error_objects()] == [True]


@row(
    "no-error-prefix", "4.3", "Without an ErrorOutputPrefix, errors lie under `<prefix><type>/yyyy/MM/dd/HH/`.", "code"
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="p/", ErrorOutputPrefix=None, ProcessingConfiguration=transform())
    stream.put({"answers": []})
    yield
    assert [bool(re.match(f"p/processing-failed/{_HOUR}", stored.key)) for stored in stream.data()] == [True]


@row(
    "plain-error-prefix", "4.3", "What an ErrorOutputPrefix without expressions becomes.", "unknown",
    here="`<error-output-type>/yyyy/MM/dd/HH/` is appended.",
)  # fmt: skip
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ErrorOutputPrefix="errors/", ProcessingConfiguration=transform())
    stream.put({"answers": []})
    yield
    assert [bool(re.match(f"errors/processing-failed/{_HOUR}", s.key)) for s in stream.error_objects()] == [True]


# --- 4.4 separators -----------------------------------------------------------------------------------------------------


@_delivered("no-separator", "4.4", "Records stand one behind the other with nothing between.", "documented")
def _(stream: Stream, stored: Stored) -> Any:
    return stored.body, b"abcabcabc"


@_delivered(
    "delimiter", "4.4", "AppendDelimiterToRecord puts a newline behind every record, without dynamic partitioning, too.", "documented",
    ProcessingConfiguration=processing(processor("AppendDelimiterToRecord")),
)  # fmt: skip
def _(stream: Stream, stored: Stored) -> Any:
    return stored.body, b"abc\nabc\nabc\n"


@_delivered(
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
    here="Behind the transform.",
)
def _(aws: Aws) -> Iterator[None]:
    [function] = transform()["Processors"]
    stream = aws.stream(ProcessingConfiguration=processing(processor("AppendDelimiterToRecord"), function))
    stream.put({"data": "x"}, {"data": "y"})
    yield
    assert stream.body(4) == b"x\ny\n"
