"""The delivery streams say what the contracts say, and obey the rules that no validator knows."""

import re
from typing import Any

import pytest

from schemas import firehose, glue
from schemas.contract import Contract, Internal
from schemas.load import load_contracts
from tests.cdk.conftest import Templates, flat
from tests.local.firehose.rules import check_configuration

CONTRACTS = list(load_contracts().values())


def stream(templates: Templates, contract: Contract) -> dict[str, Any]:
    streams = templates.resources("AWS::KinesisFirehose::DeliveryStream").values()
    (found,) = (each for each in streams if each["DeliveryStreamName"] == f"standpipe-dev-{contract.name}")
    return found


def destination(templates: Templates, contract: Contract) -> dict[str, Any]:
    found: dict[str, Any] = stream(templates, contract)["ExtendedS3DestinationConfiguration"]
    return found


def lambda_parameters(configuration: dict[str, Any]) -> dict[str, Any]:
    (processor,) = configuration["ProcessingConfiguration"]["Processors"]
    return {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in processor["Parameters"]}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_every_dataset_has_a_direct_put_stream_encrypted_with_a_key_that_aws_owns(
    dev: Templates, contract: Contract
) -> None:
    found = stream(dev, contract)
    assert found["DeliveryStreamType"] == "DirectPut"
    assert found["DeliveryStreamEncryptionConfigurationInput"] == {"KeyType": "AWS_OWNED_CMK"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_prefixes_are_the_contracts_and_errors_lie_outside_every_table(dev: Templates, contract: Contract) -> None:
    found = destination(dev, contract)
    assert found["Prefix"] == firehose.prefix(contract)
    assert found["ErrorOutputPrefix"] == firehose.error_prefix(contract)
    tables = dev.resources("AWS::Glue::Table").values()
    locations = [flat(table["TableInput"]["StorageDescriptor"]["Location"]) for table in tables]
    assert not any(
        f"/{found['ErrorOutputPrefix']}".startswith(re.sub("^s3://[^/]*", "", each)) for each in locations if each
    )


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_rows_become_snappy_parquet_by_the_landing_table(dev: Templates, contract: Contract) -> None:
    conversion = destination(dev, contract)["DataFormatConversionConfiguration"]
    assert conversion["Enabled"] is True
    assert conversion["InputFormatConfiguration"] == {"Deserializer": {"OpenXJsonSerDe": {}}}
    assert conversion["OutputFormatConfiguration"] == {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}}
    assert conversion["SchemaConfiguration"]["DatabaseName"] == "standpipe_dev"
    output = conversion["SchemaConfiguration"]["TableName"]["Fn::GetStackOutput"]["OutputName"]
    table = dev.stacks["catalogue"]["Outputs"][output]["Value"]["Ref"]
    assert dev.resources("AWS::Glue::Table")[f"catalogue/{table}"]["TableInput"]["Name"] == glue.table_name(contract)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_dynamic_partitioning_is_on_exactly_where_the_contract_partitions(dev: Templates, contract: Contract) -> None:
    found = destination(dev, contract)
    assert found.get("DynamicPartitioningConfiguration", {}).get("Enabled", False) is bool(contract.partition)
    assert ("partitionKeyFromLambda" in found["Prefix"]) is bool(contract.partition)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_internal_datasets_are_written_as_they_are_and_all_others_are_transformed(
    dev: Templates, contract: Contract
) -> None:
    found = destination(dev, contract)
    if isinstance(contract.source, Internal):
        assert "ProcessingConfiguration" not in found
    else:
        assert lambda_parameters(found)["NumberOfRetries"] == "3"


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_buffers_are_what_firehose_takes(synthesised: Any, name: str) -> None:
    for found in synthesised(name).resources("AWS::KinesisFirehose::DeliveryStream").values():
        configuration = found["ExtendedS3DestinationConfiguration"]
        hints = configuration["BufferingHints"]
        assert 64 <= hints["SizeInMBs"] <= 128
        assert 60 <= hints["IntervalInSeconds"] <= 900
        if "ProcessingConfiguration" in configuration:
            parameters = lambda_parameters(configuration)
            assert 0.2 <= float(parameters["BufferSizeInMBs"]) <= 3
            assert 0 <= int(parameters["BufferIntervalInSeconds"]) <= 900


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_firehose_refuses_no_stream(synthesised: Any, name: str) -> None:
    """By the rules that the local Firehose applies at create, of which CloudFormation knows nothing."""
    streams = synthesised(name).resources("AWS::KinesisFirehose::DeliveryStream").values()
    assert streams
    for found in streams:
        check_configuration(found["ExtendedS3DestinationConfiguration"])


def test_a_transform_knows_its_dataset_and_the_quarantine(dev: Templates) -> None:
    functions = dev.resources("AWS::Lambda::Function").values()
    transforms = {each["FunctionName"]: each for each in functions if each["Handler"] == "transforms.handler.handler"}
    fed = [contract.name for contract in CONTRACTS if not isinstance(contract.source, Internal)]
    assert set(transforms) == {f"standpipe-dev-transform-{name}" for name in fed}
    for name in fed:
        variables = transforms[f"standpipe-dev-transform-{name}"]["Environment"]["Variables"]
        assert variables["STANDPIPE_DATASET"] == name
        assert variables["STANDPIPE_QUARANTINE_STREAM"] == "standpipe-dev-quarantine"


def test_each_stream_is_watched_for_delay_and_failed_conversion(dev: Templates) -> None:
    alarms = {alarm["AlarmName"] for alarm in dev.resources("AWS::CloudWatch::Alarm").values()}
    for contract in CONTRACTS:
        stream_name = f"standpipe-dev-{contract.name}"
        assert {f"{stream_name} DeliveryToS3.DataFreshness", f"{stream_name} FailedConversion.Records"} <= alarms


def test_records_in_the_error_prefix_are_told_to_the_topic(dev: Templates) -> None:
    (rule,) = (each for each in dev.resources("AWS::Events::Rule").values() if each["Name"] == "standpipe-dev-errors")
    assert rule["EventPattern"]["detail"]["object"] == {"key": [{"prefix": "errors/"}]}
    assert flat(rule["EventPattern"]["detail"]["bucket"]["name"][0]).startswith("standpipe-dev-lake-")
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("Alarms")
