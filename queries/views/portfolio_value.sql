-- What each account is worth on each day, in its owner's currency.
-- Needs trades (files), prices and rates (API), accounts and instruments (SQL). Prices and rates are valid until the next;
-- oldest_input is the day of the oldest one used. A missing price, rate or account makes the value NULL, never a smaller sum.
-- columns: day date, account string, owner string, currency string, value double, oldest_input date
WITH rates AS (
    SELECT base, quote, rate, date AS since,
           lead(date, 1, DATE '9999-12-31') OVER (PARTITION BY base, quote ORDER BY date) AS until
    FROM cross_rates
    WHERE quote IN (SELECT base_currency FROM accounts) AND base IN (SELECT currency FROM instruments)
),
valued AS (
    SELECT holdings.day, holdings.account, accounts.owner, accounts.base_currency AS currency, holdings.priced_on,
           rates.since AS rated_on,
           CASE
               WHEN holdings.amount = 0 OR holdings.currency = accounts.base_currency THEN holdings.amount
               ELSE holdings.amount * rates.rate
           END AS value
    FROM holdings
    LEFT JOIN accounts ON accounts.account = holdings.account
    LEFT JOIN rates
        ON rates.base = holdings.currency AND rates.quote = accounts.base_currency
        AND holdings.day >= rates.since AND holdings.day < rates.until
)
SELECT day, account, owner, currency,
       CASE WHEN count(value) = count(*) THEN sum(value) END AS value,
       min(least(priced_on, coalesce(rated_on, priced_on))) AS oldest_input
FROM valued
GROUP BY day, account, owner, currency
