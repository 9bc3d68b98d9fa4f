"""One run over the symbols of a dataset: one that fails does not stop the others."""

from dataclasses import dataclass
from datetime import datetime

from producers.alpha_vantage.calls import Call, RunRequest, call_name
from producers.alpha_vantage.client import Client
from producers.alpha_vantage.documents import leaves
from producers.alpha_vantage.outcomes import REACTIONS, Current, OutOfTime, QuotaSpent, Refusal
from producers.alpha_vantage.progress import Progress
from producers.alpha_vantage.pulling import Pull, pull, pull_history
from producers.alpha_vantage.reports import NOT_ASKED, AlphaVantageError, StoppedError, SymbolReport, UnfinishedError
from producers.loading import Destination, load
from schemas.alpha_vantage import AlphaVantage
from schemas.contract import Contract


def run(
    contract: Contract, request: RunRequest, client: Client, progress: Progress, to: Destination
) -> dict[str, SymbolReport]:
    """Ask for each symbol and put what came; returns what became of each.

    Raises `AlphaVantageError` after the last symbol when one gave no data. A refusal that holds for all symbols ends
    the run at once: `UnfinishedError` when quota or time ran out, else `StoppedError`.
    """
    source = contract.source
    assert isinstance(source, AlphaVantage)
    loading = _Loading(contract, source, request, client, progress, to)
    reports = dict.fromkeys(source.symbols if request.symbols is None else request.symbols, NOT_ASKED)
    for symbol in reports:
        reports[symbol], refusal = loading.load(symbol)
        if isinstance(refusal, QuotaSpent):
            raise UnfinishedError(contract.name, reports, client.quota.resumes_at())
        if isinstance(refusal, OutOfTime):
            raise UnfinishedError(contract.name, reports, to.now())
        if refusal and REACTIONS[type(refusal)].ends_run:
            raise StoppedError(contract.name, reports)
    if any(report.reason for report in reports.values()):
        raise AlphaVantageError(contract.name, reports)
    return reports


@dataclass(frozen=True)
class _Loading:
    """A run on its way."""

    contract: Contract
    source: AlphaVantage
    request: RunRequest
    client: Client
    progress: Progress
    to: Destination

    def load(self, symbol: str) -> tuple[SymbolReport, Refusal | None]:
        """What became of `symbol`, and the refusal if it was one."""
        call = call_name(symbol, self.request.history)
        if before := self.progress.done(self.request.run, call):
            return before, None
        found = self._pull(symbol)
        name = type(found.outcome).__name__
        if isinstance(found.outcome, Refusal):
            return SymbolReport(name, reason=found.outcome.text), found.outcome
        if isinstance(found.outcome, Current):
            return SymbolReport(name, note=found.outcome.text), None
        source = _source(found.outcome.function, call, self.source.path(symbol), self.to.now())
        path = self.source.path(symbol)
        done = load(leaves(found.rows, path, self.contract), self.contract.name, source, self.to)
        parked = f"{done.undelivered} records are parked: `standpipe replay` puts them" if done.undelivered else ""
        report = SymbolReport(name, done.rows, done.records, note="; ".join(filter(None, [found.note, parked])))
        self.progress.finish(self.request.run, call, report)
        if found.landed:
            self.progress.remember(symbol, found.landed)
        return report, None

    def _pull(self, symbol: str) -> Pull:
        history, now, before = self.request.history, self.to.now(), self.progress.landed(symbol)
        if history is None:
            return pull(Call(self.source, symbol), self.contract, before, self.client, now)
        call = Call(self.source, symbol, "full" if history.month else self.client.largest_size, history.month)
        return pull_history(call, self.contract, history.since, before, self.client, now)


def _source(function: str, call: str, path: tuple[str, ...], now: datetime) -> str:
    """`alpha_vantage/FX_DAILY/USD-GBP/2026-11-23T19:00:00Z`: names the call."""
    name = call.replace("/".join(path), "-".join(path), 1)
    return f"alpha_vantage/{function}/{name}/{now:%Y-%m-%dT%H:%M:%SZ}"
