"""Where the SQL comes from, and where the rows go."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

from standpipe import report
from standpipe.connection import Connection
from standpipe.query.athena import Answer, Column, FileFormat, QueryError, Row

Format = Literal["table", FileFormat]

STANDARD_INPUT = "-"
MOST_SHOWN = 1_000
"""Rows of a table on the screen: nobody reads more, and drawing 100,000 takes minutes."""


_DIGITS = 12
"""Of a floating point number in a table: more than prices have, fewer than show how sums are rounded."""


class UsageError(Exception):
    """Options of the command that do not fit together; the message says which do."""


@dataclass(frozen=True)
class Where:
    """Where the SQL is: in a text (`-`: standard input), in a file, or in a saved query of that name."""

    text: str | None
    file: Path | None
    named: str | None


def sql_of(connection: Connection, where: Where) -> str:
    """The SQL to run; raises `UsageError`, and `QueryError` if no saved query has the name."""
    given = [each for each in (where.text, where.file, where.named) if each is not None]
    if len(given) > 1:
        raise UsageError("give the SQL once: as an argument, with --file or with --named")
    if where.file is not None:
        try:
            return where.file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(f"{where.file}: byte {error.start:,} is not UTF-8; save it as UTF-8") from None
    if where.named is not None:
        return _named(connection.client("athena"), where.named, connection.environment.workgroup)
    is_typed = where.text is None and sys.stdin.isatty()
    text = sys.stdin.read() if where.text in (None, STANDARD_INPUT) and not is_typed else where.text or ""
    if not text.strip():
        raise UsageError("no SQL: give it as an argument, with --file or --named, or on standard input")
    return text


def show(answer: Answer, form: Format, output: Path | None) -> None:
    """Write the rows and then, in one line, what the query took; raises `UsageError` and `NamedTwiceError`."""
    if form == "table":
        count = _table(answer)
    elif output is not None:
        count = _file(answer, form, output)
    elif form == "parquet" and sys.stdout.isatty():
        raise UsageError("Parquet is binary: write it to a file with --output")
    elif sys.stdout.isatty():
        written = BytesIO()
        count = _write(answer, form, written)
        sys.stdout.write(report.printable(written.getvalue().decode()))
    else:
        count = _write(answer, form, sys.stdout.buffer)
        sys.stdout.flush()
    line = report.cost(count, answer.statistics)
    report.say(line) if form == "table" else report.note(line)


def form_of(form: Format | None, output: Path | None) -> Format:
    """The format asked for, or that of the file's name; raises `UsageError`."""
    by_name: dict[str, Format] = {".csv": "csv", ".json": "json", ".parquet": "parquet"}
    if output is None:
        return form or "table"
    if not output.name:
        raise UsageError(f"{str(output)!r} is a folder; name a file by --output")
    chosen = form or by_name.get(output.suffix.lower())
    if chosen is None:
        raise UsageError(f"{output}: unknown extension; choose --format csv, json or parquet")
    if chosen == "table":
        raise UsageError("tables are only for the screen; choose --format csv, json or parquet with --output")
    return chosen


def _table(answer: Answer) -> int:
    rows = list(islice(answer.rows(), MOST_SHOWN + 1))
    report.table([column.name for column in answer.columns], [_shown(row, answer.columns) for row in rows[:MOST_SHOWN]])
    if len(rows) > MOST_SHOWN:
        report.say(f"These are the first {MOST_SHOWN:,} rows; --output answer.csv writes all of them.")
    return len(rows[:MOST_SHOWN])


def _shown(row: Row, columns: Sequence[Column]) -> Row:
    """The row as people read it: Athena's `1.05026917227595E7` is 10502691.7228, files get every digit."""
    return [
        f"{float(cell):.{_DIGITS}g}"
        if cell and column.type in ("double", "real", "float") and cell[-1].isdigit()
        else cell
        for cell, column in zip(row, columns, strict=False)
    ]


def _write(answer: Answer, form: FileFormat, file: IO[bytes]) -> int:
    from standpipe.query import files  # Arrow takes half a second to import, and a table on the screen does not need it

    return files.write(answer, form, file)


def _file(answer: Answer, form: FileFormat, output: Path) -> int:
    """Write to a temporary file next to `output` first: a file of that name is always complete."""
    partial = output.with_name(f".{output.name}.partial")
    try:
        with partial.open("wb") as file:
            count = _write(answer, form, file)
        partial.replace(output)
    except BaseException:
        with suppress(FileNotFoundError):
            partial.unlink()
        raise
    return count


def _named(athena: Any, name: str, workgroup: str) -> str:
    names: Sequence[str] = []
    for page in athena.get_paginator("list_named_queries").paginate(WorkGroup=workgroup):
        if not (ids := page["NamedQueryIds"]):
            continue
        queries = athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]
        found = {each["Name"]: each["QueryString"] for each in queries}
        if name in found:
            return str(found[name])
        names = [*names, *found]
    raise QueryError(f"no saved query {name!r}; valid: {', '.join(sorted(names)) or 'none'}")
