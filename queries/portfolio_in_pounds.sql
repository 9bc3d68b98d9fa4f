-- The value of all accounts kept in pounds, by day, newest first.
SELECT day, round(sum(value), 2) AS value_gbp, count(*) AS accounts
FROM portfolio_value
WHERE currency = 'GBP'
GROUP BY day
ORDER BY day DESC
LIMIT 5
