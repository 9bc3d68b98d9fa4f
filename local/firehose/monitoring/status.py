"""What one stream is doing at a moment, as plain values."""

import msgspec


class Held(msgspec.Struct, frozen=True):
    """How much is buffered: buffers, records in them, bytes of their data."""

    buffers: int = 0
    records: int = 0
    bytes: int = 0


NOTHING = Held()


class Holds(msgspec.Struct, frozen=True):
    """What the buffers of each stage hold, and what is in progress."""

    transform: Held = NOTHING
    destination: Held = NOTHING
    errors: Held = NOTHING
    backup: Held = NOTHING
    invocations: int = 0
    stores: int = 0
    partitions: int = 0
    """Active partitions of dynamic partitioning."""


class Backlog(msgspec.Struct, frozen=True):
    """Records that are acknowledged and not delivered, and how long ago the oldest of them arrived."""

    records: int
    oldest_seconds: float | None


class Passed(msgspec.Struct, frozen=True):
    """Records and their bytes since the stream was opened; and objects, of what was delivered."""

    records: int
    bytes: int
    objects: int = 0


class StreamStatus(msgspec.Struct, frozen=True):
    """`errors` says how many records went to the error prefix, by code."""

    name: str
    state: str
    version: int
    backlog: Backlog
    holds: Holds
    incoming: Passed
    delivered: Passed
    errors: dict[str, int]
