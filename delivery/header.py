"""The header line of a record: who sent its rows, and how often the record was split.

A record is a header line followed by its body (one JSON document, or rows one a line):

    {"standpipe":{"source":"s3://drop/trades/2024.csv?versionId=3"}}
    {"trade_id":"T1", ...}

The header is written once a record, not once a row. It is optional: anyone may put a bare body. Where all rows have the
same columns, it names them and each row is an array of values, which is half as long, or text without quotes, which is
shorter still and costs its sender next to nothing:

    {"standpipe":{"source":"s3://drop/trades/2024.parquet?versionId=3","columns":["trade_id","ticker"]}}
    ["T1","MSFT"]

    {"standpipe":{"source":"s3://drop/trades/2024.csv?versionId=3","columns":["trade_id","ticker"],"delimiter":","}}
    T1,MSFT
"""

from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

_MARK = b'{"standpipe":'


class Format(NamedTuple):
    """How the rows of a record are written: as JSON objects; as JSON arrays of the values of `columns`; or, between
    `delimiter`s, as text of `columns`, in which nothing is quoted or escaped and an empty field is null."""

    columns: tuple[str, ...] = ()
    delimiter: str = ""


OBJECTS: Final = Format()
UNIT_SEPARATOR: Final = "\x1f"
"""ASCII's own delimiter, for fields that may hold any other."""


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """`source` names where the rows came from; `splits`, how often the transform cut the record and put it back.

    `deleted` says that the rows are gone at their source; of each only its key, and what its partition needs, is there.
    `read_at` (`yyyy-MM-dd HH:mm:ss.SSS`, UTC) is when the source was begun to be read. It becomes the rows'
    `ingested_at`, so a record that is late, or put once more, never wins over what was read after it.
    `columns` and `delimiter` are the rows' `Format`. `lines` are the lines that the rows were read from, as
    `delivery.line_numbers` has them; empty when they are not known.
    """

    source: str = ""
    splits: int = 0
    deleted: bool = False
    read_at: Annotated[str, Meta(pattern=r"^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3})?$")] = ""
    columns: tuple[str, ...] = ()
    delimiter: Annotated[str, Meta(pattern=r'^[^\n"]?$')] = ""
    lines: tuple[int, ...] = ()


BARE: Final = Header()
"""Of a record without a header line."""


class _Line(msgspec.Struct):
    standpipe: Header


_decoder = msgspec.json.Decoder(_Line)


def with_header(header: Header, body: bytes) -> bytes:
    """`body` with `header` as its first line."""
    return header_line(header) + body


def header_line(header: Header) -> bytes:
    """The header as bytes, ending in a newline."""
    return msgspec.json.encode(_Line(header)) + b"\n"


def split_header(data: bytes) -> tuple[Header, bytes]:
    """The header of a record and its body; an empty header if the first line is not one."""
    if not data.startswith(_MARK):
        return BARE, data
    line, _, body = data.partition(b"\n")
    try:
        return _decoder.decode(line).standpipe, body
    except msgspec.DecodeError:
        return BARE, data
