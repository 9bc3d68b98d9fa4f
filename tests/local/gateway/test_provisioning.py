"""Templates' resources become calls of our own services."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.gateway.resources.athena import NamedQueries, PreparedStatements, Workgroups
from local.gateway.resources.omitted import Inert, Omissions
from local.gateway.resources.provisioning import ProvisioningError
from local.gateway.resources.streams import DeliveryStreams
from local.protocol import AwsError, Json

ARN = "arn:aws:firehose:us-east-1:000000000000:deliverystream/s"
DESTINATION = {"BucketARN": "arn:aws:s3:::b", "RoleARN": "arn:aws:iam::000000000000:role/r"}


class Recorder:
    """A service that answers from a table and remembers what it was asked."""

    target_prefix = "Firehose_20150804"

    def __init__(self, answers: Mapping[str, Json | AwsError]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Json]] = []

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        self.asked.append((operation, dict(request)))
        answer = self.answers.get(operation, {})
        if isinstance(answer, AwsError):
            raise answer
        return answer

    def close(self) -> None:
        pass


def firehose(**answers: Json | AwsError) -> Recorder:
    described = {"DeliveryStreamARN": ARN, "VersionId": "7", "Destinations": [{"DestinationId": "d"}]}
    usual = {
        "CreateDeliveryStream": {"DeliveryStreamARN": ARN},
        "DescribeDeliveryStream": {"DeliveryStreamDescription": described},
    }
    return Recorder({**usual, **answers})


def stream(**destination: Any) -> Json:
    return {"DeliveryStreamName": "s", "ExtendedS3DestinationConfiguration": {**DESTINATION, **destination}}


def test_a_stream_is_created_with_its_whole_configuration() -> None:
    service = firehose()
    properties = stream(S3BackupMode="Enabled", S3BackupConfiguration=DESTINATION)
    assert DeliveryStreams(service).create("Stream", properties, "stack") == ("s", {"Arn": ARN})
    assert service.asked == [
        ("CreateDeliveryStream", properties),
        ("DescribeDeliveryStream", {"DeliveryStreamName": "s"}),
    ]


def test_text_in_a_template_becomes_the_number_or_boolean_it_stands_for() -> None:
    service = firehose()
    properties = stream(
        BufferingHints={"SizeInMBs": "64", "IntervalInSeconds": "60"},
        DynamicPartitioningConfiguration={"Enabled": "true"},
        Prefix="true",
    )
    DeliveryStreams(service).create("Stream", properties, "stack")
    sent = service.asked[0][1]["ExtendedS3DestinationConfiguration"]
    assert sent["BufferingHints"] == {"SizeInMBs": 64, "IntervalInSeconds": 60}
    assert sent["DynamicPartitioningConfiguration"] == {"Enabled": True}
    assert sent["Prefix"] == "true"


def test_a_stream_without_a_name_gets_one_of_64_characters_at_most() -> None:
    service = firehose()
    properties = {"ExtendedS3DestinationConfiguration": DESTINATION}
    name, _ = DeliveryStreams(service).create("Stream" * 20, properties, "stack")
    assert name.startswith("stack-Stream")
    assert len(name) == 64
    assert service.asked[0][1]["DeliveryStreamName"] == name


def test_a_property_that_aws_does_not_know_is_refused() -> None:
    service = firehose()
    with pytest.raises(ProvisioningError, match="BuferingHints"):
        DeliveryStreams(service).create("Stream", stream(BuferingHints={}), "stack")
    assert service.asked == []


def test_what_firehose_refuses_is_told_in_its_words() -> None:
    service = firehose(CreateDeliveryStream=AwsError("InvalidArgumentException", "SizeInMBs must be at least 64"))
    with pytest.raises(ProvisioningError) as refused:
        DeliveryStreams(service).create("Stream", stream(), "stack")
    assert str(refused.value) == (
        'Resource handler returned message: "SizeInMBs must be at least 64 (Service: Firehose, Status Code: 400)" '
        "(HandlerErrorCode: InvalidArgumentException)"
    )


def test_a_changed_destination_is_updated_in_place() -> None:
    service = firehose()
    new = stream(Prefix="a/", S3BackupConfiguration=DESTINATION)
    assert DeliveryStreams(service).update("s", stream(), new, "stack") == ("s", {"Arn": ARN})
    operation, request = service.asked[-1]
    assert operation == "UpdateDestination"
    assert request == {
        "DeliveryStreamName": "s",
        "CurrentDeliveryStreamVersionId": "7",
        "DestinationId": "d",
        "ExtendedS3DestinationUpdate": {**DESTINATION, "Prefix": "a/", "S3BackupUpdate": DESTINATION},
    }


def test_a_plain_destination_is_updated_too() -> None:
    service = firehose()
    old = {"DeliveryStreamName": "s", "S3DestinationConfiguration": DESTINATION}
    new = {"DeliveryStreamName": "s", "S3DestinationConfiguration": {**DESTINATION, "Prefix": "a/"}}
    DeliveryStreams(service).update("s", old, new, "stack")
    assert service.asked[-1][1]["S3DestinationUpdate"] == {**DESTINATION, "Prefix": "a/"}


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ({}, {"KeyType": "AWS_OWNED_CMK"}, "StartDeliveryStreamEncryption"),
        ({"KeyType": "AWS_OWNED_CMK"}, {}, "StopDeliveryStreamEncryption"),
    ],
)
def test_changed_encryption_is_started_and_stopped(before: Json, after: Json, asked: str) -> None:
    service = firehose()
    key = "DeliveryStreamEncryptionConfigurationInput"
    old, new = (stream() | ({key: value} if value else {}) for value in (before, after))
    DeliveryStreams(service).update("s", old, new, "stack")
    assert service.asked[-2:] == [
        (asked, {"DeliveryStreamName": "s"} | ({key: after} if after else {})),
        ("DescribeDeliveryStream", {"DeliveryStreamName": "s"}),
    ]


def test_a_resource_is_complete_when_its_stream_is_settled() -> None:
    class Slow(Recorder):
        def call(self, operation: str, request: Mapping[str, Any]) -> Json:
            answer = super().call(operation, request)
            asked = [name for name, _ in self.asked].count("DescribeDeliveryStream")
            status = {1: ("CREATING", "ENABLING"), 2: ("ACTIVE", "ENABLING")}.get(asked, ("ACTIVE", "ENABLED"))
            described = {"DeliveryStreamStatus": status[0]}
            described |= {"DeliveryStreamEncryptionConfiguration": {"Status": status[1]}}  # type: ignore[dict-item]
            return {"DeliveryStreamDescription": described} if operation == "DescribeDeliveryStream" else answer

    service = Slow({"CreateDeliveryStream": {"DeliveryStreamARN": ARN}})
    DeliveryStreams(service).create("Stream", stream(), "stack")
    assert [name for name, _ in service.asked] == ["CreateDeliveryStream", *3 * ["DescribeDeliveryStream"]]


def test_changed_tags_leave_the_destination_alone() -> None:
    service = firehose()
    old = {**stream(), "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}
    new = {**stream(), "Tags": [{"Key": "b", "Value": "3"}]}
    DeliveryStreams(service).update("s", old, new, "stack")
    assert service.asked[1:] == [
        ("UntagDeliveryStream", {"DeliveryStreamName": "s", "TagKeys": ["a"]}),
        ("TagDeliveryStream", {"DeliveryStreamName": "s", "Tags": [{"Key": "b", "Value": "3"}]}),
    ]


def test_a_new_name_replaces_the_stream() -> None:
    service = firehose()
    new = {**stream(), "DeliveryStreamName": "t"}
    assert DeliveryStreams(service).update("s", stream(), new, "stack")[0] == "t"
    asked = [operation for operation, _ in service.asked]
    assert asked == ["CreateDeliveryStream", "DescribeDeliveryStream", "DeleteDeliveryStream"]


def test_deleting_a_stream_that_is_gone_succeeds() -> None:
    service = firehose(DeleteDeliveryStream=AwsError("ResourceNotFoundException", "gone"))
    DeliveryStreams(service).delete("s", {})
    assert service.asked == [("DeleteDeliveryStream", {"DeliveryStreamName": "s"})]


def test_a_stream_that_cannot_be_deleted_fails() -> None:
    service = firehose(DeleteDeliveryStream=AwsError("ResourceInUseException", "busy"))
    with pytest.raises(ProvisioningError, match="busy"):
        DeliveryStreams(service).delete("s", {})


def test_a_workgroup_is_made_and_changed() -> None:
    service = Recorder({"ListWorkGroups": {"WorkGroups": [{"Name": "w"}]}})
    groups = Workgroups(service)
    result = {"OutputLocation": "s3://b/"}
    properties = {
        "Name": "w",
        "WorkGroupConfiguration": {"BytesScannedCutoffPerQuery": "10000000", "ResultConfiguration": result},
        "RecursiveDeleteOption": True,
    }
    assert groups.create("W", properties, "stack") == ("w", {})
    assert groups.update("w", properties, properties, "stack") == ("w", {})
    groups.delete("w", properties)
    groups.delete("other", properties)
    changed = {"BytesScannedCutoffPerQuery": 10_000_000, "ResultConfigurationUpdates": result}
    assert [asked for asked in service.asked if asked[0] != "ListWorkGroups"] == [
        (
            "CreateWorkGroup",
            {
                "Name": "w",
                "Configuration": {"BytesScannedCutoffPerQuery": 10_000_000, "ResultConfiguration": result},
            },
        ),
        ("UpdateWorkGroup", {"WorkGroup": "w", "ConfigurationUpdates": changed}),
        ("DeleteWorkGroup", {"WorkGroup": "w", "RecursiveDeleteOption": True}),
    ]


def test_a_changed_named_query_is_another_query() -> None:
    service = Recorder({"CreateNamedQuery": {"NamedQueryId": "new"}})
    properties = {"Name": "q", "Database": "d", "QueryString": "SELECT 1"}
    assert NamedQueries(service).update("old", {}, properties, "stack") == ("new", {"NamedQueryId": "new"})
    assert service.asked == [("CreateNamedQuery", properties), ("DeleteNamedQuery", {"NamedQueryId": "old"})]


def test_a_prepared_statement_is_changed_in_place_unless_it_moves() -> None:
    service = Recorder({})
    statements = PreparedStatements(service)
    one = {"StatementName": "p", "WorkGroup": "w", "QueryStatement": "SELECT 1"}
    statements.update("p", one, {**one, "QueryStatement": "SELECT 2"}, "stack")
    statements.update("p", one, {**one, "WorkGroup": "v"}, "stack")
    operations = [operation for operation, _ in service.asked]
    assert operations == ["UpdatePreparedStatement", "CreatePreparedStatement", "DeletePreparedStatement"]


def test_what_is_left_out_is_told_once_for_each_stack_that_is_settled() -> None:
    lines: list[str] = []
    omissions = Omissions(lines.append)
    data_sets, dashboards = (Inert(f"AWS::QuickSight::{kind}", omissions) for kind in ("DataSet", "Dashboard"))
    first, attributes = data_sets.create("One", {}, "bi")
    data_sets.create("Two", {}, "bi")
    dashboards.create("Three", {}, "bi")
    dashboards.create("Four", {}, "later")
    omissions.report(lambda stack: stack == "bi")
    omissions.report(lambda stack: stack == "bi")
    assert lines == [
        "left out of stack bi (not served locally): AWS::QuickSight::Dashboard x 1, AWS::QuickSight::DataSet x 2"
    ]
    assert attributes["Arn"] == f"arn:aws:quicksight:us-east-1:000000000000:{first}"
    assert data_sets.update(first, {}, {}, "bi") == (first, attributes)
