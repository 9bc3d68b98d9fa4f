"""One run over the symbols of a dataset: they do not stand in each other's way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from producers.alpha_vantage.asking import Asker, symbol_path
from producers.alpha_vantage.documents import leaves
from producers.alpha_vantage.outcomes import FINAL_FOR_ALL, Data, Outcome
from producers.loading import Destination, load
from schemas.contract import AlphaVantage, Contract

_WHAT_TO_DO = {
    "BadKey": "put a valid key into the secret that ALPHA_VANTAGE_SECRET names",
    "QuotaSpent": "wait until tomorrow, list fewer symbols, or set ALPHA_VANTAGE_PLAN=premium with a premium key",
    "RateLimited": "let fewer things use the key at the same time, or take a plan with more requests per minute",
    "PremiumOnly": "set ALPHA_VANTAGE_PLAN=free, or take a premium plan",
    "UnknownSymbol": "correct the symbols in the dataset's contract",
}


@dataclass(frozen=True)
class SymbolReport:
    """What became of one symbol: the name of its outcome, the rows put, and why not if none were."""

    outcome: str
    rows: int = 0
    records: int = 0
    reason: str = ""


class AlphaVantageError(Exception):
    """Some symbols brought no data. `reports` tells of all of them; what came well was put before this was raised."""

    def __init__(self, dataset: str, reports: dict[str, SymbolReport]) -> None:
        failed = {symbol: report for symbol, report in reports.items() if report.reason}
        told = [f"{symbol}: {report.outcome} ({report.reason})" for symbol, report in failed.items()]
        outcomes = dict.fromkeys(report.outcome for report in failed.values())
        advice = [_WHAT_TO_DO[outcome] for outcome in outcomes if outcome in _WHAT_TO_DO]
        told_and_advice = "; ".join([*told, *advice])
        super().__init__(f"{dataset}: {len(failed)} of {len(reports)} symbols brought no data; {told_and_advice}")
        self.reports = reports


def run(contract: Contract, symbols: Sequence[str] | None, asker: Asker, to: Destination) -> dict[str, SymbolReport]:
    """Ask for each symbol (None: all of the contract's) and put what came; returns what became of each.

    Raises `AlphaVantageError` after the last symbol when one brought no data. A refusal that holds for all symbols
    ends the run at once.
    """
    source = contract.source
    if not isinstance(source, AlphaVantage):
        raise ValueError(f"{contract.name}: its source is not alpha_vantage; see its contract")
    wanted = source.symbols if symbols is None else symbols
    reports = dict.fromkeys(wanted, SymbolReport("NotAsked", reason="the run had ended"))
    for number, symbol in enumerate(reports):
        if number:
            asker.pause()
        outcome = asker.ask(source, symbol)
        reports[symbol] = _report(contract, symbol_path(source, symbol), outcome, to)
        if isinstance(outcome, FINAL_FOR_ALL):
            break
    if any(report.reason for report in reports.values()):
        raise AlphaVantageError(contract.name, reports)
    return reports


def _report(contract: Contract, path: tuple[str, ...], outcome: Outcome, to: Destination) -> SymbolReport:
    """Put the data of one symbol, if there are any."""
    name = type(outcome).__name__
    if not isinstance(outcome, Data):
        return SymbolReport(name, reason=outcome.text)
    source = _source(outcome.function, path, to.now())
    done = load(leaves(outcome.series, path, contract), contract.name, source, to)
    return SymbolReport(name, done.rows, done.records)


def _source(function: str, path: tuple[str, ...], now: datetime) -> str:
    """`alpha_vantage/FX_DAILY/USD-GBP/2026-11-23T19:00:00Z`: names the call."""
    return f"alpha_vantage/{function}/{'-'.join(path)}/{now:%Y-%m-%dT%H:%M:%SZ}"
