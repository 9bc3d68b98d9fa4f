"""Rows of about 1 KB, as JSON documents: seven typed columns and a text that fills up the size."""

import random
from collections.abc import Iterator
from typing import Final

import msgspec
import pyarrow as pa

COLUMNS: Final = [
    ("base", "string"),
    ("quote", "string"),
    ("date", "date"),
    ("open", "double"),
    ("high", "double"),
    ("low", "double"),
    ("volume", "bigint"),
    ("note", "string"),
]
"""The Glue table's columns."""
ARROW: Final = pa.schema(
    [
        ("base", pa.string()),
        ("quote", pa.string()),
        ("date", pa.date32()),
        ("open", pa.float64()),
        ("high", pa.float64()),
        ("low", pa.float64()),
        ("volume", pa.int64()),
        ("note", pa.string()),
    ]
)
"""The same for pyarrow, dates aside: its JSON reader takes them as text."""
_ROW_BYTES: Final = 1024
_YEARS: Final = range(2018, 2022)


def rows(count: int) -> Iterator[bytes]:
    """`count` documents of 1,024 bytes each; the texts differ, so that Parquet cannot collapse them."""
    chance = random.Random(1)
    texts = [chance.randbytes(600).hex() for _ in range(97)]
    for number in range(count):
        price = 1 + (number * 7919 % 10_007) / 10_007
        document = msgspec.json.encode(
            {
                "base": "EUR",
                "quote": ("USD", "JPY", "CHF", "GBP")[number % 4],
                "date": f"{_YEARS[number // 500 % len(_YEARS)]}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
                "open": round(price, 6),
                "high": round(price * 1.01, 6),
                "low": round(price * 0.99, 6),
                "volume": number,
                "note": "",
            }
        )
        text = texts[number % 97][: _ROW_BYTES - len(document)]
        yield document[:-2] + text.encode() + document[-2:]


def one_row_records(count: int) -> list[bytes]:
    """Records of one row."""
    return list(rows(count))


def packed_records(count: int, rows_each: int = 250) -> list[bytes]:
    """Records of about 250 KB: rows on lines, all of one year."""
    documents = list(rows(count * rows_each))
    cuts = range(0, len(documents), rows_each)
    return [b"\n".join(documents[start : start + rows_each]) + b"\n" for start in cuts]
