"""What the table cannot check over HTTP: further choices, and what differs by design."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["choice", "refused", "design"]
"""Chosen where AWS is silent; on AWS and not here; different because this runs on one machine."""


@dataclass(frozen=True)
class Note:
    """One sentence of the page, and the section of what it is about."""

    kind: Kind
    section: str
    text: str


NOTES = [
    Note(
        "choice", "1.3",
        "A put is answered `ServiceUnavailableException`, `Slow down.`, while too much of a stream waits for "
        "delivery or the disk is full; of a batch, what fits is taken and the rest answered so, record by record.",
    ),
    Note("choice", "1.4", "A process that is killed transforms again what was transformed and not stored yet."),
    Note("choice", "2.4", "Pauses between attempts of the transform: 1 second, doubling, 60 seconds at most."),
    Note(
        "choice", "2.4",
        "A service that does not answer, because it is not up yet, is waited for: that does not count as an attempt "
        "and fails no record.",
    ),
    Note(
        "choice", "2.5",
        "Failures are buffered by the destination's hints; failures of the conversion are stored with the object "
        "that they are missing from.",
    ),
    Note(
        "choice", "3.2",
        "Queries run on jq 1.8, held to 1.6's functions, syntax and numbers. Some functions that both have differ: "
        "`ltrimstr`, `rtrimstr` and `limit` fail on what 1.6 lets pass (no text, a negative count), `limit(0; f)` "
        "gives nothing, `tonumber` takes no blanks, text times 0 is empty text and not null, and `contains` looks "
        "past a NUL.",
    ),
    Note(
        "choice", "4.2",
        "Time patterns are those of a JDK 17 in English, without the letters that came after Java 8 (`g`, `v`, `B`). "
        "`z` is the IANA database's abbreviation: for zones where that is a number Java has names of its own. What is "
        "longer than its padding `p` is written as it is, where Java fails.",
    ),
    Note(
        "choice", "4.3",
        "A prefix is measured at create with the longest time it can have. Whether one without a time gets it appended "
        "is disputed between AWS's pages and probes: give every prefix a `!{timestamp:...}`.",
    ),
    Note("choice", "5", "Pauses between attempts of S3: 1 second, doubling, 60 seconds at most."),
    Note("choice", "5", "After 24 hours, when AWS loses what it could not deliver, delivery is retried."),
    Note("choice", "6.3", "A table is asked for again after 5 minutes, and after an update of the stream."),
    Note(
        "choice", "9.1",
        "A 5,001st stream is refused by `LimitExceededException` (older pages of AWS say 50); 500 active partitions "
        "cannot be raised.",
    ),
    Note("choice", "9.1", "Of a tag's key that comes twice in one request, the last value counts."),
    Note(
        "design", "6.4",
        "A timestamp column keeps nanoseconds, but for an object in which it has a time outside of 1677 to 2262, too: "
        "there it keeps microseconds.",
    ),
    Note(
        "choice", "6.4",
        "A table that cannot be read: `DataFormatConversion.InvalidSchema` for every record, until it can.",
    ),
    Note(
        "design", "1.4",
        "A put is answered when its records are on disk: a process that is killed at any moment loses none of "
        "them.",
    ),
    Note("design", "1.5", "AWS's quotas of records, requests and bytes a second are not enforced."),
    Note(
        "design", "5",
        "`--speed N` divides every wait: intervals, pauses, retry durations, caches. Times in keys, in error "
        "objects and in Describe stay true.",
    ),
    Note(
        "design", "1.5",
        "A stream's journal takes up to 1 GiB of disk before puts are throttled. When buffers that wait for their "
        "hints hold half of that, they are delivered early.",
    ),
    Note(
        "design", "5",
        "An object that this machine's disk does not take is answered with `InternalError`; delivery "
        "is retried, and its records stay in the journal until there is room.",
    ),
    Note(
        "design", "5",
        "A stream holds about one full buffer and 32 MiB in memory; the rest waits on disk. When that much is spread "
        "over partitions, the largest of them is delivered before its hints.",
    ),
    Note(
        "design", "5",
        "A record that a fault of this program keeps from being stored goes to the error prefix with the code "
        "`InternalFailure`; it is the only one.",
    ),
    Note(
        "design", "6.1",
        "MaxPaddingBytes of Parquet, and BlockSizeBytes and EnablePadding of ORC, are stored and not used: they are "
        "for HDFS.",
    ),
    Note(
        "choice", "7",
        "Metrics and errors are sent to CloudWatch once a minute, at most every 5 seconds of real time; an error that "
        "repeats is logged once between two times, and errors of the backup in the destination's log.",
    ),
    Note(
        "design", "7",
        "DataFreshness is true at any `--speed`. MiniStack's alarms look at a metric of all streams together, whatever "
        "their dimensions say.",
    ),
    Note("design", "7", "There are no `KMSKey...` metrics, since nothing is encrypted; no `PerPartitionThroughput`."),
    Note(
        "design", "8",
        "Roles are stored and shown, not assumed: nothing is refused for lack of a permission, and "
        "`Lambda.InvokeAccessDenied` or `S3.AccessDenied` come only from a service that says so.",
    ),
]  # fmt: skip
