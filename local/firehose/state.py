"""What is kept on disk of a stream besides its records: one small JSON file, replaced whole."""

import os
from pathlib import Path

import msgspec

from local.protocol import Json


class StreamState(msgspec.Struct, frozen=True):
    """A stream's description; times are epoch seconds, `destination` is what Describe shows."""

    name: str
    arn: str
    created: float
    updated: float
    version: int
    destination: Json
    encryption: Json
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
    """Every stream under `data_dir` with its folder."""
    decoder = msgspec.json.Decoder(StreamState)
    return [(path.parent, decoder.decode(path.read_bytes())) for path in sorted(data_dir.glob("*/stream.json"))]
