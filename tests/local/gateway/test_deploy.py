"""Cloud assemblies are deployed, updated, and refused with the reason of the resource that failed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.deployment.deploy import DeployError, deploy
from local.endpoint import client
from local.gateway.running import RunningGateway, running_gateway
from tests.local.gateway import tiny_app
from tests.waiting import eventually


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway with nothing deployed."""
    with running_gateway(tmp_path_factory.mktemp("data")) as running:
        yield running


def outcomes(folder: Path, gateway: RunningGateway) -> dict[str, str]:
    return {stack.name: stack.outcome for stack in deploy(folder, gateway.url, lambda line: None)}


def delete(gateway: RunningGateway, stack: str) -> None:
    cloudformation = client(gateway.url, "cloudformation")
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 0.1})


def greeting(gateway: RunningGateway) -> str:
    answer = client(gateway.url, "lambda").invoke(FunctionName="tiny-function", Payload=b"{}")
    word: str = json.loads(answer["Payload"].read())["greeting"]
    return word


def stream(gateway: RunningGateway) -> dict[str, Any]:
    described = client(gateway.url, "firehose").describe_delivery_stream(DeliveryStreamName="tiny-stream")
    destination: dict[str, Any] = described["DeliveryStreamDescription"]["Destinations"][0]
    extended: dict[str, Any] = destination["ExtendedS3DestinationDescription"]
    return extended


def test_the_life_of_a_deployment(empty: RunningGateway, tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"Stream \(AWS::KinesisFirehose::DeliveryStream\): .*sizeInMBs") as failed:
        deploy(tiny_app.write(tmp_path, buffer_mib=1000), empty.url, lambda line: None)
    assert failed.value.stack == "tiny-base"

    lines: list[str] = []
    deployed = deploy(tiny_app.write(tmp_path), empty.url, lines.append)
    assert [(stack.name, stack.outcome) for stack in deployed] == [("tiny-base", "created"), ("tiny-top", "created")]
    arn = "arn:aws:firehose:us-east-1:000000000000:deliverystream/tiny-stream"
    assert (deployed[0].outputs["StreamName"], deployed[0].outputs["StreamArn"]) == ("tiny-stream", arn)
    assert [line.split(" in ")[0] for line in lines[1:]] == ["stack tiny-base: created", "stack tiny-top: created"]
    assert client(empty.url, "ssm").get_parameter(Name="/tiny")["Parameter"]["Value"] == arn
    assert stream(empty)["S3BackupDescription"]["Prefix"] == "backup/"
    assert greeting(empty) == "hello"

    assert outcomes(tmp_path, empty) == {"tiny-base": "unchanged", "tiny-top": "unchanged"}

    changed = tiny_app.write(tmp_path, word="bye", buffer_mib=100)
    assert outcomes(changed, empty) == {"tiny-base": "updated", "tiny-top": "unchanged"}
    assert greeting(empty) == "bye"
    assert stream(empty)["BufferingHints"]["SizeInMBs"] == 100

    with pytest.raises(DeployError, match="sizeInMBs"):
        deploy(tiny_app.write(tmp_path, word="bye", buffer_mib=1000), empty.url, lambda line: None)
    assert stream(empty)["BufferingHints"]["SizeInMBs"] == 100

    for name in ("tiny-top", "tiny-base"):
        delete(empty, name)
    assert client(empty.url, "firehose").list_delivery_streams()["DeliveryStreamNames"] == []


RETAINED = {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "kept"}},
    "Items": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "kept",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        },
    },
    "Database": {"Type": "AWS::Glue::Database", "Properties": {"CatalogId": "0", "DatabaseInput": {"Name": "kept"}}},
    "Table": {
        "Type": "AWS::Glue::Table",
        "DependsOn": "Database",
        "Properties": {"CatalogId": "0", "DatabaseName": "kept", "TableInput": {"Name": "kept"}},
    },
}


def test_what_a_stack_has_retained_is_adopted_when_it_comes_back(empty: RunningGateway, tmp_path: Path) -> None:
    template = {"Resources": {name: {**each, "DeletionPolicy": "Retain"} for name, each in RETAINED.items()}}
    items, objects, glue = (client(empty.url, service) for service in ("dynamodb", "s3", "glue"))
    assert outcomes(tiny_app.write_one(tmp_path / "with", "keeping", template), empty) == {"keeping": "created"}
    items.put_item(TableName="kept", Item={"id": {"S": "1"}})
    objects.put_object(Bucket="kept", Key="kept", Body=b"kept")
    assert outcomes(tiny_app.write_one(tmp_path / "without", "keeping", {}), empty) == {"keeping": "updated"}

    template["Resources"]["Table"]["Properties"]["TableInput"]["Description"] = "changed"
    assert outcomes(tiny_app.write_one(tmp_path / "again", "keeping", template), empty) == {"keeping": "updated"}
    assert items.get_item(TableName="kept", Key={"id": {"S": "1"}})["Item"]
    assert objects.get_object(Bucket="kept", Key="kept")["Body"].read() == b"kept"
    assert glue.get_table(DatabaseName="kept", Name="kept")["Table"]["Description"] == "changed"


def keeping(name: str, *, is_broken: bool = False) -> dict[str, Any]:
    """A template of data that outlives its stack once there has been one, and of something that cannot be created."""
    data = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}},
        "Items": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {**RETAINED["Items"]["Properties"], "TableName": name},
        },
    }
    resources = {key: {**each, "DeletionPolicy": "RetainExceptOnCreate"} for key, each in data.items()}
    if is_broken:
        broken = {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": {"DeliveryStreamName": "!"}}
        resources["Broken"] = {**broken, "DependsOn": list(data)}
    return {"Resources": resources}


def stored(gateway: RunningGateway, name: str) -> tuple[bool, bool]:
    """Whether there is a bucket of that name, and a table."""
    buckets = client(gateway.url, "s3").list_buckets()["Buckets"]
    tables = client(gateway.url, "dynamodb").list_tables()["TableNames"]
    return name in {bucket["Name"] for bucket in buckets}, name in tables


def test_a_first_deployment_that_fails_leaves_nothing_that_is_in_the_way_of_the_next(
    empty: RunningGateway, tmp_path: Path
) -> None:
    with pytest.raises(DeployError):
        deploy(tiny_app.write_one(tmp_path / "a", "first", keeping("data-1", is_broken=True)), empty.url, print)
    assert stored(empty, "data-1") == (False, False)
    assert outcomes(tiny_app.write_one(tmp_path / "b", "first", keeping("data-1")), empty) == {"first": "created"}
    with pytest.raises(DeployError):
        deploy(tiny_app.write_one(tmp_path / "c", "first", keeping("data-1", is_broken=True)), empty.url, print)
    assert stored(empty, "data-1") == (True, True)
    delete(empty, "first")
    assert stored(empty, "data-1") == (True, True)


@pytest.mark.parametrize("exists", [False, True])
def test_what_was_adopted_stays_when_the_deployment_fails(empty: RunningGateway, tmp_path: Path, exists: bool) -> None:
    name = f"adopted-{exists}".lower()
    assert outcomes(tiny_app.write_one(tmp_path / "a", name, keeping(name)), empty) == {name: "created"}
    items = client(empty.url, "dynamodb")
    items.put_item(TableName=name, Item={"id": {"S": "1"}})
    delete(empty, name)
    if exists:
        outcomes(tiny_app.write_one(tmp_path / "b", name, {}), empty)
    with pytest.raises(DeployError):
        deploy(tiny_app.write_one(tmp_path / "c", name, keeping(name, is_broken=True)), empty.url, print)
    assert stored(empty, name) == (True, True)
    assert items.get_item(TableName=name, Key={"id": {"S": "1"}})["Item"]
    again = {name: "updated" if exists else "created"}
    assert outcomes(tiny_app.write_one(tmp_path / "d", name, keeping(name)), empty) == again


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::S3::Bucket", {"BucketName": "taken"}),
        ("AWS::Athena::WorkGroup", {"Name": "taken"}),
        ("AWS::Glue::Crawler", {"Name": "taken", "Role": "r", "DatabaseName": "d", "Targets": {"S3Targets": [{"Path": "s3://b/c/"}]}}),
    ],
)  # fmt: skip
def test_what_another_stack_has_is_not_adopted(
    empty: RunningGateway, tmp_path: Path, kind: str, properties: dict[str, Any]
) -> None:
    name = kind.rpartition("::")[2].lower()
    template = {"Resources": {"Taken": {"Type": kind, "Properties": properties}}}
    first, second = (tiny_app.write_one(tmp_path / each, f"{each}-{name}", template) for each in ("first", "second"))
    assert outcomes(first, empty) == {f"first-{name}": "created"}
    with pytest.raises(DeployError):
        deploy(second, empty.url, lambda line: None)


def test_what_is_not_served_is_told_in_one_line(gateway: RunningGateway) -> None:
    reported = eventually(lambda: [line for line in gateway.lines if line.startswith("left out")])
    assert reported == ["left out of stack tiny-base (not served locally): AWS::QuickSight::DataSet x 2"]


def test_athenas_resources_are_served(gateway: RunningGateway) -> None:
    athena = client(gateway.url, "athena")
    outputs = client(gateway.url, "cloudformation").describe_stacks(StackName="tiny-base")["Stacks"][0]["Outputs"]
    query_id = next(output["OutputValue"] for output in outputs if output["OutputKey"] == "QueryId")
    assert athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]["QueryString"] == "SELECT 1"
    group = athena.get_work_group(WorkGroup="tiny-group")["WorkGroup"]
    assert group["Configuration"]["BytesScannedCutoffPerQuery"] == 10_000_000


def test_an_unknown_type_is_refused(empty: RunningGateway) -> None:
    template = json.dumps({"Resources": {"Nothing": {"Type": "AWS::Nothing::AtAll"}}})
    cloudformation = client(empty.url, "cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match="Unrecognized resource types"):
        cloudformation.create_stack(StackName="nothing", TemplateBody=template)


def test_a_template_above_the_limit_of_a_request_is_deployed(empty: RunningGateway, tmp_path: Path) -> None:
    folder = tiny_app.write_one(tmp_path, "large", {"Description": "x", "Metadata": {"padding": "x" * 60_000}})
    assert outcomes(folder, empty) == {"large": "created"}
