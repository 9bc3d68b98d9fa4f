-- Exchange rates between every two currencies, by day: quoted, else inverted, else through a third currency.
-- One unit of base costs `rate` units of quote. Both legs of a rate are from the same day; days without rates are left out.
-- columns: date date, base string, quote string, rate double, via string
WITH legs AS (
    SELECT date, base, quote, min_by(rate, preference) AS rate, min(preference) AS preference
    FROM (
        SELECT date, base, quote, close AS rate, 0 AS preference FROM fx_daily
        UNION ALL
        SELECT date, quote, base, 1 / close, 1 FROM fx_daily
    ) AS quoted
    GROUP BY date, base, quote
),
pivots AS (
    -- the currencies that most others are quoted in, the most liquid first
    SELECT currency, preference FROM (VALUES ('USD', 2), ('EUR', 3), ('GBP', 4)) AS listed (currency, preference)
),
paths AS (
    SELECT date, base, quote, rate, preference, CASE preference WHEN 0 THEN 'quoted' ELSE 'inverted' END AS via
    FROM legs
    UNION ALL
    SELECT there.date, there.base, onwards.quote, there.rate * onwards.rate, pivots.preference, pivots.currency
    FROM legs AS there
    JOIN pivots ON pivots.currency = there.quote
    JOIN legs AS onwards
        ON onwards.date = there.date AND onwards.base = pivots.currency AND onwards.quote <> there.base
)
SELECT date, base, quote, min_by(rate, preference) AS rate, min_by(via, preference) AS via
FROM paths
GROUP BY date, base, quote
