"""A result: its columns, its rows on disk for GetQueryResults, its CSV in S3."""

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from local.athena.errors import QueryError
from local.athena.types import ResultType
from local.protocol import AwsError, Json

Row = Sequence[str | None]
MAX_PAGE_ROWS = 1000
"""Rows of one GetQueryResults page, the header row included."""
MAX_RESULT_BYTES = 1_000_000_000
"""The result object is put to S3 from memory."""


@dataclass(frozen=True)
class ResultColumn:
    name: str
    type: str
    precision: int = 0
    scale: int = 0

    @classmethod
    def of(cls, name: str, kind: ResultType) -> "ResultColumn":
        return cls(name, kind.name, kind.precision, kind.scale)

    def info(self) -> Json:
        """The column's entry in ResultSetMetadata."""
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": self.type,
            "Precision": self.precision,
            "Scale": self.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": self.type == "varchar",
        }


@dataclass(frozen=True)
class Result:
    """What a statement gives. `header`: whether its rows are preceded by the column names, as a SELECT's are.

    A statement that writes says how many rows it wrote (`updated`) and the objects it put (`manifest`).
    """

    columns: Sequence[ResultColumn]
    rows: Iterable[Row]
    header: bool
    updated: int = 0
    manifest: Sequence[str] | None = None


def write_rows(path: Path, result: Result) -> int:
    """Keep the rows, one JSON array a line, header first where there is one; returns the number of rows without it.

    Raises `QueryError` when the result is too large.
    """
    count = size = 0
    with path.open("w", encoding="utf-8") as file:
        if result.header:
            file.write(json.dumps([column.name for column in result.columns]) + "\n")
        for row in result.rows:
            size += file.write(json.dumps(row) + "\n")
            count += 1
            if size > MAX_RESULT_BYTES:
                words = f"The result has more than {MAX_RESULT_BYTES} bytes, the most of this machine; use UNLOAD"
                raise QueryError("EXCEEDED_LOCAL_MEMORY_LIMIT", words)
    return count


def page(path: Path, token: str | None, size: int) -> tuple[list[Json], str | None]:
    """Rows as the API shows them, and where the next page starts; raises `AwsError` for an invalid token."""
    start = token or "0"
    rows: list[Json] = []
    with path.open("rb") as file:
        if not re.fullmatch("[0-9]{1,18}", start) or not _begins_row(file, int(start)):
            raise unknown_token(start, "GetQueryResults")
        file.seek(int(start))
        while len(rows) < size and (line := file.readline()):
            cells = json.loads(line)
            rows.append({"Data": [{} if cell is None else {"VarCharValue": cell} for cell in cells]})
        position = file.tell()
        more = bool(file.read(1))
    return rows, str(position) if more else None


def unknown_token(token: str, operation: str) -> AwsError:
    """The error for a NextToken that the operation did not return."""
    return AwsError("InvalidRequestException", f"NextToken '{token}' was not returned by {operation}")


def _begins_row(file: BinaryIO, position: int) -> bool:
    file.seek(max(position - 1, 0))
    return position == 0 or file.read(1) == b"\n"


def output(path: Path, as_csv: bool) -> bytes:
    """The result object's body: CSV with every value quoted and NULL left empty, or tab-separated text."""
    out = io.BytesIO()
    for row in _stored(path):
        if as_csv:
            cells = ("" if cell is None else f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row)
            line = ",".join(cells)
        else:
            line = "\t".join(cell or "" for cell in row)
        out.write(f"{line}\n".encode())
    return out.getvalue()


def _stored(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
