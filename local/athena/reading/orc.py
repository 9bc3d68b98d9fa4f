"""Reads ORC: the footer first, then the wanted columns stripe by stripe."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyarrow import orc

from local.athena.errors import QueryError
from local.athena.reading.columns import check, conform
from local.athena.reading.files import StoredObject
from local.athena.reading.pieces import Piece
from local.athena.reading.predicate import Predicate
from local.athena.reading.scan import ObjectFile, Objects


class OrcReader:
    """Reads the files of one table for one query."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def read(self, files: Sequence[StoredObject], fields: Sequence[pa.Field], _: Predicate) -> Iterator[Piece]:
        """All rows: pyarrow does not skip stripes."""
        for stored in files:
            file = ObjectFile(self._objects, stored, in_footer=True)
            opened = _opened(file, stored)
            names = {name.lower(): name for name in opened.schema.names}
            for field in fields:
                if field.name in names:
                    check(opened.schema.field(names[field.name]), field, "orc", stored)
            if not fields:
                yield Piece(stored, opened.nrows, {})
                continue
            file.in_footer = False
            for stripe in range(opened.nstripes):
                yield _stripe(opened, stripe, stored, names, fields)


def _opened(file: ObjectFile, stored: StoredObject) -> orc.ORCFile:
    try:
        return orc.ORCFile(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise QueryError("HIVE_BAD_DATA", f"Error opening ORC file {stored.uri}: {error}") from None


def _stripe(
    opened: orc.ORCFile, index: int, stored: StoredObject, names: dict[str, str], fields: Sequence[pa.Field]
) -> Piece:
    present = [names[field.name] for field in fields if field.name in names]
    batch = opened.read_stripe(index, columns=present or opened.schema.names[:1])
    columns = {
        field.name: conform(batch[names[field.name]], field)
        if field.name in names
        else pa.nulls(batch.num_rows, field.type)
        for field in fields
    }
    return Piece(stored, batch.num_rows, columns)
