"""Alpha Vantage's answers, in its words."""

THANKS = "Thank you for using Alpha Vantage! "
PLANS = "https://www.alphavantage.co/premium/"
KEY = "SECRET+KEY/1"

INVALID_CALL = {
    "Error Message": "Invalid API call. Please retry or visit the documentation "
    "(https://www.alphavantage.co/documentation/) for TIME_SERIES_DAILY."
}
BAD_KEY = {
    "Error Message": "the parameter apikey is invalid or missing. Please claim your free API key on "
    "(https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds."
}
NO_FUNCTION = {"Error Message": "This API function (FX_DALY) does not exist."}
QUOTA = {
    "Information": f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day. "
    f"Please subscribe to any of the premium plans at {PLANS} to instantly remove all daily rate limits."
}
BURST = {
    "Information": f"{THANKS}Please consider spreading out your free API requests more sparingly (1 request per "
    f"second). You may subscribe to any of the premium plans at {PLANS} to lift the free key rate limit (25 requests "
    "per day), raise the per-second burst limit, and instantly unlock all premium endpoints"
}
MINUTE = {
    "Note": f"{THANKS}Our standard API call frequency is 5 calls per minute and 500 calls per day. Please visit "
    f"{PLANS} if you would like to target a higher API call frequency."
}
PREMIUM = {
    "Information": f"{THANKS}This is a premium endpoint. You may subscribe to any of the premium plans at {PLANS} "
    "to instantly unlock all premium endpoints"
}
FULL_SIZE = {
    "Information": f"{THANKS}The outputsize=full parameter value is a premium feature for the TIME_SERIES_DAILY "
    f"endpoint. You may subscribe to any of the premium plans at {PLANS} to instantly unlock all premium features"
}
DEMO = {"Information": "The **demo** API key is for demo purposes only. Please claim your free API key."}

FX = {
    "Meta Data": {"1. Information": "Forex Daily Prices (open, high, low, close)", "2. From Symbol": "USD"},
    "Time Series FX (Daily)": {
        "2010-01-04": {"1. open": "0.62", "2. high": "0.63", "3. low": "0.61", "4. close": "0.62"},
        "2009-12-31": {"1. open": "0.60", "2. high": "0.63", "3. low": "0.59", "4. close": "0.61"},
        "2009-12-30": {"1. open": "0.61", "2. high": "0.62", "3. low": "0.58", "4. close": "0.60"},
    },
}
ADJUSTED = {
    "Meta Data": {"2. Symbol": "IBM"},
    "Time Series (Daily)": {
        "2012-11-19": {
            "1. open": "190.1", "2. high": "191", "3. low": "189", "4. close": "190.35",
            "5. adjusted close": "144.55", "6. volume": "4303100", "7. dividend amount": "0.0000",
            "8. split coefficient": "1.0",
        }
    },
}  # fmt: skip
DAILY = {
    "Meta Data": {"2. Symbol": "IBM"},
    "Time Series (Daily)": {
        "2012-11-19": {"1. open": "190.1", "2. high": "191", "3. low": "189", "4. close": "190.35", "5. volume": "43"}
    },
}
CRYPTO = {
    "Meta Data": {"2. Digital Currency Code": "BTC"},
    "Time Series (Digital Currency Daily)": {
        "2021-01-01": {"1. open": "1.0", "2. high": "2.0", "3. low": "1.0", "4. close": "1.5", "5. volume": "0.25"}
    },
}
RATE = {
    "Realtime Currency Exchange Rate": {
        "1. From_Currency Code": "USD", "2. From_Currency Name": "United States Dollar",
        "3. To_Currency Code": "JPY", "4. To_Currency Name": "Japanese Yen", "5. Exchange Rate": "156.38000000",
        "6. Last Refreshed": "2026-11-23 18:59:31", "7. Time Zone": "UTC", "8. Bid Price": "-",
        "9. Ask Price": "156.39000000",
    }
}  # fmt: skip
PRICES = {"open": "190.1", "high": "191", "low": "189", "close": "190.35"}
"""The prices of all the answers above that are about IBM, under the contract's names."""


def series(name: str, key: str, zone: str = "UTC", adjusted: bool = False) -> dict[str, object]:
    """A series of one row with `PRICES`."""
    row = {"1. open": "190.1", "2. high": "191", "3. low": "189", "4. close": "190.35", "5. volume": "43"}
    if adjusted:
        row |= {"5. adjusted close": "144.55", "6. volume": "4303100", "7. dividend amount": "0.0000"}
        del row["5. volume"]
    return {"Meta Data": {"2. Symbol": "IBM", "6. Time Zone": zone}, name: {key: row}}
