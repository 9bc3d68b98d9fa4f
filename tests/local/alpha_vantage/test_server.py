"""The served answers are read by an ordinary client, the `alpha_vantage` library."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from alpha_vantage.alphavantage import AlphaVantage
from alpha_vantage.cryptocurrencies import CryptoCurrencies
from alpha_vantage.foreignexchange import ForeignExchange
from alpha_vantage.timeseries import TimeSeries

from local.alpha_vantage import running
from local.alpha_vantage.packages import DataMissingError, data_file


@pytest.fixture
def base_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with running() as url:
        monkeypatch.setattr(AlphaVantage, "_ALPHA_VANTAGE_API_URL", f"{url}query?")
        yield url


def test_the_library_reads_every_function(base_url: str) -> None:
    prices, about = TimeSeries(key="any").get_daily("MSFT", outputsize="full")
    assert prices["2013-03-01"]["4. close"] == "27.9500"
    assert about["2. Symbol"] == "MSFT"
    adjusted, _ = TimeSeries(key="any").get_daily_adjusted("MSFT", outputsize="full")
    assert adjusted["2004-11-15"]["7. dividend amount"] == "3.0800"
    weeks, _ = TimeSeries(key="any").get_weekly("MSFT")
    assert weeks["2013-03-01"]["4. close"] == "27.9500"
    months, _ = TimeSeries(key="any").get_monthly_adjusted("MSFT")
    assert months["2004-11-30"]["7. dividend amount"] == "3.0800"
    rates, _ = ForeignExchange(key="any").get_currency_exchange_daily("EUR", "GBP", outputsize="full")
    assert rates["2013-03-01"]["4. close"] == "0.86470"
    coins, _ = CryptoCurrencies(key="any").get_digital_currency_daily("BTC", "USD")
    assert coins["2021-10-27"]["1. open"] == "60260.23437500"
    rate, _ = ForeignExchange(key="any").get_currency_exchange_rate("EUR", "USD")
    assert rate["1. From_Currency Code"] == "EUR"


@pytest.mark.parametrize("key", ["INVALID", "RATELIMITED", "DAILYQUOTA", "NOTE", "PREMIUM", "EMPTY", "GATEWAY503"])
def test_the_library_raises_on_every_refusal(base_url: str, key: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        TimeSeries(key=key).get_daily("MSFT")


def test_the_gateway_answer_is_a_503(base_url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{base_url}query?function=FX_DAILY&apikey=GATEWAY503")
    assert caught.value.code == 503
    caught.value.close()


def test_another_path_is_not_found(base_url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{base_url}quotes")
    assert caught.value.code == 404
    caught.value.close()


def test_a_missing_data_package_names_the_extra() -> None:
    with pytest.raises(DataMissingError, match=r"pip install -e '.\[demo\]'"):
        data_file("no_such_package", "prices.csv", "no_such_package 1.0")
