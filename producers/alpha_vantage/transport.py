"""The package `alpha_vantage` with a transport of our own: the one place that reaches into the package.

The package calls `requests.get` without a time-out, never looks at the status, has no option for the service's address,
and its errors carry the URL with the key in it. Its classes send every call through `_handle_api_call(url)`, which is
overridden here; what comes out is a classified answer, never a bare error of `requests`.
"""

import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import msgspec
import requests
from alpha_vantage.cryptocurrencies import CryptoCurrencies
from alpha_vantage.foreignexchange import ForeignExchange
from alpha_vantage.timeseries import TimeSeries

from producers.alpha_vantage.outcomes import Data, RateLimited, Refusal, Unavailable, classify

PUBLIC_URL: Final = "https://www.alphavantage.co/query"
_TIMEOUT: Final = (5, 30)
"""Seconds to connect, and to wait for each part of the answer: a full history takes a few."""
_WHOLE_SECONDS: Final = 30
_MAX_BODY_BYTES: Final = 64_000_000
"""Of an answer: several times a full history."""
_PART_BYTES: Final = 65_536
_MAX_TEXT_CHARS: Final = 500
"""Longer than every refusal seen; a gateway's HTML page can be any length."""


class RefusedError(Exception):
    """Carries a `Refusal` through the package's own code, which knows only answers with a series."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class _Transport:
    """Mixed into the package's classes before their own base."""

    key: str
    url: str
    session: requests.Session

    def _handle_api_call(self, url: str) -> Mapping[str, Any]:
        """The answer to the query in `url` if it holds a series; raises `RefusedError`, free of the key, if not."""
        query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)) | {"apikey": self.key}
        try:
            with self.session.get(self.url, params=query, timeout=_TIMEOUT, stream=True) as response:
                answer = _decoded(response)
        except requests.RequestException as error:
            raise RefusedError(Unavailable(self._redacted(f"{type(error).__name__}: {error}"))) from None
        outcome = answer if isinstance(answer, Refusal) else classify(query["function"], answer)
        if isinstance(outcome, Data):
            series: Mapping[str, Any] = answer
            return series
        raise RefusedError(type(outcome)(self._redacted(outcome.text), outcome.wait_seconds))

    def _redacted(self, text: str) -> str:
        """`text` without the key, then cut: a cut first could leave a part of it."""
        for shape in (self.key, quote(self.key, safe=""), quote_plus(self.key)):
            text = text.replace(shape, "***")
        return text[:_MAX_TEXT_CHARS]


class _TimeSeries(_Transport, TimeSeries):  # type: ignore[misc]
    """Prices of shares."""


class _ForeignExchange(_Transport, ForeignExchange):  # type: ignore[misc]
    """Rates of currencies."""


class _CryptoCurrencies(_Transport, CryptoCurrencies):  # type: ignore[misc]
    """Prices of digital currencies."""


class Service:
    """Alpha Vantage at `url`, asked under `key`; one connection is kept for all calls."""

    def __init__(self, key: str, url: str = PUBLIC_URL) -> None:
        session = requests.Session()
        self.shares = _opened(_TimeSeries, key, url, session)
        self.currencies = _opened(_ForeignExchange, key, url, session)
        self.digital_currencies = _opened(_CryptoCurrencies, key, url, session)


def _opened(kind: Any, key: str, url: str, session: requests.Session) -> Any:
    opened = kind(key=key, output_format="json")
    opened.url, opened.session = url, session
    return opened


def _decoded(response: requests.Response) -> Any:
    """The JSON of an answer, or the refusal that its status or its lack of JSON stands for."""
    if response.status_code == requests.codes.too_many_requests:
        return RateLimited("HTTP 429", 1.5)
    body = _body(response)
    if isinstance(body, Refusal):
        return body
    if response.status_code != requests.codes.ok:
        return Unavailable(f"HTTP {response.status_code}: {body.decode(errors='replace')}")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Unavailable(f"the answer is not JSON ({error}): {body.decode(errors='replace')}")


def _body(response: requests.Response) -> bytes | Refusal:
    """The body of an answer, which may be neither endless nor slow without end."""
    body, until = bytearray(), time.monotonic() + _WHOLE_SECONDS
    for part in response.iter_content(_PART_BYTES):
        body += part
        if len(body) > _MAX_BODY_BYTES:
            return Unavailable(f"the answer has more than {_MAX_BODY_BYTES:,} bytes")
        if time.monotonic() > until:
            return Unavailable(f"the answer takes more than {_WHOLE_SECONDS} s")
    return bytes(body)
