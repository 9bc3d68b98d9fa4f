"""The answers of Alpha Vantage that carry no data. All but the gateway's come with HTTP 200.

Wording as in captured answers; the daily one repeats the caller's key.
"""

from local.alpha_vantage.documents import Answer, json_answer

_PREMIUM_PLANS = "https://www.alphavantage.co/premium/"
_THANKS = "Thank you for using Alpha Vantage! "


def invalid_call(function: str) -> Answer:
    """A symbol or parameter that the function does not know."""
    return _error(
        "Invalid API call. Please retry or visit the documentation "
        f"(https://www.alphavantage.co/documentation/) for {function}."
    )


def invalid_key() -> Answer:
    return _error(
        "the parameter apikey is invalid or missing. Please claim your free API key on "
        "(https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds."
    )


def unknown_function(function: str) -> Answer:
    return _error(f"This API function ({function}) does not exist.")


def burst_limit() -> Answer:
    return _information(
        f"{_THANKS}Please consider spreading out your free API requests more sparingly (1 request per second). "
        f"You may subscribe to any of the premium plans at {_PREMIUM_PLANS} to lift the free key rate limit "
        "(25 requests per day), raise the per-second burst limit, and instantly unlock all premium endpoints"
    )


def daily_limit(key: str) -> Answer:
    return _information(
        f"We have detected your API key as {key} and our standard API rate limit is 25 requests per day. "
        f"Please subscribe to any of the premium plans at {_PREMIUM_PLANS} to instantly remove all daily rate limits."
    )


def minute_limit() -> Answer:
    """The throttle of 2018 to 2023; captured answers still carry it."""
    text = (
        f"{_THANKS}Our standard API call frequency is 5 calls per minute and 500 calls per day. "
        f"Please visit {_PREMIUM_PLANS} if you would like to target a higher API call frequency."
    )
    return json_answer({"Note": text})


def premium_function() -> Answer:
    return _information(
        f"{_THANKS}This is a premium endpoint. You may subscribe to any of the premium plans at {_PREMIUM_PLANS} "
        "to instantly unlock all premium endpoints"
    )


def premium_full_size(function: str) -> Answer:
    return _information(
        f"{_THANKS}The outputsize=full parameter value is a premium feature for the {function} endpoint. "
        f"You may subscribe to any of the premium plans at {_PREMIUM_PLANS} to instantly unlock all premium features"
    )


def demo_key() -> Answer:
    """What the documentation's example key gets for any other request."""
    return _information(
        "The **demo** API key is for demo purposes only. Please claim your free API key at "
        "(https://www.alphavantage.co/support/#api-key) to explore our full API offerings. "
        "It takes fewer than 20 seconds."
    )


def nothing() -> Answer:
    return json_answer({})


def unavailable() -> Answer:
    """The answer of the load balancer in front of the service."""
    page = "<html>\n<head><title>503 Service Temporarily Unavailable</title></head>\n<body></body>\n</html>\n"
    return Answer(page, status=503, content_type="text/html")


def timed_out() -> Answer:
    """The gateway's answer when the service behind it is too slow."""
    return Answer(json_answer({"message": "Endpoint request timed out"}).body, status=504)


def too_many() -> Answer:
    return Answer("", status=429, content_type="text/plain")


def _error(text: str) -> Answer:
    return json_answer({"Error Message": text})


def _information(text: str) -> Answer:
    return json_answer({"Information": text})
