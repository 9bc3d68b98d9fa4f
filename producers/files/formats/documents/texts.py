"""What a contract says about texts, in rows that are JSON objects: which mean no value, and how others are written."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from delivery.rows import Leaf, Row
from producers.files.formats.reading import RowError
from producers.files.formats.written.notation import is_written, notations
from producers.partitioning import inner_object, partition_in
from producers.rejects import Reject
from schemas.contract import Contract
from schemas.files import Files
from schemas.paths import found_at, is_path

_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Texts:
    """Makes nulls and plain values of the texts in rows. Most rows have none, which is seen without reading them."""

    def __init__(self, contract: Contract, options: Files) -> None:
        self._nest = contract.nest
        self._nulls = frozenset(options.nulls)
        self._contract = contract
        self._notations = notations(contract, options)
        self._moves = bool(contract.partition and contract.partition.by in self._notations)
        self._columns = {name: column.name for column in contract.columns for name in column.accepted_names}
        counted = [column for column, notation in self._notations.items() if notation.reads_numbers]
        self._counted = {name for name, column in self._columns.items() if column in counted}
        """Names under which numbers have a meaning, too."""
        marks = [rb"\\"]
        self._paths = list(filter(is_path, self._columns))
        marks += [self._mark_of(name) for name, column in self._columns.items() if column in self._notations]
        marks += [re.escape(msgspec.json.encode(null)) for null in options.nulls]
        self._mark = re.compile(b"|".join(marks)) if len(marks) > 1 else None

    def may_occur(self, data: bytes) -> bool:
        """Whether something in `data` may mean something else than what stands there; it does not say that it does."""
        return self._mark is not None and self._mark.search(data) is not None

    def applied(self, item: Row | Leaf | Reject) -> Iterator[Row | Leaf | Reject]:
        """`item` with what its texts mean; rows in which a text is not a number as rejects."""
        if isinstance(item, Reject):
            yield item
        elif isinstance(item, Row):
            try:
                yield self._placed(item._replace(data=self._row(item.data)))
            except RowError as error:
                yield Reject("parse", str(error), item.data.decode(), column=error.column)
        else:
            yield from self._leaf(item)

    def _mark_of(self, name: str) -> bytes:
        """What comes before a text, or a number, under `name` that may need another form."""
        notation = self._notations[self._columns[name]]
        stays = notation.as_they_are
        unless = rf'(?!(?:{stays})")'.encode() if stays else b""
        inner = name.rpartition(".")[2]
        names = b"|".join(re.escape(msgspec.json.encode(each)) for each in dict.fromkeys((name, inner)))
        return rb'(?:%b)\s*:\s*(?:"%b%b)' % (names, unless, b"|[-0-9]" if notation.reads_numbers else b"")

    def _placed(self, row: Row) -> Row:
        """The row in the partition that its values say, now that they are plain."""
        if not self._moves:
            return row
        return row._replace(partition=partition_in(msgspec.json.decode(row.data), self._contract))

    def _leaf(self, leaf: Leaf) -> Iterator[Leaf | Reject]:
        if len(leaf.path) == len(self._nest):
            rows = {leaf.path[-1]: msgspec.Raw(leaf.data)}
            above = leaf.path[:-1]
        else:
            rows, above = _fields.decode(leaf.data), leaf.path
        kept: dict[str, msgspec.Raw] = {}
        for key, row in rows.items():
            try:
                kept[key] = msgspec.Raw(self._row(row))
            except RowError as error:
                keys = dict(zip(self._nest, (*above, key), strict=True))
                source_row = msgspec.json.encode({**keys, **_fields.decode(row)}).decode()
                yield Reject("parse", str(error), source_row, column=error.column)
            except msgspec.DecodeError:  # the transform says that it is not a row
                kept[key] = row
        if not kept:
            return
        data = kept[leaf.path[-1]] if above != leaf.path else msgspec.json.encode(kept)
        yield leaf._replace(data=bytes(data), rows=len(kept))

    def _row(self, row: bytes | msgspec.Raw) -> bytes:
        """Raises `RowError`, or `msgspec.DecodeError` when `row` is not an object."""
        fields = _fields.decode(row)
        for name, value in fields.items():
            if name in self._counted or (name in self._columns and bytes(value).startswith(b'"')):
                fields[name] = msgspec.Raw(msgspec.json.encode(self._meant(name, msgspec.json.decode(value))))
        whole = msgspec.json.decode(row) if self._paths else {}
        for path in self._paths:  # beside the object, under the path as a name, which the transform looks up first
            inner = None if path in fields else found_at(whole, path, inner_object)
            if isinstance(inner, str) or (path in self._counted and inner is not None):
                fields[path] = msgspec.Raw(msgspec.json.encode(self._meant(path, inner)))
        return msgspec.json.encode(fields)

    def _meant(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and value in self._nulls:
            return None
        notation = self._notations.get(column := self._columns[name])
        return notation.plain(column, str(value)) if notation and is_written(value, notation) else value
