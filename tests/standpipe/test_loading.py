"""`standpipe load` calls the dataset's producer once and says what it did."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.config import Config

from cdk.config import Environment, environment
from standpipe.datasets import NotDeployedError
from standpipe.loading import LoadError, load


@dataclass
class FakeAws:
    """A connection to an account whose functions give `answer`."""

    answer: dict[str, Any]
    failed: bool = False
    environment: Environment = field(default_factory=lambda: environment("dev"))
    invoked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def client(self, service: str, config: Config) -> "FakeAws":
        assert (service, config.read_timeout) == ("lambda", 900)
        return self

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.invoked.append((request["FunctionName"], json.loads(request["Payload"])))
        payload = io.BytesIO(json.dumps(self.answer).encode())
        return {"Payload": payload, **({"FunctionError": "Unhandled"} if self.failed else {})}


def test_a_sql_dataset_is_loaded_by_its_function() -> None:
    aws = FakeAws({"dataset": "accounts", "rows": 5, "deleted": 2, "remaining": "at id 7", "warnings": ["slow"]})
    said = load(aws, "accounts", full_reload=True, confirm_empty=False)  # type: ignore[arg-type]
    assert said == ["5 rows of accounts put", "2 keys deleted", "not finished: at id 7", "slow"]
    event = {"dataset": "accounts", "full_reload": True, "confirm_empty": False}
    assert aws.invoked == [("standpipe-dev-sql", event)]


def test_an_api_dataset_is_loaded_by_its_function() -> None:
    aws = FakeAws({"dataset": "fx_daily", "rows": 3, "symbols": {}})
    said = load(aws, "fx_daily", full_reload=False, confirm_empty=False)  # type: ignore[arg-type]
    assert said == ["3 rows of fx_daily put"]
    assert aws.invoked == [("standpipe-dev-alpha-vantage", {"dataset": "fx_daily"})]


def test_a_run_that_fails_says_why() -> None:
    aws = FakeAws({"errorMessage": "no table 'accounts'"}, failed=True)
    with pytest.raises(LoadError, match="no table 'accounts'"):
        load(aws, "accounts", full_reload=False, confirm_empty=False)  # type: ignore[arg-type]


def test_a_dataset_that_the_function_does_not_know_is_to_be_deployed() -> None:
    aws = FakeAws({"errorMessage": "no dataset 'accounts' here", "errorType": "UnknownDatasetError"}, failed=True)
    with pytest.raises(NotDeployedError, match=r"accounts .* not deployed yet: run `make deploy ENVIRONMENT=dev`"):
        load(aws, "accounts", full_reload=False, confirm_empty=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dataset", "full_reload", "instead"),
    [("trades", False, "standpipe put trades FILE"), ("fx_daily", True, "standpipe backfill fx_daily")],
)
def test_what_is_not_loaded_this_way_is_told_how_to_be(dataset: str, full_reload: bool, instead: str) -> None:
    with pytest.raises(LoadError, match=instead):
        load(FakeAws({}), dataset, full_reload, confirm_empty=False)  # type: ignore[arg-type]
