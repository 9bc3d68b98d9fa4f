"""What is stored of a stream besides its records: one small JSON file, replaced atomically."""

import os
import shutil
import uuid
from pathlib import Path

import msgspec

from local.firehose.journal.segment import sync_folder
from local.protocol import Json


class Encryption(msgspec.Struct, frozen=True):
    """Server-side encryption of a stream: off without `key_type`.

    Until `settles_at` (epoch seconds) it is still ENABLING or DISABLING, and records are as encrypted as before.
    """

    key_type: str = ""
    key_arn: str = ""
    was_on: bool = False
    settles_at: float = 0.0
    calls: tuple[float, ...] = ()
    """When it was started and stopped (epoch seconds), as far back as the limit on these calls counts."""


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
    sync_folder(folder)
    sync_folder(folder.parent)


def remove_state(folder: Path) -> None:
    """Delete a stream's folder; after a crash it is complete, or in a folder that is never read."""
    gone = folder.with_name(f"{uuid.uuid4()}.deleted")
    folder.rename(gone)
    sync_folder(folder.parent)
    shutil.rmtree(gone, ignore_errors=True)


def stream_folders(data_dir: Path) -> list[Path]:
    """The folder of every stream under `data_dir`; deletes the remains of interrupted deletions."""
    for gone in data_dir.glob("*.deleted"):
        shutil.rmtree(gone, ignore_errors=True)
    return [path.parent for path in sorted(data_dir.glob("*.stream/stream.json"))]


def read_state(folder: Path) -> StreamState:
    """The last stored state; raises OSError, or msgspec.DecodeError if the file holds something else."""
    return msgspec.json.decode((folder / "stream.json").read_bytes(), type=StreamState)
