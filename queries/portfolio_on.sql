-- What all accounts together were worth on a day, in a currency: DATE '2013-03-01', 'GBP'.
SELECT day, currency, round(value, 2) AS value, accounts
FROM portfolio_by_currency
WHERE day = ? AND currency = ?
