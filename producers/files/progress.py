"""What is remembered of each file and part: who reads it, how often that was begun, and whether it has landed.

An item that is still `loading` when its message comes again has a reader that died: one that could not put or read just
then notes `failed`.

Four kinds of items in the table of progress, under the owner `files/<dataset>`:

- `file/<bucket and key>`: the latest content that was dropped under a key, and what became of it;
- `latest`: the content that was dropped last of those that are read, and the last copy of it that was left out;
- `part/<object>/<place>`: a part of a large file, or what a run left over;
- `plan/<object>/<place>`: the search for parts from a place on.

Keys of objects are hashed, since an item's key holds 1,024 bytes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from producers.files.formats.reading import Position
from producers.files.items import Items, Taken
from producers.files.notifications import Dropped, Part
from producers.files.stored import Stored
from producers.progress import Item, Table

_DONE_SECONDS: Final = 60 * 24 * 3600
"""How long the parts of a file are remembered."""

_LATEST: Final = "latest"

Outcome = Literal["duplicate", "superseded", "busy", "refused"]


@dataclass(frozen=True)
class Skip:
    """A file that is not to be read now, and why.

    `duplicate_of` is the source that has landed with its content; empty when the file is that source, or known to be
    its duplicate.
    """

    outcome: Outcome
    reason: str
    duplicate_of: str = ""


class Progress:
    """The items of one dataset. `table` is boto3's Table; `holder` names the message that is worked on."""

    def __init__(self, table: Table, dataset: str, holder: str, now: Callable[[], datetime]) -> None:
        self._items = Items(table, f"files/{dataset}", holder, now)

    def claim_file(self, stored: Stored, sequencer: str) -> Taken | Skip:
        """Permission to read a file, unless its content landed last, a later one was dropped, or somebody reads it."""
        name = _file_item(stored.uri)

        def wanted(found: Item | None) -> Item | Skip:
            same = found is not None and found["content"] == stored.content
            if found and (skip := self._skip(found, stored, sequencer, same)):
                return skip
            if other := self._landed_last(stored):
                return Skip("duplicate", f"its content has landed as {other}", other)
            known = found if found and found["source"] == stored.source else {"attempt": 0, "planned": False}
            return _file(stored, sequencer, "loading") | {
                "attempt": int(known["attempt"]) + 1,
                "planned": known["planned"],
                "deaths": 0 if known["planned"] else _deaths(known),
            }

        return self._items.take(name, wanted)

    def begin(self, stored: Stored, announce: Callable[[Dropped], None]) -> None:
        """Note that a content is being read.

        A copy that was left out would have come after it: that one is announced once more, and then read.
        """

        def wanted(found: Item | None) -> Item | Skip:
            if found and stored.modified < found["modified"]:
                return Skip("superseded", f"{found['source']} was dropped after it")
            if found and found["content"] != stored.content and stored.modified <= found["copied"]:
                if found["copy"]:
                    copy = Dropped(*found["copy"])
                    self._forget(copy)
                    announce(copy)
                return _latest(stored, int(found["copied"])) | {"content": ""}  # S3 gives seconds: which is last?
            return _latest(stored, stored.modified)

        self._items.take(_LATEST, wanted)

    def left_out(self, stored: Stored, sequencer: str) -> bool:
        """Note that a file is a copy of what landed last; False when another content was begun meanwhile."""

        def wanted(found: Item | None) -> Item | Skip:
            if not found or found["content"] != stored.content:
                return Skip("superseded", "another content was begun")
            if stored.modified < found["copied"]:
                return found
            copy = [stored.bucket, stored.key, stored.version, sequencer]
            return found | {"copied": stored.modified, "copy": copy}

        if isinstance(self._items.take(_LATEST, wanted), Skip):
            return False
        self._items.take(_file_item(stored.uri), lambda _: _file(stored, sequencer, "landed") | {"attempt": 1})
        return True

    def landed(self, taken: Taken) -> None:
        """Note that all of a file has landed; not when a later content has taken its place."""
        self._items.update(taken.item, taken.revision, state="landed")

    def failed(self, taken: Taken) -> None:
        """Note that a file or part could not be read or put just now; its message comes again."""
        self._items.update(taken.item, taken.revision, state="failed")

    def refused(self, taken: Taken) -> None:
        """Note that a file cannot be read to its end."""
        self._items.update(taken.item, taken.revision, state="refused")

    def file_refused(self, stored: Stored) -> None:
        """Note that a part of a file cannot be read to its end."""
        if found := self._current(stored):
            self._items.update(_file_item(stored.uri), int(found["revision"]), state="refused")

    def parts(self, stored: Stored) -> list[Part]:
        """The parts of a file that are known, in order."""
        return [_part(stored, item) for item in self._items.beginning_with(_part_prefix(stored))]

    def add_part(self, stored: Stored, start: Position, end: int | None) -> Part:
        """Note a part that is to be read; nothing changes when it is known."""
        item = {"at": start.at, "line": start.line, "end": end, "state": "planned", "attempt": 0}
        self._items.add(_part_item(stored, start.at), item)
        return _part(stored, item)

    def claim_part(self, stored: Stored, part: Part) -> Taken | Skip:
        """Permission to read a part, or to find those in it, unless that is done or somebody is at it."""

        def wanted(found: Item | None) -> Item | Skip:
            found = found or {"attempt": 0, "state": "planned"}
            if found["state"] == "done":
                return Skip("duplicate", f"the part at {part.at} is done")
            if found["state"] == "loading" and self._items.is_held(found):
                return Skip("busy", "another message's reader is at it")
            attempt = int(found["attempt"]) + 1
            place = {"at": part.at, "line": part.line, "end": part.end}
            return {**place, "state": "loading", "attempt": attempt, "deaths": _deaths(found)}

        name = _plan_item(stored, part.at) if part.plan else _part_item(stored, part.at)
        return self._items.take(name, wanted)

    def part_done(self, taken: Taken) -> None:
        """Note that a part has landed, or its parts are known; what was not read of it is another part."""
        self._items.update(taken.item, taken.revision, state="done", expires=self._items.seconds() + _DONE_SECONDS)

    def all_planned(self, stored: Stored) -> None:
        """Note that every part of a file is known."""
        if found := self._current(stored):
            self._items.update(_file_item(stored.uri), int(found["revision"]), planned=True)

    def finish(self, stored: Stored) -> bool:
        """Whether all parts of a file are known and done: then it has landed."""
        found = self._current(stored)
        if not found or not found["planned"] or found["state"] != "loading":
            return False
        if any(item["state"] != "done" for item in self._items.beginning_with(_part_prefix(stored))):
            return False
        self.landed(Taken(_file_item(stored.uri), int(found["attempt"]), int(found["revision"])))
        return True

    def _skip(self, found: Item, stored: Stored, sequencer: str, same: bool) -> Skip | None:
        """Why a file whose key is known is not to be read. `same`: its content is what is known."""
        later = _is_later(found, stored, sequencer)
        if not same:
            return Skip("superseded", f"{found['source']} was dropped after it") if later else None
        if found["state"] == "landed":
            return Skip("duplicate", "it has landed") if later or found["source"] == stored.source else None
        if found["state"] == "refused" and found["holder"] == self._items.holder:
            return Skip("refused", "it was refused before, and nothing has changed")
        if found["state"] == "loading" and self._items.is_held(found):
            return Skip("busy", "another message's reader is at it")
        return None

    def _landed_last(self, stored: Stored) -> str:
        """The source under which the content landed, if no other was begun since."""
        latest = self._items.get(_LATEST)
        if not latest or latest["content"] != stored.content:
            return ""
        other = self._items.get(latest["file"])
        is_there = other and other["content"] == stored.content and other["state"] == "landed"
        return str(latest["source"]) if is_there else ""

    def _forget(self, copy: Dropped) -> None:
        """Let a copy that was left out be read, unless another content was dropped in its place."""
        item = _file_item(f"s3://{copy.bucket}/{copy.key}")
        found = self._items.get(item)
        if found and found["sequencer"] == copy.sequencer and found["state"] == "landed":
            self._items.update(item, int(found["revision"]), state="left out")

    def is_current(self, stored: Stored) -> bool:
        """Whether no other content was dropped under a file's key since."""
        return self._current(stored) is not None

    def _current(self, stored: Stored) -> Item | None:
        """What is known of a file, unless that is about another content."""
        found = self._items.get(_file_item(stored.uri))
        return found if found and found["content"] == stored.content else None


def _deaths(found: Item) -> int:
    """How often a reader of this content died, now that somebody else takes the item."""
    if found.get("state") not in ("loading", "failed"):
        return 0
    return int(found.get("deaths", 0)) + int(found["state"] == "loading")


def _latest(stored: Stored, modified: int) -> Item:
    file = {"content": stored.content, "file": _file_item(stored.uri), "source": stored.source}
    return {**file, "modified": modified, "copied": modified, "copy": None, "attempt": 0}


def _file(stored: Stored, sequencer: str, state: str) -> Item:
    return {
        "source": stored.source,
        "content": stored.content,
        "sequencer": sequencer,
        "modified": stored.modified,
        "state": state,
        "attempt": 0,
        "planned": False,
    }


def _part(stored: Stored, item: Item) -> Part:
    end = item["end"]
    return Part(
        stored.bucket, stored.key, stored.version, stored.etag,
        int(item["at"]), int(item["line"]), None if end is None else int(end),
    )  # fmt: skip


def _is_later(found: Item, stored: Stored, sequencer: str) -> bool:
    """Whether `found` was dropped after `stored`.

    Sequencers are hexadecimal numbers, the shorter to be filled with zeros on the right
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
    """
    if sequencer and found["sequencer"]:
        width = max(len(sequencer), len(found["sequencer"]))
        return bool(found["sequencer"].upper().ljust(width, "0") > sequencer.upper().ljust(width, "0"))
    return bool(found["modified"] > stored.modified)


def _file_item(uri: str) -> str:
    return f"file/{_hashed(uri)}"


def _part_prefix(stored: Stored) -> str:
    return f"part/{_hashed(stored.source)}/"


def _part_item(stored: Stored, at: int) -> str:
    return f"{_part_prefix(stored)}{at:020}"


def _plan_item(stored: Stored, at: int) -> str:
    return f"plan/{_hashed(stored.source)}/{at:020}"


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
