-- What all accounts together are worth on each day, in every currency that has rates.
-- columns: day date, currency string, value double, accounts bigint
WITH amounts AS (
    SELECT day, currency, account, CASE WHEN count(amount) = count(*) THEN sum(amount) END AS amount
    FROM holdings
    GROUP BY day, currency, account
),
rates AS (
    SELECT base, quote, rate, date AS since,
           lead(date, 1, DATE '9999-12-31') OVER (PARTITION BY base, quote ORDER BY date) AS until
    FROM cross_rates
    WHERE base IN (SELECT currency FROM instruments)
),
currencies AS (
    SELECT quote AS currency FROM rates
    UNION
    SELECT currency FROM instruments
),
valued AS (
    SELECT amounts.day, currencies.currency, amounts.account,
           CASE
               WHEN amounts.amount = 0 OR amounts.currency = currencies.currency THEN amounts.amount
               ELSE amounts.amount * rates.rate
           END AS value
    FROM amounts
    CROSS JOIN currencies
    LEFT JOIN rates
        ON rates.base = amounts.currency AND rates.quote = currencies.currency
        AND amounts.day >= rates.since AND amounts.day < rates.until
)
SELECT day, currency, CASE WHEN count(value) = count(*) THEN sum(value) END AS value,
       count(DISTINCT account) AS accounts
FROM valued
GROUP BY day, currency
