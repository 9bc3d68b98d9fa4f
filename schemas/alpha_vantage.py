"""The part of a contract that says which Alpha Vantage series feed the dataset, and when their bars are finished.

https://www.alphavantage.co/documentation/
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from schemas.value import Schedule, Value

Function = Literal[
    "TIME_SERIES_DAILY",
    "TIME_SERIES_DAILY_ADJUSTED",
    "TIME_SERIES_INTRADAY",
    "TIME_SERIES_WEEKLY",
    "TIME_SERIES_WEEKLY_ADJUSTED",
    "TIME_SERIES_MONTHLY",
    "TIME_SERIES_MONTHLY_ADJUSTED",
    "FX_DAILY",
    "FX_INTRADAY",
    "CURRENCY_EXCHANGE_RATE",
    "DIGITAL_CURRENCY_DAILY",
]
Interval = Literal["1min", "5min", "15min", "30min", "60min"]
Calendar = Literal["XNYS", "XLON", "XTSE", "XETR", "XBOM", "XSHG", "24/5", "24/7"]
Period = Literal["moment", "intraday", "day", "week", "month"]


class Market(NamedTuple):
    """When a trading day ends: at `closes` (`HH:MM`, `24:00` for midnight) in the time zone `zone`."""

    zone: str
    closes: str


MARKETS: Final[dict[Calendar, Market]] = {
    "XNYS": Market("America/New_York", "16:00"),
    "XLON": Market("Europe/London", "16:30"),
    "XTSE": Market("America/Toronto", "16:00"),
    "XETR": Market("Europe/Berlin", "17:30"),
    "XBOM": Market("Asia/Kolkata", "15:30"),
    "XSHG": Market("Asia/Shanghai", "15:00"),
    "24/5": Market("UTC", "24:00"),
    "24/7": Market("UTC", "24:00"),
}
"""The exchanges that Alpha Vantage documents, by ISO 10383 code, then currencies and digital currencies.

The names are those of the package `exchange_calendars`, which knows their holidays.
"""

_PERIODS: Final[dict[str, Period]] = {
    "RATE": "moment", "INTRADAY": "intraday", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month",
}  # fmt: skip


class AlphaVantage(Value, frozen=True, tag="alpha_vantage", tag_field="kind"):
    """Alpha Vantage time series; `symbols` are tickers (`IBM`) or pairs (`USD/GBP`, `BTC/USD`).

    Raises `ValueError` when its parts do not fit together.
    """

    function: Function
    symbols: tuple[str, ...]
    schedule: Schedule
    interval: Interval | None = None
    """What one bar of an intraday series spans."""
    calendar: Calendar | None = None
    """Which days are trading days; None: New York for shares, 24/5 for currencies, 24/7 for digital ones."""
    unfinished: bool = False
    """Whether the day that still runs lands too, and again at each run until it is over."""

    def __post_init__(self) -> None:
        if not self.symbols:
            raise ValueError("symbols: none are listed; list one at least")
        for symbol in self.symbols:
            if problem := self.misspelt(symbol):
                raise ValueError(f"symbols: {problem}")
        if twice := [symbol for symbol in self.symbols if self.symbols.count(symbol) > 1]:
            raise ValueError(f"symbols: {twice[0]!r} is listed twice")
        if (self.interval is not None) != (self.period == "intraday"):
            needed = "needs one of 1min, 5min, 15min, 30min, 60min" if self.period == "intraday" else "has none"
            raise ValueError(f"interval: {self.function} {needed}")
        if self.unfinished and self.period not in ("day", "intraday"):
            raise ValueError(
                f"unfinished: the date of an unfinished {self.period} moves, so it would leave rows behind; "
                "only days and intraday bars may land unfinished"
            )

    @property
    def is_pair(self) -> bool:
        """Whether a symbol is two names with a slash between them."""
        return not self.function.startswith("TIME_SERIES")

    @property
    def period(self) -> Period:
        """What one row spans."""
        return next(period for word, period in _PERIODS.items() if word in self.function)

    @property
    def trading_calendar(self) -> Calendar:
        """The calendar of the contract, or the one that the function implies."""
        if self.calendar is not None:
            return self.calendar
        if self.function.startswith("DIGITAL"):
            return "24/7"
        return "24/5" if self.is_pair else "XNYS"

    @property
    def market(self) -> Market:
        """Where and until when a day is traded."""
        return MARKETS[self.trading_calendar]

    def path(self, symbol: str) -> tuple[str, ...]:
        """The keys above the dates in the nested document: `("USD", "GBP")` for a pair, `("IBM",)` for a share."""
        return tuple(symbol.split("/")) if self.is_pair else (symbol,)

    def misspelt(self, symbol: str) -> str:
        """What is wrong with the form of `symbol`; empty if it can be asked for."""
        names = self.path(symbol)
        wanted = 2 if self.is_pair else 1
        if len(names) == wanted and all(name and name == name.strip() for name in names):
            return ""
        return f"{symbol!r} is not a {'pair such as USD/GBP' if self.is_pair else 'ticker such as IBM'}"

    def check_nest(self, nest: Sequence[str], types: Sequence[str]) -> None:
        """Raise `ValueError` unless the dataset's `nest`, whose columns have `types`, is the shape of the series."""
        shape = ["base", "quote", "date"] if self.is_pair else ["ticker", "date"]
        wanted = "date" if self.period in ("day", "week", "month") else "timestamp"
        if len(nest) != len(shape):
            raise ValueError(f"nest: {self.function} needs {len(shape)} columns, like {shape}; it has {list(nest)}")
        if types[-1] != wanted:
            raise ValueError(f"nest: {nest[-1]!r} is a {types[-1]}; {self.function} gives a {wanted} for each row")
