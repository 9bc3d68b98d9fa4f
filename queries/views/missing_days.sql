-- Trading days that a share, a rate or a digital currency lacks between its first and its last day.
-- A day is a trading day of an exchange, or for rates, if more than half of the symbols listed at that time have a price;
-- for digital currencies every day is one. Days that all symbols lack are not detected: `standpipe gaps` knows the calendars.
-- columns: kind string, market string, symbol string, date date
WITH days AS (
    SELECT 'share' AS kind, coalesce(instruments.exchange, 'unknown') AS market, stocks_daily.ticker AS symbol,
           stocks_daily.date
    FROM stocks_daily
    LEFT JOIN instruments ON instruments.ticker = stocks_daily.ticker
    UNION ALL
    SELECT 'rate', 'rates', base || '/' || quote, date FROM fx_daily
),
spans AS (
    SELECT kind, market, symbol, min(date) AS oldest, max(date) AS newest FROM days GROUP BY kind, market, symbol
),
traded AS (
    SELECT kind, market, date, count(*) AS symbols FROM days GROUP BY kind, market, date
),
listed AS (
    SELECT traded.kind, traded.market, traded.date, spans.symbol, traded.symbols,
           count(*) OVER (PARTITION BY traded.kind, traded.market, traded.date) AS listed
    FROM traded
    JOIN spans
        ON spans.kind = traded.kind AND spans.market = traded.market
        AND traded.date BETWEEN spans.oldest AND spans.newest
),
coins AS (
    SELECT coin, market, date, lead(date) OVER (PARTITION BY coin, market ORDER BY date) AS following FROM crypto_daily
)
SELECT listed.kind, listed.market, listed.symbol, listed.date
FROM listed
LEFT JOIN days ON days.kind = listed.kind AND days.symbol = listed.symbol AND days.date = listed.date
WHERE listed.symbols * 2 > listed.listed AND days.date IS NULL
UNION ALL
SELECT 'coin', coins.market, coins.coin || '/' || coins.market, missing.date
FROM coins
CROSS JOIN UNNEST(sequence(coins.date, coins.following, INTERVAL '1000' DAY)) AS thousands (since)
CROSS JOIN UNNEST(
    sequence(thousands.since, least(thousands.since + INTERVAL '999' DAY, coins.following), INTERVAL '1' DAY)
) AS missing (date)
WHERE missing.date > coins.date AND missing.date < coins.following
