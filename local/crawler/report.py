"""What one crawl has done, and the files that it left out."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Thing = Literal["TABLE", "PARTITION"]
Change = Literal["ADD", "UPDATE", "DELETE"]
_WORDS: dict[Change, str] = {"ADD": "Created", "UPDATE": "Updated", "DELETE": "Deleted"}


@dataclass
class Report:
    """Lines of the log with their times in epoch milliseconds, changes by name, and warnings."""

    now: Callable[[], float]
    lines: list[tuple[int, str]] = field(default_factory=list)
    changes: dict[tuple[Thing, Change], list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def info(self, text: str) -> None:
        """Log progress."""
        self._line("INFO", text)

    def warn(self, text: str) -> None:
        """Log why files were left out."""
        self.warnings.append(text)
        self._line("WARN", text)

    def changed(self, thing: Thing, change: Change, name: str) -> None:
        """Count and log a change of the catalogue."""
        self.changes.setdefault((thing, change), []).append(name)
        self.info(f"{_WORDS[change]} {thing.lower()} {name}")

    def count(self, change: Change) -> int:
        """How many tables had this change."""
        return len(self.changes.get(("TABLE", change), []))

    def summary(self) -> str:
        """The changes as ListCrawls gives them: JSON by thing and change, each change again a string of JSON."""
        found: dict[str, dict[str, str]] = {}
        for (thing, change), names in self.changes.items():
            found.setdefault(thing, {})[change] = json.dumps({"Details": {"names": names}, "Count": len(names)})
        return json.dumps(found)

    def _line(self, level: str, text: str) -> None:
        self.lines.append((round(self.now() * 1000), f"{level} : {text}"))
