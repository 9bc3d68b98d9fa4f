"""What became of each symbol, and the errors that say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from producers.alpha_vantage.outcomes import REACTIONS

_ADVICE: Final = {refusal.__name__: reaction.advice for refusal, reaction in REACTIONS.items() if reaction.advice}


@dataclass(frozen=True)
class SymbolReport:
    """What became of one symbol: the name of its outcome, the rows put, and why not if there was no data."""

    outcome: str
    rows: int = 0
    records: int = 0
    reason: str = ""
    note: str = ""
    """Worth knowing, and no failure."""


NOT_ASKED: Final = SymbolReport("NotAsked", reason="the run had ended")


class AlphaVantageError(Exception):
    """Some symbols gave no data. `reports` has all of them; what succeeded was put before this was raised."""

    def __init__(self, dataset: str, reports: Mapping[str, SymbolReport], ending: str = "") -> None:
        failed = {symbol: report for symbol, report in reports.items() if report.reason}
        failures = [f"{symbol}: {report.outcome} ({report.reason})" for symbol, report in failed.items()]
        outcomes = dict.fromkeys(report.outcome for report in failed.values())
        advice = [_ADVICE[outcome] for outcome in outcomes if outcome in _ADVICE]
        parts = "; ".join(part for part in [ending, *failures, *advice] if part)
        super().__init__(f"{dataset}: {len(failed)} of {len(reports)} symbols gave no data; {parts}")
        self.reports = reports


class StoppedError(AlphaVantageError):
    """A refusal that holds for every symbol has ended the run."""


class UnfinishedError(AlphaVantageError):
    """The run ended before its last symbol. `remaining` can be asked for from `resumes_at` on, in UTC."""

    def __init__(self, dataset: str, reports: Mapping[str, SymbolReport], resumes_at: datetime) -> None:
        ends_here = ("NotAsked", "QuotaSpent", "OutOfTime")
        self.remaining = [symbol for symbol, report in reports.items() if report.outcome in ends_here]
        self.resumes_at = resumes_at
        when = f"{resumes_at:%Y-%m-%dT%H:%M:%SZ}"
        super().__init__(dataset, reports, f"left for {when} or later: {', '.join(self.remaining)}")
