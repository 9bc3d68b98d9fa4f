-- Closing prices of one ticker, newest first.
SELECT date, close, adj_close, volume
FROM stocks_daily
WHERE ticker = 'IBM'
ORDER BY date DESC
LIMIT 5
