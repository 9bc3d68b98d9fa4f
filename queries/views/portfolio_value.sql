-- What each account's shares are worth on each trading day, in the currency its owner reckons in.
-- Needs trades (files), prices and rates (API), accounts and instruments (SQL).
-- columns: day date, account string, owner string, currency string, value double
WITH changes AS (
    SELECT account, ticker, CAST(traded_at AS date) AS day,
           sum(CASE side WHEN 'BUY' THEN quantity ELSE -quantity END) AS quantity
    FROM trades
    GROUP BY account, ticker, CAST(traded_at AS date)
),
holdings AS (
    SELECT changes.account, prices.ticker, prices.date AS day, prices.close, sum(changes.quantity) AS quantity
    FROM changes
    JOIN stocks_daily AS prices ON prices.ticker = changes.ticker AND prices.date >= changes.day
    GROUP BY changes.account, prices.ticker, prices.date, prices.close
),
rates AS (
    -- a rate holds until the next one: exchanges and central banks keep different holidays
    SELECT base, quote, close AS rate, date AS valid_from,
           lead(date, 1, DATE '9999-12-31') OVER (PARTITION BY base, quote ORDER BY date) AS valid_until
    FROM fx_daily
),
valued AS (
    SELECT holdings.day, accounts.account, accounts.owner, accounts.base_currency AS currency,
           holdings.quantity * holdings.close AS amount,
           CASE WHEN instruments.currency = accounts.base_currency THEN 1.0 ELSE rates.rate END AS rate
    FROM holdings
    JOIN accounts ON accounts.account = holdings.account
    JOIN instruments ON instruments.ticker = holdings.ticker
    LEFT JOIN rates
        ON rates.base = instruments.currency AND rates.quote = accounts.base_currency
        AND holdings.day >= rates.valid_from AND holdings.day < rates.valid_until
)
-- a missing rate makes the value unknown, never smaller
SELECT day, account, owner, currency, CASE WHEN count(rate) = count(*) THEN sum(amount * rate) END AS value
FROM valued
GROUP BY day, account, owner, currency
