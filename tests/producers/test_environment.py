"""What the functions read from their environment."""

import json

import boto3
import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.utilities import parameters
from moto import mock_aws

from producers.environment import UnknownDatasetError, contract_of, destination, secret
from schemas.alpha_vantage import AlphaVantage
from schemas.sql import Sql


@pytest.mark.parametrize("value", ["k3y", " k3y\n", '{"apikey": "k3y"}'])
@mock_aws
def test_a_secret_is_text_or_a_field_of_json(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("ALPHA_VANTAGE_SECRET", "the-key")
    parameters.clear_caches()
    boto3.client("secretsmanager").create_secret(Name="the-key", SecretString=value)
    assert secret("ALPHA_VANTAGE_SECRET", "apikey") == "k3y"


@pytest.mark.parametrize("value", ['{"other": "k3y"}', '{"apikey": k3y}'])
@mock_aws
def test_a_secret_of_another_shape_is_named_and_not_repeated(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("ALPHA_VANTAGE_SECRET", "the-key")
    parameters.clear_caches()
    boto3.client("secretsmanager").create_secret(Name="the-key", SecretString=value)
    with pytest.raises(ValueError, match="the secret the-key must be plain text or JSON") as failure:
        secret("ALPHA_VANTAGE_SECRET", "apikey")
    assert "k3y" not in str(failure.value)


def test_an_event_names_a_dataset_that_this_producer_feeds() -> None:
    assert contract_of({"dataset": "fx_daily"}, AlphaVantage).name == "fx_daily"
    for event in ({"dataset": "fx_daily"}, {"dataset": "nope"}, {}):
        with pytest.raises(UnknownDatasetError, match="the datasets are accounts, instruments"):
            contract_of(event, Sql)


def test_streams_are_named_after_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("STANDPIPE_STREAM_PREFIX", "standpipe-dev-")
    monkeypatch.setenv("STANDPIPE_LAKE_BUCKET", "standpipe-dev-lake")
    destination.cache_clear()
    assert destination("sql").sink("accounts").stream == "standpipe-dev-accounts"
    assert destination("sql").now().utcoffset() is not None
    destination.cache_clear()


@mock_aws
def test_what_is_parked_is_counted_even_if_the_run_fails_later(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Standpipe")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "standpipe-dev-sql")
    monkeypatch.setenv("STANDPIPE_STREAM_PREFIX", "standpipe-dev-")
    monkeypatch.setenv("STANDPIPE_LAKE_BUCKET", "standpipe-dev-lake")
    boto3.client("s3").create_bucket(Bucket="standpipe-dev-lake")
    destination.cache_clear()
    park = destination("sql").park
    assert park

    @Metrics().log_metrics
    def handler(_event: object, _context: object) -> None:
        park("standpipe-dev-accounts", [b"a", b"b"])
        park("standpipe-dev-accounts", [b"c"])
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        handler({}, None)
    told = json.loads(capsys.readouterr().out)
    assert told["RecordsUndelivered"] == [2.0, 1.0]
    assert told["service"] == "standpipe-dev-sql"
    assert told["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Standpipe"
    destination.cache_clear()
