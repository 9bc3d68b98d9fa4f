"""Every known answer of the service means one thing."""

import pytest

from producers.alpha_vantage import outcomes
from producers.alpha_vantage.outcomes import Data, Refusal, classify, field_name
from tests.producers.alpha_vantage import answers


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (answers.INVALID_CALL, outcomes.UnknownSymbol),
        (answers.BAD_KEY, outcomes.BadKey),
        ({"Information": answers.BAD_KEY["Error Message"]}, outcomes.BadKey),
        (answers.DEMO, outcomes.BadKey),
        (answers.NO_FUNCTION, outcomes.UnknownFunction),
        (answers.QUOTA, outcomes.QuotaSpent),
        ({"Note": answers.QUOTA["Information"]}, outcomes.QuotaSpent),
        (answers.BURST, outcomes.RateLimited),
        (answers.MINUTE, outcomes.RateLimited),
        (answers.PREMIUM, outcomes.PremiumOnly),
        (answers.FULL_SIZE, outcomes.FullSizePremiumOnly),
        ({}, outcomes.Empty),
        ({"Meta Data": {"2. Symbol": "IBM"}}, outcomes.Empty),
        ({"Meta Data": {}, "Time Series (Daily)": {}}, outcomes.Empty),
        ({"message": "Endpoint request timed out"}, outcomes.Unavailable),
        ({"Information": "something new"}, outcomes.Unavailable),
        ([], outcomes.Unavailable),
    ],
)
def test_a_refusal_is_known_by_its_text(answer: object, kind: type[Refusal]) -> None:
    outcome = classify("TIME_SERIES_DAILY", answer)
    assert type(outcome) is kind
    assert isinstance(outcome, Refusal)
    assert outcome.text


def test_a_series_counts_even_beside_a_note() -> None:
    outcome = classify("FX_DAILY", answers.FX | answers.MINUTE)
    assert outcome == Data("FX_DAILY", answers.FX["Time Series FX (Daily)"])


@pytest.mark.parametrize(
    ("field", "name"),
    [("1. open", "open"), ("5. adjusted close", "adjusted close"), ("01. symbol", "symbol"), ("1: Symbol", "Symbol"),
     ("4a. close (USD)", "close (USD)"), ("open", "open")],
)  # fmt: skip
def test_numbers_are_no_part_of_a_field_s_name(field: str, name: str) -> None:
    assert field_name(field) == name
