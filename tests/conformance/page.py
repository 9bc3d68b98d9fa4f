"""Write docs/firehose-conformance.md: `make docs`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from tests import tables
from tests.conformance.firehose_table.all_rows import ROWS
from tests.conformance.firehose_table.notes import NOTES, Kind
from tests.conformance.firehose_table.row import Confidence, Row

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "firehose-conformance.md"
_OPENX = ROOT / "tests" / "local" / "serde" / "openx-serde-deviations.tsv"
_SECTIONS = {
    "1.1": "Limits and protocol",
    "1.2": "Answers of puts",
    "1.3": "Errors",
    "1.4": "Delivery",
    "1.5": "Quotas",
    "2.1": "Invoking the transform",
    "2.2": "The transform's event",
    "2.3": "The transform's answer",
    "2.4": "Outcomes of the transform",
    "2.5": "Error objects of the transform",
    "2.7": "Backup",
    "3.1": "Dynamic partitioning",
    "3.2": "Partition keys",
    "3.3": "The order of the stages",
    "3.4": "De-aggregation",
    "3.5": "Active partitions",
    "3.6": "Failures of partitioning",
    "3.7": "Several rows out of one record",
    "4.1": "Names and bodies of objects",
    "4.2": "Prefix expressions",
    "4.3": "Prefix rules",
    "4.4": "Separators",
    "5": "Buffering and outages",
    "6.1": "Configuration of the conversion",
    "6.2": "Documents in records",
    "6.3": "Columns",
    "6.4": "Types",
    "6.5": "Values under the OpenX SerDe",
    "6.6": "Values under the Hive SerDe",
    "6.7": "Error objects of the conversion",
    "7": "Metrics and logs",
    "8": "Encryption and roles",
    "9.1": "Streams",
}
_KNOWN = {
    "documented": "AWS's documentation, API model or CloudFormation schema says so",
    "probed": "observed on AWS: a captured answer or object",
    "code": "read in code: the CDK, samples of AWS, the SerDe's source, other emulators",
    "inferred": "concluded from the above",
    "unknown": "not known; the local Firehose does what is safe",
}
_NOTE_TITLES: dict[Kind, str] = {
    "choice": "Further choices where AWS is silent",
    "refused": "On AWS and refused here",
    "design": "Different by design",
}


_INTRODUCTION = """# How close the local Firehose is to AWS

<!-- Written by tests/conformance/page.py (`make docs`): edit the rows in tests/conformance/firehose_table. -->

`local/firehose/` executes the same stream configuration that `AWS::KinesisFirehose::DeliveryStream` deploys.
This page is generated from a table of {count} statements about Amazon Data Firehose. Each has a check that boto3 runs
over HTTP against the gateway, with real objects, tables and functions behind it: `pytest tests/conformance`.
We have not verified any statement against an AWS account.
"""


def page() -> str:
    """The page's whole text."""
    return "\n".join([*_head(), *_choices(), *_deviations(), *_notes(), *_openx(), *_statements()])


def _head() -> Iterator[str]:
    counts = Counter(row.confidence for row in ROWS)
    yield _INTRODUCTION.format(count=len(ROWS))
    yield "| A statement is | because | Statements |"
    yield "|---|---|---:|"
    for confidence in get_args(Confidence):
        yield f"| {confidence} | {_KNOWN[confidence]} | {counts[confidence]} |"
    yield ""


def _choices() -> Iterator[str]:
    yield "## What is not known of AWS, and what happens here"
    yield ""
    rows = [row for row in _sorted() if row.confidence == "unknown"]
    yield from tables.markdown(
        ("Part", "Not known", "Here"), ((_SECTIONS[r.section], r.statement, r.here) for r in rows)
    )


def _deviations() -> Iterator[str]:
    yield "## What is known of AWS, and done differently or decided here"
    yield ""
    rows = [row for row in _sorted() if row.here and row.confidence != "unknown"]
    yield from tables.markdown(("Part", "On AWS", "Here"), ((_SECTIONS[r.section], r.statement, r.here) for r in rows))


def _notes() -> Iterator[str]:
    for kind, title in _NOTE_TITLES.items():
        notes = sorted((n for n in NOTES if n.kind == kind), key=lambda n: list(_SECTIONS).index(n.section))
        if notes:
            yield f"## {title}"
            yield ""
            yield from (f"- {_SECTIONS[note.section]}: {note.text}" for note in notes)
            yield ""


def _openx() -> Iterator[str]:
    if not _OPENX.exists():
        return
    yield "## Where values are read differently than by upstream's OpenX SerDe"
    yield ""
    yield "AWS runs a fork of that SerDe. All other values of `tests/local/serde/openx-serde-cases.tsv` are read alike."
    yield ""
    rows = ((f"`{c}`", f"`{v}`", f"`{h}`", why) for c, v, h, why in tables.cases(_OPENX))
    yield from tables.markdown(("Column", "Value", "Here", "Why"), rows)


def _statements() -> Iterator[str]:
    yield "## Every statement"
    yield ""
    for section, title in _SECTIONS.items():
        rows = [row for row in ROWS if row.section == section]
        if rows:
            yield f"### {title}"
            yield ""
            yield from tables.markdown(("Statement", "Known", "Row"), (_statement(row) for row in rows))


def _statement(row: Row) -> tuple[str, str, str]:
    here = f" **Here:** {row.here}" if row.here else ""
    return row.statement + here, row.confidence, f"`{row.id}`"


def _sorted() -> list[Row]:
    order = list(_SECTIONS)
    return sorted(ROWS, key=lambda row: order.index(row.section))


if __name__ == "__main__":
    PAGE.write_text(page())
