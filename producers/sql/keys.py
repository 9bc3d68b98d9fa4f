"""Rows that are gone at the source or have come back, found by comparing its keys with those of the last comparison.

The keys are in the table `progress` in the database's own order, cut into chunks; only chunks that change are written.
A key is written there before its row is put and taken out after its deletion was acknowledged, so what landed is known.
A row that only the comparison finds is put before its key is written: nobody would miss it later.

Owner `sql/<dataset>`, items `keys/000001`, `keys/000002`, …; when a chunk has grown and is cut, the rest of it goes to
`keys/000001.5` and the like.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from sqlalchemy import ColumnElement, Connection

from delivery.limits import KIB
from producers.progress import Item, Table, items_beginning_with
from producers.sql.cells import kept, restored
from producers.sql.reading import Values, fetched
from producers.sql.relation import Relation

CHUNK_BYTES: Final = 256 * KIB
"""Of keys before compression: an item holds 400 KB."""
_LOOKED_UP: Final = 200
"""Keys that are looked up in one query before they are called gone."""
_PREFIX: Final = "keys/"
_MAX_DIGITS: Final = 1000
"""Of a chunk's name: a sort key has 1,024 bytes."""

Put = Callable[[list[Values]], None]
"""Puts something of rows (values of the compared columns) and returns once it is acknowledged."""


@dataclass(frozen=True)
class Chunk:
    """Keys between the chunk before it and `last`, the key at which it was cut. `packed` are lines of `cells.kept`."""

    item: str
    packed: bytes
    last: bytes

    @property
    def lines(self) -> list[bytes]:
        return zlib.decompress(self.packed).splitlines() if self.packed else []


class KeyStore:
    """The chunks of one dataset."""

    def __init__(self, table: Table, owner: str) -> None:
        self._table, self._owner = table, owner

    def chunks(self) -> list[Chunk]:
        """All chunks in order, as they are now whatever is written meanwhile."""
        return [Chunk(item["item"], bytes(item["keys"]), bytes(item["last"])) for item in self._items()]

    def count(self) -> int:
        """How many keys there are."""
        return sum(len(chunk.lines) for chunk in self.chunks())

    def _items(self) -> list[Item]:
        return items_beginning_with(self._table, self._owner, _PREFIX)

    def write(self, chunk: Chunk) -> None:
        item = {"owner": self._owner, "item": chunk.item, "keys": chunk.packed, "last": chunk.last}
        self._table.put_item(Item=item)

    def remove(self, item: str) -> None:
        self._table.delete_item(Key={"owner": self._owner, "item": item})

    def clear(self) -> None:
        """Forget every key."""
        for item in self._items():
            self.remove(item["item"])


@dataclass(frozen=True)
class Comparison:
    """What is compared: the key's columns first, then the one that the rows' partition needs, if it is another.

    `unread` is the condition that a row is not read because of its watermark; None where all rows are.
    """

    connection: Connection
    relation: Relation
    key: tuple[str, ...]
    columns: tuple[str, ...]
    unread: ColumnElement[bool] | None = None

    def is_empty(self) -> bool:
        """Whether the database has no row at all."""
        return self.connection.execute(self.relation.select(self.key).limit(1)).first() is None

    def run(self, store: KeyStore, delete: Put, restore: Put) -> int:
        """Bring `store` up to date; gives how many keys are gone.

        A deletion is put for each of them, and the row of each key that is new and `unread`.
        """
        chunks = store.chunks() or [Chunk(_name(Decimal(1)), b"", b"")]
        gone, after = 0, b""
        for number, chunk in enumerate(chunks):
            following = chunks[number + 1].item if number + 1 < len(chunks) else ""
            gone += self._chunk(chunk, following, after, store, delete, restore)
            after = chunk.last
        return gone

    def looked_up(self, names: Sequence[str], rows: Sequence[Values]) -> Iterator[Values]:
        """The columns `names` of those of `rows` whose keys are in the database, wherever it sorts them now."""
        for at in range(0, len(rows), _LOOKED_UP):
            among = self.relation.among(self.key, [self._key(row) for row in rows[at : at + _LOOKED_UP]])
            yield from fetched(self.connection, self.relation.select(names).where(among))

    def _chunk(self, chunk: Chunk, following: str, after: bytes, store: KeyStore, delete: Put, restore: Put) -> int:
        """Compare the keys after `after` with those of `chunk`, up to its last, or all when none is `following`."""
        known = chunk.lines
        back: list[bytes] = []
        pieces = _pieces(self._lines(after, chunk.last if following else b"", frozenset(known), back))
        first = next(pieces, [])
        missing = set(known).difference(first)
        item, later = chunk.item, list[Chunk]()
        for piece in pieces:
            missing.difference_update(piece)
            item = _between(item, following)
            later.append(self._packed(item, piece))
            if not back:
                store.write(later.pop())
        if first == known and item == chunk.item:
            return 0
        if back:
            restore([restored(line) for line in back])
        for each in later:
            store.write(each)
        if gone := self._gone(missing):
            delete(gone)
        if first:
            store.write(self._packed(chunk.item, first))
        else:
            store.remove(chunk.item)
        return len(gone)

    def _gone(self, lines: Iterable[bytes]) -> list[Values]:
        """Those of `lines` whose keys are not in the database."""
        missing = [restored(line) for line in sorted(lines)]
        there = set(map(kept, self.looked_up(self.key, missing)))
        return [row for row in missing if kept(self._key(row)) not in there]

    def _lines(self, after: bytes, last: bytes, known: frozenset[bytes], back: list[bytes]) -> Iterator[bytes]:
        """Each row as a line; those that are not `known` and will not be read are noted in `back`, too."""
        query = self.relation.select(self.columns)
        query = query.order_by(*(self.relation.column(name) for name in self.key))
        if after:
            query = query.where(self.relation.after(self.key, restored(after)))
        if last:
            query = query.where(self.relation.up_to(self.key, restored(last)))
        if self.unread is None:
            yield from map(kept, fetched(self.connection, query))
            return
        for *values, is_unread in fetched(self.connection, query.add_columns(self.unread)):
            line = kept(values)
            if is_unread and line not in known:
                back.append(line)
            yield line

    def _key(self, values: Values) -> Values:
        return tuple(values[: len(self.key)])

    def _packed(self, item: str, lines: list[bytes]) -> Chunk:
        return Chunk(item, zlib.compress(b"\n".join(lines)), kept(self._key(restored(lines[-1]))))


def compared_columns(key: Sequence[str], partition_by: str | None) -> tuple[str, ...]:
    """The columns that a comparison reads."""
    return tuple(dict.fromkeys([*key, *([partition_by] if partition_by else [])]))


def _between(item: str, following: str) -> str:
    """A name that sorts after `item` and before `following`, or after all when that is empty."""
    number = Decimal(item.removeprefix(_PREFIX))
    if not following:
        return _name(Decimal(int(number) + 1))
    with localcontext(prec=_MAX_DIGITS):
        return _name(((number + Decimal(following.removeprefix(_PREFIX))) / 2).normalize())


def _name(number: Decimal) -> str:
    """`keys/000001` or `keys/000001.5`: text that sorts like the number."""
    whole, point, fraction = f"{number:f}".partition(".")
    return f"{_PREFIX}{whole:0>6}{point}{fraction}"


def _pieces(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """`lines` cut into lists of `CHUNK_BYTES` at most, none of them empty."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        if piece and size + len(line) > CHUNK_BYTES:
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += len(line) + 1
    if piece:
        yield piece
