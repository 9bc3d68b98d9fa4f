-- Rolling annualized volatility: the standard deviation of the last 21, 63 and 252 daily log returns.
-- Uses only returns up to the day itself; NULL until there are enough. A year has 252 trading days, 365 for digital currencies.
-- columns: kind string, symbol string, date date, volatility_21 double, volatility_63 double, volatility_252 double
WITH returns AS (
    SELECT kind, symbol, date, log_return, sqrt(CASE kind WHEN 'coin' THEN 365 ELSE 252 END) AS yearly
    FROM daily_returns
)
SELECT kind, symbol, date,
       CASE WHEN count(log_return) OVER last_21 = 21 THEN stddev_samp(log_return) OVER last_21 * yearly END
           AS volatility_21,
       CASE WHEN count(log_return) OVER last_63 = 63 THEN stddev_samp(log_return) OVER last_63 * yearly END
           AS volatility_63,
       CASE WHEN count(log_return) OVER last_252 = 252 THEN stddev_samp(log_return) OVER last_252 * yearly END
           AS volatility_252
FROM returns
WINDOW
    last_21 AS (PARTITION BY kind, symbol ORDER BY date ROWS BETWEEN 20 PRECEDING AND CURRENT ROW),
    last_63 AS (PARTITION BY kind, symbol ORDER BY date ROWS BETWEEN 62 PRECEDING AND CURRENT ROW),
    last_252 AS (PARTITION BY kind, symbol ORDER BY date ROWS BETWEEN 251 PRECEDING AND CURRENT ROW)
