"""A dataset's state in the table `progress`: one run at a time, and never backwards.

Owner `sql/<dataset>`, item `position`. A run takes the item until the latest moment at which its function can still
live; every write is conditional on nobody else having written since.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from producers.progress import Table, unless_raced
from producers.sql.state import State

_ITEM: Final = "position"
_state = msgspec.json.Decoder(State)


class BusyError(Exception):
    """Another run reads the dataset; it ends at `until` at the latest."""

    def __init__(self, owner: str, until: float) -> None:
        super().__init__(f"{owner}: another run is reading until {datetime.fromtimestamp(until, UTC):%H:%M:%S} UTC")
        self.until = until


class OvertakenError(Exception):
    """Another run wrote the state meanwhile; what this one put may have been put twice, and is not written down."""


@dataclass(frozen=True)
class Saved:
    """What is in the item: the state (None before the first run) and the digests of known rows."""

    state: State | None = None
    known: bytes = b""
    met: bytes = b""


class Held:
    """The item while a run has it."""

    def __init__(self, table: Table, owner: str, saved: Saved, version: int, until: float) -> None:
        self.saved = saved
        self._table, self._owner, self._version, self._until = table, owner, version, until

    def save(self, saved: Saved) -> None:
        """Write `saved`; raises `OvertakenError`."""
        self._put(saved, self._until)

    def release(self) -> None:
        """Let the next run in."""
        self._put(self.saved, 0)

    def _put(self, saved: Saved, until: float) -> None:
        _write(self._table, self._owner, saved, self._version, until)
        self.saved, self._version = saved, self._version + 1


@contextmanager
def held(table: Table, owner: str, now: float, until: float) -> Iterator[Held]:
    """The state of `owner` for this run alone, until the block ends or, should that never happen, `until`.

    Both in epoch seconds. Raises `BusyError`, and `OvertakenError` when two runs begin at once.
    """
    item = table.get_item(Key={"owner": owner, "item": _ITEM}, ConsistentRead=True).get("Item", {})
    if (busy := float(item.get("until", 0))) > now:
        raise BusyError(owner, busy)
    version, saved = int(item.get("version", 0)), _saved(item)
    _write(table, owner, saved, version, until)
    mine = Held(table, owner, saved, version + 1, until)
    try:
        yield mine
    except OvertakenError:
        raise
    except Exception:
        with suppress(BotoCoreError, ClientError, OvertakenError):  # the run's own failure is the one to report
            mine.release()
        raise
    mine.release()


def _saved(item: dict[str, Any]) -> Saved:
    if "state" not in item:
        return Saved()
    return Saved(_state.decode(item["state"]), bytes(item["known"]), bytes(item["met"]))


def _write(table: Table, owner: str, saved: Saved, version: int, until: float) -> None:
    item: dict[str, Any] = {"owner": owner, "item": _ITEM, "version": version + 1, "until": math.ceil(until)}
    if saved.state:
        item |= {"state": msgspec.json.encode(saved.state).decode(), "known": saved.known, "met": saved.met}
    if not unless_raced(
        lambda: table.put_item(
            Item=item,
            ConditionExpression="attribute_not_exists(#version) OR #version = :version",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":version": version},
        )
    ):
        raise OvertakenError(f"{owner}: another run has written its progress meanwhile")
