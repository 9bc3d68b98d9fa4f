"""What is kept on disk of a stream besides its records: one small JSON file, replaced whole."""

import os
import shutil
from pathlib import Path

import msgspec

from local.protocol import Json

_DELETED = ".deleted"


class Encryption(msgspec.Struct, frozen=True):
    """Server-side encryption of a stream: off without `key_type`.

    Until `settles_at` (epoch seconds) it is still ENABLING or DISABLING, and records are as encrypted as before.
    """

    key_type: str = ""
    key_arn: str = ""
    was_on: bool = False
    settles_at: float = 0.0
    calls: tuple[float, ...] = ()
    """When it was started and stopped, epoch seconds, as far back as the limit on such calls looks."""


class StreamState(msgspec.Struct, frozen=True):
    """A stream's description; times are epoch seconds, `destination` is what Describe shows."""

    name: str
    arn: str
    created: float
    version: int
    destination: Json
    updated: float | None = None
    active_at: float = 0.0
    """Until then the stream is CREATING."""
    encryption: Encryption = Encryption()
    source: Json = {}
    tags: dict[str, str] = {}


def write_state(folder: Path, state: StreamState) -> None:
    """Store the state; a crash leaves the old one or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / "stream.json.new"
    with temporary.open("wb") as file:
        file.write(msgspec.json.encode(state))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / "stream.json")


def read_states(data_dir: Path) -> list[tuple[Path, StreamState]]:
    """Every stream under `data_dir` with its folder; removes what a crash left of streams that were deleted."""
    for path in data_dir.glob(f"*{_DELETED}"):
        shutil.rmtree(path)
    decoder = msgspec.json.Decoder(StreamState)
    return [(path.parent, decoder.decode(path.read_bytes())) for path in sorted(data_dir.glob("*/stream.json"))]


def delete_folder(folder: Path) -> None:
    """Delete a stream at one stroke: a crash leaves all of it or nothing that is read again."""
    gone = folder.with_name(folder.name + _DELETED)
    folder.rename(gone)
    shutil.rmtree(gone)
