"""The tables that are queried: TPC-H's lineitem and part, and prices and rates like those of our own datasets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bench.tpch import generated

LOOKUP: Final = "lookup"


@dataclass(frozen=True)
class Dataset:
    """A table: its columns with Glue's types, the key that curation sorts on, and a relation with its rows.

    With `dated`, a column, it is partitioned by the year of that column, as our own contracts are.
    """

    name: str
    columns: Mapping[str, str]
    key: Sequence[str]
    rows: str
    dated: str | None = None


LINEITEM_COLUMNS: Final = {
    "l_orderkey": "bigint",
    "l_partkey": "bigint",
    "l_suppkey": "bigint",
    "l_linenumber": "int",
    "l_quantity": "decimal(15,2)",
    "l_extendedprice": "decimal(15,2)",
    "l_discount": "decimal(15,2)",
    "l_tax": "decimal(15,2)",
    "l_returnflag": "string",
    "l_linestatus": "string",
    "l_shipdate": "date",
    "l_commitdate": "date",
    "l_receiptdate": "date",
    "l_shipinstruct": "string",
    "l_shipmode": "string",
    "l_comment": "string",
}
PART_COLUMNS: Final = {
    "p_partkey": "bigint",
    "p_name": "string",
    "p_mfgr": "string",
    "p_brand": "string",
    "p_type": "string",
    "p_size": "int",
    "p_container": "string",
    "p_retailprice": "decimal(15,2)",
    "p_comment": "string",
}
PRICE_COLUMNS: Final = {
    "ticker": "string",
    "date": "date",
    "open": "double",
    "high": "double",
    "low": "double",
    "close": "double",
    "volume": "bigint",
    "source": "string",
    "ingested_at": "timestamp",
}
RATE_COLUMNS: Final = {
    "base": "string",
    "quote": "string",
    "date": "date",
    "close": "double",
    "source": "string",
    "ingested_at": "timestamp",
}


@dataclass(frozen=True)
class Lookup:
    """What the query `LOOKUP` reads: the columns, and the first column of the key and its value."""

    columns: Sequence[str]
    key: str
    value: str | int


@dataclass(frozen=True)
class Suite:
    """Datasets and their queries; `LOOKUP` queries the first."""

    title: str
    folder: str
    datasets: Sequence[Dataset]
    queries: Mapping[str, str]
    lookup: Lookup


_TPCH_QUERIES: Final = {
    LOOKUP: "SELECT l_orderkey FROM lineitem WHERE l_partkey = 17",
    "date range": "SELECT sum(l_extendedprice * l_discount) FROM lineitem WHERE l_shipdate >= DATE '1994-01-01' "
    "AND l_shipdate < DATE '1995-01-01' AND l_quantity < 24",
    "group by": "SELECT l_returnflag, l_linestatus, sum(l_quantity), count(*) FROM lineitem GROUP BY 1, 2",
    "top n": "SELECT l_orderkey, l_extendedprice FROM lineitem ORDER BY l_extendedprice DESC LIMIT 10",
    "join": "SELECT p_brand, sum(l_quantity) FROM lineitem JOIN part ON l_partkey = p_partkey "
    "WHERE p_partkey BETWEEN 1000 AND 1100 AND l_partkey BETWEEN 1000 AND 1100 GROUP BY 1",
    "count": "SELECT count(*) FROM lineitem",
}
_FINANCE_QUERIES: Final = {
    LOOKUP: "SELECT date, close FROM prices WHERE ticker = 'T0042'",
    "date range": "SELECT avg(close) FROM prices WHERE date BETWEEN DATE '2024-01-01' AND DATE '2024-03-31'",
    "group by": "SELECT ticker, max(high), min(low) FROM prices GROUP BY 1",
    "top n": "SELECT ticker, date, volume FROM prices ORDER BY volume DESC LIMIT 10",
    "join": "SELECT p.date, p.close * r.close FROM prices AS p JOIN rates AS r ON p.date = r.date "
    "WHERE p.ticker = 'T0042' AND r.base = 'USD' AND r.quote = 'C17'",
    "count": "SELECT count(*) FROM prices",
}

_PRICES = """
    SELECT 'T' || lpad(ticker::VARCHAR, 4, '0') AS ticker, day::DATE AS date,
        round(100 + 50 * sin(ticker + epoch(day) / 8e6) + hash(ticker, day) % 1000 / 250, 2) AS open,
        round(open * 1.01, 2) AS high, round(open * 0.99, 2) AS low,
        round(open * (0.99 + hash(day, ticker) % 1000 / 5e4), 2) AS close,
        (hash(ticker, day, 1) % 100_000 * 100)::BIGINT AS volume, 's3://drop/prices/' || year(day) || '.csv' AS source,
        TIMESTAMP '2026-01-02 03:04:05' AS ingested_at
    FROM generate_series(TIMESTAMP '2006-01-01', TIMESTAMP '2025-12-31', INTERVAL 1 DAY) AS days(day),
        range(1000) AS tickers(ticker) WHERE isodow(day) < 6 ORDER BY date, ticker"""
_RATES = """
    SELECT CASE base WHEN 0 THEN 'USD' ELSE 'B' || base END AS base, 'C' || quote AS quote, day::DATE AS date,
        round(1 + quote / 50 + hash(base, quote, day) % 1000 / 1e4, 5) AS close,
        's3://drop/rates/' || year(day) || '.json' AS source, TIMESTAMP '2026-01-02 03:04:05' AS ingested_at
    FROM generate_series(TIMESTAMP '2006-01-01', TIMESTAMP '2025-12-31', INTERVAL 1 DAY) AS days(day),
        range(10) AS bases(base), range(50) AS quotes(quote) WHERE isodow(day) < 6
    ORDER BY date, base, quote"""

_FINANCE: Final = (
    Dataset("prices", PRICE_COLUMNS, ("ticker", "date"), f"({_PRICES})"),
    Dataset("rates", RATE_COLUMNS, ("base", "quote", "date"), f"({_RATES})"),
)
"""5.2 million prices of 1,000 tickers and 2.6 million rates of 500 pairs, in 20 years, as they arrive: day by day."""
_TICKER: Final = Lookup(("ticker", "date", "close"), "ticker", "T0042")
FINANCE: Final = Suite("Prices and rates in one partition", "finance", _FINANCE, _FINANCE_QUERIES, _TICKER)
BY_YEAR: Final = Suite(
    "Prices and rates by year, as our contracts are partitioned",
    "finance-by-year",
    tuple(replace(each, dated="date") for each in _FINANCE),
    {
        **_FINANCE_QUERIES,
        "lookup of a year": f"{_FINANCE_QUERIES[LOOKUP]} AND year = 2024",
        "date range, year named": f"{_FINANCE_QUERIES['date range']} AND year = 2024",
    },
    _TICKER,
)


def tpch(scale: int) -> Suite:
    """TPC-H's lineitem and part at a scale factor."""
    lineitem, part = (f"'{generated(name, scale)}/*.parquet'" for name in ("lineitem", "part"))
    datasets = (
        Dataset("lineitem", LINEITEM_COLUMNS, tuple(LINEITEM_COLUMNS)[1::-1], lineitem),
        Dataset("part", PART_COLUMNS, ("p_partkey",), part),
    )
    lookup = Lookup(("l_orderkey", "l_partkey"), "l_partkey", 17)
    return Suite(f"TPC-H, scale factor {scale}", "tpch", datasets, _TPCH_QUERIES, lookup)
