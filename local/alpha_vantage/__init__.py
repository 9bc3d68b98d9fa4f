"""Real prices over HTTP in Alpha Vantage's exact JSON, replayed from data in registry packages.

`GET /query?function=...&apikey=...` answers TIME_SERIES_DAILY, _WEEKLY and _MONTHLY, each also
_ADJUSTED, FX_DAILY, DIGITAL_CURRENCY_DAILY and CURRENCY_EXCHANGE_RATE (https://www.alphavantage.co/documentation/).
TIME_SERIES_INTRADAY and FX_INTRADAY are refused as premium: there are no intraday prices to
replay. `stocks`, `fx` and `crypto` say where each series comes from. Point a client at `<base URL>query?`.

Any non-empty key is accepted; these return an answer of the real service, for tests:

=============  ======================================================================================
`INVALID`      the key is invalid or missing (as an absent key)
`RATELIMITED`  more than one request per second
`DAILYQUOTA`   the 25 requests of the day are used up; the answer repeats the key, as the real one does
`NOTE`         the older throttle, 5 calls per minute, under `Note`
`PREMIUM`      this function needs a premium key
`FREE`         a free key: no adjusted prices, `outputsize=full` of TIME_SERIES_DAILY refused
`DEMO`         the key of the documentation's examples, for something else
`EMPTY`        `{}`
`TOOMANY429`   HTTP 429 without a body
`GATEWAY503`   HTTP 503 and an HTML page
`GATEWAY504`   HTTP 504 and a JSON message
=============  ======================================================================================
"""

from local.alpha_vantage.server import running, serve

__all__ = ["running", "serve"]
