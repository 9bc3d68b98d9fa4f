"""Sections 4.2 and 4.3: what prefixes become."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.conformance.firehose_table.aws import Aws, Stored, Stream
from tests.conformance.firehose_table.checks import delivered, moment
from tests.conformance.firehose_table.configurations import ERRORS, transform
from tests.conformance.firehose_table.row import Confidence, row

# --- 4.2 expressions ------------------------------------------------------------------------------


def _time(
    row_id: str, statement: str, pattern: str, wanted: Callable[[datetime], str], confidence: Confidence = "documented"
) -> None:
    """A row that compares an evaluated pattern with the time in the object's name."""

    @delivered(row_id, "4.2", statement, confidence, Prefix="!{timestamp:" + pattern + "}/")
    def _(stream: Stream, stored: Stored) -> Any:
        return stored.key.rpartition("/")[0], wanted(moment(stored))


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


_time("time-day-names", "`EEE` and `EEEE` are the day's name.", "EEE EEEE", lambda m: f"{m:%a %A}")
_time(
    "time-half-days",
    "`h`, `K`, `a`: hours of half days.",
    "h K a",
    lambda m: f"{(m.hour - 1) % 12 + 1} {m.hour % 12} {m:%p}",
)
_time(
    "time-quarter", "`Q` and `QQQ` are the quarter.", "Q QQQ", lambda m: f"{(m.month + 2) // 3} Q{(m.month + 2) // 3}"
)


@delivered(
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
    slowly = transform(BufferSizeInMBs="1", BufferIntervalInSeconds="600")  # a second of the fast clock
    stream = aws.stream(Prefix="!{timestamp:yyyy-MM-dd'T'HH:mm:ss.SSS}/", ProcessingConfiguration=slowly)
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


@delivered(
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
    assert abs(moment(stored) - there) < timedelta(minutes=2)
    assert stored.key.startswith(f"{moment(stored):%Y-%m-%d-%H-%M-%S}/")


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
    assert stored.key.split("/")[2] == f"{moment(stored):%H}"


# --- 4.3 rules ------------------------------------------------------------------------------------

_HOUR = r"\d{4}/\d\d/\d\d/\d\d/"


@delivered("no-prefix", "4.3", "Without a Prefix, objects are stored under `yyyy/MM/dd/HH/`.", "documented")
def _(stream: Stream, stored: Stored) -> Any:
    return bool(re.match(_HOUR + stream.name, stored.key)), True


@delivered(
    "plain-prefix",
    "4.3",
    "A Prefix without expressions gets `yyyy/MM/dd/HH/` appended, with no slash between.",
    "probed",
    Prefix="legacy",
)
def _(stream: Stream, stored: Stored) -> Any:
    return bool(re.match("legacy" + _HOUR + stream.name, stored.key)), True


@delivered(
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
    "no-error-prefix",
    "4.3",
    "Without an ErrorOutputPrefix, errors are stored under `<prefix><type>/yyyy/MM/dd/HH/`.",
    "code",
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
