"""What the producer remembers in the progress table: how far each symbol has landed, and which calls a run has made.

Nothing is written before Firehose has acknowledged the rows, so a run that was killed asks again for what it does not
find here, and never for what it finds. The key of the service is in no item.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from producers.alpha_vantage.comparing import Landed
from producers.alpha_vantage.reports import SymbolReport
from producers.progress import Table

DONE_OWNER: Final = "alpha-vantage/done"
_DONE_DAYS: Final = 30
"""How long it is remembered which calls a run has made: longer than a backfill under the free plan lasts."""


class Progress:
    """What is remembered of `dataset`; `now` is the time in UTC."""

    def __init__(self, table: Table, dataset: str, now: Callable[[], datetime]) -> None:
        self._table, self._dataset, self._now = table, dataset, now

    def landed(self, symbol: str) -> Landed | None:
        """How far `symbol` has landed; None if it never has."""
        found = self._get(f"alpha-vantage/{self._dataset}", symbol)
        return Landed(found["newest"], dict(found["fingerprints"])) if found else None

    def remember(self, symbol: str, landed: Landed) -> None:
        """From now on `symbol` has landed as far as `landed` says."""
        item = {"newest": landed.newest, "fingerprints": dict(landed.fingerprints)}
        self._put(f"alpha-vantage/{self._dataset}", symbol, item)

    def done(self, run: str, call: str) -> SymbolReport | None:
        """What `call` gave when `run` made it; None if it did not or was not acknowledged."""
        found = self._get(DONE_OWNER, done_item(self._dataset, run, call))
        return msgspec.json.decode(found["report"], type=SymbolReport) if found else None

    def finish(self, run: str, call: str, report: SymbolReport) -> None:
        """`run` need not make `call` again."""
        expires = int((self._now() + timedelta(days=_DONE_DAYS)).timestamp())
        self._put(
            DONE_OWNER,
            done_item(self._dataset, run, call),
            {"report": msgspec.json.encode(report).decode(), "expires": expires},
        )

    def _get(self, owner: str, item: str) -> dict[str, Any]:
        answer = self._table.get_item(Key={"owner": owner, "item": item}, ConsistentRead=True)
        found: dict[str, Any] = answer.get("Item", {})
        return found

    def _put(self, owner: str, item: str, values: dict[str, Any]) -> None:
        self._table.put_item(Item={"owner": owner, "item": item, **values})


def done_item(dataset: str, run: str, call: str = "") -> str:
    """The item of a call that a run has made; without `call`, what the items of all its calls begin with."""
    return f"{dataset}/{run}/{call}"
