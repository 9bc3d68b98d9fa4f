"""Record format conversion: a buffer of JSON records to one file of columns, and the records that do not convert.

https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from local.firehose.configuration.config import Conversion
from local.firehose.conversion.write import write_file
from local.firehose.records import Item
from local.serde.columns import Columns
from local.serde.exact import RefusedError
from local.serde.reading import deserialize


@dataclass(frozen=True)
class Converted:
    """`body` is empty if no record could be converted; `refused` pairs the others with the reason."""

    body: bytes
    rows: int
    good: list[Item]
    refused: list[tuple[Item, RefusedError]]


def convert(items: Sequence[Item], columns: Columns, conversion: Conversion) -> Converted:
    """Every record of `items` as rows of one file, in their order, or refused with its reason."""
    table, reasons = deserialize((item.data for item in items), columns, conversion.deserializer)
    bad = {number for number, _ in reasons}
    good = [item for number, item in enumerate(items) if number not in bad] if bad else list(items)
    refused = [(items[number], reason) for number, reason in reasons]
    return Converted(write_file(table, conversion.serializer) if good else b"", table.num_rows, good, refused)


def refuse_all(items: Sequence[Item], reason: str) -> Converted:
    """The result for a buffer whose table cannot be used."""
    return Converted(b"", 0, [], [(item, RefusedError("InvalidSchema", reason)) for item in items])
