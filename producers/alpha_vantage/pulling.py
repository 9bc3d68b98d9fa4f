"""One symbol: asked for what is new, compared with what landed, asked for in full where its past has changed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from producers.alpha_vantage.calls import COMPACT_POINTS, Call, is_sized
from producers.alpha_vantage.client import Client
from producers.alpha_vantage.comparing import Landed, adjusts_history, landed, news
from producers.alpha_vantage.documents import Rows, rows
from producers.alpha_vantage.outcomes import Current, Data, Outcome, Refusal, Restated
from producers.alpha_vantage.trading import bar_length, due, is_finished
from schemas.alpha_vantage import AlphaVantage
from schemas.contract import Contract

_COMPACT_MARGIN: Final = 5
"""Of a compact answer's points: the bar that still runs, and a few that came late."""


@dataclass(frozen=True)
class Pull:
    """What asking for a symbol gave: `rows` are to be put, then `landed` is to be remembered."""

    outcome: Outcome
    rows: Rows
    landed: Landed | None
    note: str = ""


def pull(call: Call, contract: Contract, before: Landed | None, client: Client, now: datetime) -> Pull:
    """What is new of a symbol since `before`; everything when it is new itself, or when its past was restated."""
    source = call.source
    newest_due = due(source, now)
    if before and newest_due and before.newest >= newest_due:
        return Pull(Current(f"{before.newest} has landed, and nothing newer is due"), {}, before)
    wanted = "compact" if before and _compact_reaches(before.newest, source, now) else client.largest_size
    outcome = client.ask(replace(call, size=wanted))
    if isinstance(outcome, Refusal):
        return Pull(outcome, {}, before)
    if before is None:
        return _everything(outcome, contract, source, now)
    found = _finished(rows(outcome, contract), source, now)
    latest = news(found, before)
    restated = bool(latest.changed) or adjusts_history(outcome.series, before.newest)
    gap = latest.gap and is_sized(source)
    if (restated or gap) and is_sized(source) and wanted != client.largest_size:
        outcome = client.ask(replace(call, size=client.largest_size))
        if isinstance(outcome, Refusal):
            return Pull(outcome, {}, before)
    if restated:
        again = Restated(outcome.function, outcome.series, outcome.zone)
        return replace(_everything(again, contract, source, now), note=_what_changed(latest.changed, again, source))
    return _news(outcome, contract, before, source, now)


def pull_history(
    call: Call, contract: Contract, since: str, before: Landed | None, client: Client, now: datetime
) -> Pull:
    """Everything of a symbol from the date `since` on (empty: from its first), whatever has landed before.

    It says nothing about how far the symbol has landed when it is a single `month`, or when rows are left out between
    `before` and it: the next run asks for those.
    """
    outcome = client.ask(call)
    if isinstance(outcome, Refusal):
        return Pull(outcome, {}, None)
    found = _everything(outcome, contract, call.source, now)
    wanted = {key: row for key, row in found.rows.items() if key >= since}
    if call.month:
        return replace(found, rows=wanted, landed=None)
    if before and _leaves_out(found.rows, since, before, call.source):
        note = f"rows between {before.newest} and the first of these have not landed; the next run asks for them"
        return replace(found, rows=wanted, landed=None, note=note)
    return replace(found, rows=wanted, landed=landed(_finished(wanted, call.source, now), before))


def _leaves_out(found: Rows, since: str, before: Landed, source: AlphaVantage) -> bool:
    """Whether rows later than `before` are not among those from `since` on, or may not have been in the answer."""
    earlier = [key for key in found if key < since]
    return any(key > before.newest for key in earlier) or (is_sized(source) and min(found, default="") > before.newest)


def _everything(data: Data, contract: Contract, source: AlphaVantage, now: datetime) -> Pull:
    all_rows = rows(data, contract)
    finished = _finished(all_rows, source, now)
    return Pull(data, all_rows if source.unfinished else finished, landed(finished))


def _news(data: Data, contract: Contract, before: Landed, source: AlphaVantage, now: datetime) -> Pull:
    all_rows = rows(data, contract)
    finished = _finished(all_rows, source, now)
    latest = news(finished, before)
    running = {key: row for key, row in all_rows.items() if key not in finished} if source.unfinished else {}
    note = ""
    if latest.gap and is_sized(source):
        note = f"rows after {before.newest} may be missing: the answer begins at {min(finished)}; drop them as a file"
    return Pull(data, {**latest.rows, **running}, landed(finished, before), note)


def _finished(found: Rows, source: AlphaVantage, now: datetime) -> Rows:
    return {key: row for key, row in found.items() if is_finished(key, source, now)}


def _compact_reaches(newest: str, source: AlphaVantage, now: datetime) -> bool:
    """Whether the newest 100 points surely go back to `newest`: every calendar day is counted as a trading day."""
    since = now.replace(tzinfo=None) - datetime.fromisoformat(newest)
    return since < (COMPACT_POINTS - _COMPACT_MARGIN) * bar_length(source)


def _what_changed(changed: tuple[str, ...], data: Data, source: AlphaVantage) -> str:
    why = f"{len(changed)} rows changed, the newest of {max(changed)}" if changed else "a split or a dividend"
    if not is_sized(source) or len(data.series) > COMPACT_POINTS:
        return f"{why}: its history is put again"
    return (
        f"{why}: the rows from {min(data.series)} on are put again; older ones stay as they landed: drop them as a file"
    )
