"""A small persistent set of described resources: workgroups, named queries, prepared statements, crawlers."""

import json
import threading
from pathlib import Path

from local.protocol import Json


class Store:
    """Descriptions by name, kept in one JSON file. Thread-safe."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.Lock()
        self._things: dict[str, Json] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def get(self, name: str) -> Json | None:
        with self._lock:
            return self._things.get(name)

    def all(self) -> list[Json]:
        """All descriptions, ordered by name."""
        with self._lock:
            return [self._things[name] for name in sorted(self._things)]

    def put(self, name: str, thing: Json) -> None:
        with self._lock:
            self._things[name] = thing
            self._write()

    def remove(self, name: str) -> bool:
        """Whether it existed."""
        with self._lock:
            found = self._things.pop(name, None) is not None
            if found:
                self._write()
            return found

    def _write(self) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self._things), "utf-8")
        new.replace(self._path)
