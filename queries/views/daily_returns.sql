-- Daily returns of shares, exchange rates and digital currencies, from one price to the next.
-- Shares use the price adjusted for splits and dividends, so the return is the total return. previous_date is the day of
-- the price before: Friday on a Monday, an older day after a gap.
-- columns: kind string, symbol string, date date, previous_date date, price double, simple_return double, log_return double
WITH prices AS (
    SELECT 'share' AS kind, ticker AS symbol, date, adj_close AS price FROM stocks_daily
    UNION ALL
    SELECT 'rate', base || '/' || quote, date, close FROM fx_daily
    UNION ALL
    SELECT 'coin', coin || '/' || market, date, close FROM crypto_daily
),
steps AS (
    SELECT kind, symbol, date, price,
           lag(date) OVER (PARTITION BY kind, symbol ORDER BY date) AS previous_date,
           lag(price) OVER (PARTITION BY kind, symbol ORDER BY date) AS previous_price
    FROM prices
    WHERE price > 0
)
SELECT kind, symbol, date, previous_date, price,
       price / previous_price - 1 AS simple_return,
       ln(price / previous_price) AS log_return
FROM steps
