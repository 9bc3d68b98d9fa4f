"""Items of the table of progress that several readers may want at the same time.

An item is read, replaced only if nobody changed it meanwhile, and held for as long as its reader can live.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from producers.progress import Item, Table, items_beginning_with, unless_raced

LEASE_SECONDS: Final = 16 * 60
"""How long a reader counts as alive: a function's longest run, and a minute."""
_RACES: Final = 10

Refusal = TypeVar("Refusal")


class RaceError(Exception):
    """Others kept changing an item; the message comes again, so nothing is lost."""


@dataclass(frozen=True)
class Taken:
    """An item that is ours at `revision`. `attempt` counts how often it was taken, from 1 on; `deaths` how often its
    reader did not come to an end."""

    item: str
    attempt: int
    revision: int
    deaths: int = 0


class Items:
    """The items of `owner`. `table` is boto3's Table; `holder` names the message that is worked on."""

    def __init__(self, table: Table, owner: str, holder: str, now: Callable[[], datetime]) -> None:
        self.holder = holder
        self._table = table
        self._owner = owner
        self._now = now

    def seconds(self) -> int:
        """The time in seconds since 1970."""
        return int(self._now().timestamp())

    def get(self, item: str) -> Item | None:
        """An item as it is, with its `revision`."""
        found: Item | None = self._table.get_item(Key=self._key(item), ConsistentRead=True).get("Item")
        return found

    def beginning_with(self, prefix: str) -> list[Item]:
        """All items whose names begin so, in order."""
        return items_beginning_with(self._table, self._owner, prefix)

    def take(self, item: str, wanted: Callable[[Item | None], Item | Refusal]) -> Taken | Refusal:
        """Replace an item by what is wanted in place of it and hold it, or give the reason why nothing is wanted.

        When it is changed meanwhile, `wanted` is asked again.
        """
        for _ in range(_RACES):
            found = self.get(item)
            new = wanted(found)
            if not isinstance(new, dict):
                return new
            held = {"holder": self.holder, "until": self.seconds() + LEASE_SECONDS}
            if revision := self._replace(item, {**held, **new}, found):
                return Taken(item, int(new["attempt"]), revision, int(new.get("deaths", 0)))
        raise RaceError(f"{self._owner} {item} keeps being changed by others")

    def is_held(self, found: Item) -> bool:
        """Whether another message's reader may be at work. One whose message is ours has died."""
        return bool(found["holder"] != self.holder and found["until"] > self.seconds())

    def add(self, item: str, new: Item) -> None:
        """Write an item unless there is one of that name."""
        self._replace(item, new, None)

    def put(self, item: str, new: Item) -> None:
        """Write an item, whatever is there."""
        self._table.put_item(Item={**self._key(item), **new})

    def update(self, item: str, revision: int, **values: Any) -> bool:
        """Set `values` of an item that is still at `revision`; whether it was."""
        return unless_raced(
            lambda: self._table.update_item(
                Key=self._key(item),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression="#revision = :revision",
                ExpressionAttributeNames={"#revision": "revision", **{f"#{name}": name for name in values}},
                ExpressionAttributeValues={
                    ":revision": revision, **{f":{name}": value for name, value in values.items()},
                },
            )
        )  # fmt: skip

    def _replace(self, item: str, new: Item, found: Item | None) -> int:
        """Write `new` in place of `found`; its revision, or 0 when something else is there."""
        revision = int(found["revision"]) + 1 if found else 1
        request: Item = {
            "Item": {**self._key(item), **new, "revision": revision},
            "ConditionExpression": "attribute_not_exists(#name)",
            "ExpressionAttributeNames": {"#name": "item"},
        }
        if found:
            request["ConditionExpression"] = "#name = :revision"
            request["ExpressionAttributeNames"] = {"#name": "revision"}
            request["ExpressionAttributeValues"] = {":revision": found["revision"]}
        return revision if unless_raced(lambda: self._table.put_item(**request)) else 0

    def _key(self, item: str) -> dict[str, str]:
        return {"owner": self._owner, "item": item}
