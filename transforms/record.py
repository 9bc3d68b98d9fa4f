"""What becomes of one record: rows that land, by partition, and rows that do not, with the reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from delivery.header import BARE, Header
from schemas.contract import Contract, key_contract
from transforms.cast import Caster
from transforms.checks import Broken
from transforms.fast import MAX_LANDING_BYTES, FastPath, Landing
from transforms.partition import Today, partition_value, utc_today
from transforms.unnest import SourceRow, UnreadableError, as_text, source_rows


@dataclass(frozen=True)
class Reject:
    """A row that cannot land and why, the row as it came, and the line of its file, if that is known."""

    broken: Broken
    source_row: str
    line: int | None = None


@dataclass(frozen=True)
class Reading:
    """A record, read: what lands, one `Landing` for each partition, and what does not."""

    landings: tuple[Landing, ...]
    rejects: tuple[Reject, ...] = ()


class Reader:
    """Reads the records of one contract; `today` decides which partitions its table has."""

    def __init__(self, contract: Contract, today: Today = utc_today) -> None:
        self.contract = contract
        self._today = today
        self._fast = FastPath(contract, today)
        self._caster = Caster(contract, today)

    @cached_property
    def of_deleted(self) -> "Reader":
        """Reads rows that are gone at their source: their keys, and what their partition needs."""
        return Reader(key_contract(self.contract), self._today)

    def read(self, body: bytes, lineage: Mapping[str, Any], header: Header = BARE) -> Reading:
        """Each row of `body` in a landing or a reject; raises `UnreadableError` when it has none.

        `lineage` has the values of the columns that every row gets and no contract declares.
        """
        landing = self._fast.land(body, lineage, header.columns)
        return Reading((landing,)) if landing else self.read_row_by_row(body, lineage, header)

    def read_row_by_row(self, body: bytes, lineage: Mapping[str, Any], header: Header = BARE) -> Reading:
        """As `read`, the patient way."""
        lines: dict[str | None, list[bytes]] = {}
        rejects: list[Reject] = []
        size = 0
        for row in source_rows(body, self.contract, header):
            values = self._caster.cast(row)
            if isinstance(values, Broken):
                rejects.append(Reject(values, as_text(row), row.line))
                continue
            line = msgspec.json.encode({**self._in_order(row, values), **lineage})
            lines.setdefault(self._partition(values), []).append(line)
            if (size := size + len(line)) > MAX_LANDING_BYTES:
                raise UnreadableError(f"the record's rows grow past {MAX_LANDING_BYTES:,} bytes; put shorter keys")
        if not lines and not rejects:
            raise UnreadableError("the record holds a document without rows; put the rows or nothing")
        return Reading(tuple(_landing(partition, group) for partition, group in lines.items()), tuple(rejects))

    def _in_order(self, row: SourceRow, values: Mapping[str, Any]) -> dict[str, Any]:
        """`values` in the order in which the fast path writes them: what repeats from row to row comes last."""
        above = self.contract.nest[:-1] if row.keys else ()
        first = self.contract.nest[-1:] if row.keys else ()
        names: Iterable[str] = dict.fromkeys([*first, *(name for name in values if name not in above), *above])
        return {name: values[name] for name in names}

    def _partition(self, values: Mapping[str, Any]) -> str | None:
        partition = self.contract.partition
        return partition_value(values[partition.by], partition.unit) if partition else None


def _landing(partition: str | None, lines: list[bytes]) -> Landing:
    return Landing(b"\n".join(lines) + b"\n", len(lines), partition)
