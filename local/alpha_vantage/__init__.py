"""Real daily prices over HTTP in Alpha Vantage's exact JSON, replayed from data that lies in registry packages.

`GET /query?function=...&apikey=...` answers TIME_SERIES_DAILY, TIME_SERIES_DAILY_ADJUSTED, FX_DAILY,
DIGITAL_CURRENCY_DAILY and CURRENCY_EXCHANGE_RATE (https://www.alphavantage.co/documentation/).
`stocks`, `fx` and `crypto` say where each series comes from. Point a client at `<base URL>query?`.

Any key that is not empty is accepted; these ask for an answer of the real service, for tests:

=============  ======================================================================================
`INVALID`      the key is invalid or missing (as an absent key)
`RATELIMITED`  more than one request per second
`DAILYQUOTA`   the 25 requests of the day are used up; the answer repeats the key, as the real one does
`NOTE`         the older throttle, 5 calls per minute, under `Note`
`PREMIUM`      this function needs a premium key
`FREE`         a free key: no adjusted prices, `outputsize=full` of TIME_SERIES_DAILY refused
`EMPTY`        `{}`
`GATEWAY503`   HTTP 503 and an HTML page
=============  ======================================================================================
"""

from local.alpha_vantage.server import running, serve

__all__ = ["running", "serve"]
