-- What each account holds on each day since its first trade, including weekends and holidays, at the last closing price.
-- Closing prices are those of the exchange, not adjusted for dividends; shares are multiplied by the splits since they were
-- bought. For a share without a price up to that day, close, priced_on and amount are NULL. A position that was sold stays,
-- with a quantity and an amount of 0, which need no price. Prices dated in the future are ignored.
-- columns: day date, account string, ticker string, quantity double, close double, priced_on date, currency string, amount double
WITH prices AS (
    -- how many shares one share of the first day has become: the product of all splits until then
    SELECT ticker, date, close,
           round(exp(sum(ln(coalesce(split, 1))) OVER (PARTITION BY ticker ORDER BY date)), 9) AS shares,
           lead(date - INTERVAL '1' DAY, 1, last_day) OVER (PARTITION BY ticker ORDER BY date) AS until
    FROM stocks_daily
    CROSS JOIN (SELECT max(date) AS last_day FROM stocks_daily WHERE date <= current_date) AS newest
    WHERE date <= current_date
),
daily AS (
    -- in steps of a thousand days: a sequence has at most 10,000 entries
    SELECT ticker, day, close, date AS priced_on, shares
    FROM prices
    CROSS JOIN UNNEST(sequence(date, until, INTERVAL '1000' DAY)) AS thousands (since)
    CROSS JOIN UNNEST(sequence(thousands.since, least(thousands.since + INTERVAL '999' DAY, until), INTERVAL '1' DAY)) AS filled (day)
),
days AS (
    SELECT DISTINCT day FROM daily
),
changes AS (
    SELECT trades.account, trades.ticker, CAST(trades.traded_at AS date) AS day,
           sum(CASE trades.side WHEN 'BUY' THEN trades.quantity ELSE -trades.quantity END / coalesce(daily.shares, 1))
               AS quantity
    FROM trades
    LEFT JOIN daily ON daily.ticker = trades.ticker AND daily.day = CAST(trades.traded_at AS date)
    GROUP BY trades.account, trades.ticker, CAST(trades.traded_at AS date)
),
positions AS (
    SELECT account, ticker, day AS since,
           lead(day, 1, DATE '9999-12-31') OVER (PARTITION BY account, ticker ORDER BY day) AS until,
           sum(quantity) OVER (PARTITION BY account, ticker ORDER BY day) AS quantity
    FROM changes
),
held AS (
    -- rounded, because 0.1 + 0.2 - 0.3 is not 0
    SELECT days.day, positions.account, positions.ticker,
           round(positions.quantity * coalesce(daily.shares, 1), 9) AS quantity, daily.close, daily.priced_on
    FROM positions
    JOIN days ON days.day >= positions.since AND days.day < positions.until
    LEFT JOIN daily ON daily.ticker = positions.ticker AND daily.day = days.day
)
SELECT held.day, held.account, held.ticker, held.quantity,
       CASE WHEN held.quantity <> 0 THEN held.close END AS close,
       CASE WHEN held.quantity <> 0 THEN held.priced_on END AS priced_on,
       instruments.currency,
       CASE WHEN held.quantity = 0 THEN 0.0 ELSE held.quantity * held.close END AS amount
FROM held
LEFT JOIN instruments ON instruments.ticker = held.ticker
