"""Section 9.1: `AWS::KinesisFirehose::DeliveryStream` in a template."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import WaiterError

from tests.conformance.firehose_table.aws import Aws, Stream
from tests.conformance.firehose_table.configurations import Json, hints, s3
from tests.conformance.firehose_table.row import row


class Stack:
    """A stack of one delivery stream, whose bucket has the stack's name."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.name = aws.name()
        aws.s3.create_bucket(Bucket=self.name)

    def template(self, properties: Json) -> str:
        """The stack's template."""
        resource = {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": properties}
        outputs = {"Ref": {"Value": {"Ref": "Stream"}}, "Arn": {"Value": {"Fn::GetAtt": ["Stream", "Arn"]}}}
        return json.dumps({"Resources": {"Stream": resource}, "Outputs": outputs})

    def properties(self, name: str | None = None, **destination: Any) -> Json:
        """The stream's properties."""
        named = {"DeliveryStreamName": name or self.name}
        return named | {"ExtendedS3DestinationConfiguration": s3(self.name, **destination)}

    def create(self, properties: Json) -> "Stack":
        """Create the stack and wait until it is there."""
        self.create_from(self.template(properties))
        return self

    def create_from(self, template: str) -> None:
        """Create the stack from a template."""
        self.aws.cloudformation.create_stack(StackName=self.name, TemplateBody=template)
        self._wait("stack_create_complete")

    def update(self, properties: Json) -> None:
        """Update the stack and wait until that is done."""
        self.update_from(self.template(properties))

    def update_from(self, template: str) -> None:
        """Update the stack to a template."""
        self.aws.cloudformation.update_stack(StackName=self.name, TemplateBody=template)
        self._wait("stack_update_complete")

    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        [found] = self.aws.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def reasons(self) -> list[str]:
        """What the stack's events say of failures."""
        events = self.aws.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [event.get("ResourceStatusReason", "") for event in events]

    def stream(self) -> Stream:
        """The stack's stream."""
        return Stream(self.aws, self.outputs()["Ref"])

    def _wait(self, state: str) -> None:
        self.aws.cloudformation.get_waiter(state).wait(StackName=self.name, WaiterConfig={"Delay": 0.1})


@row("template-ref", "9.1", "Of a stream in a template, `Ref` is the name and `Arn` the ARN.", "documented")
def _(aws: Aws) -> None:
    stack = Stack(aws)
    stack.create(stack.properties())
    arn = f"arn:aws:firehose:us-east-1:000000000000:deliverystream/{stack.name}"
    assert stack.outputs() == {"Ref": stack.name, "Arn": arn}


@row("template-name", "9.1", "A stream without a name gets one from its stack and logical id.", "documented")
def _(aws: Aws) -> None:
    stack = Stack(aws)
    properties = stack.properties()
    del properties["DeliveryStreamName"]
    assert stack.create(properties).outputs()["Ref"].startswith(f"{stack.name}-Stream-")


@row("template-active", "9.1", "A stack is complete when its stream is ACTIVE: it takes records at once.", "inferred")
def _(aws: Aws) -> Iterator[None]:
    stack = Stack(aws)
    stack.create(stack.properties())
    aws.firehose.put_record(DeliveryStreamName=stack.name, Record={"Data": b"at once"})
    yield
    assert stack.stream().body(7) == b"at once"


@row("template-refused", "9.1", "What Firehose refuses fails the stack, in Firehose's words.", "documented")
def _(aws: Aws) -> None:
    stack = Stack(aws)
    try:
        stack.create(stack.properties(Prefix="!{timestamp:yyyy}/", ErrorOutputPrefix=None))
    except WaiterError:
        words = "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"
        assert any(words in reason for reason in stack.reasons()), stack.reasons()
    else:
        raise AssertionError("the stack was created")


@row("template-update", "9.1", "A changed destination is updated in place.", "documented")
def _(aws: Aws) -> None:
    stack = Stack(aws)
    stack.create(stack.properties(Prefix="a/"))
    stack.update(stack.properties(Prefix="b/", BufferingHints=hints(2, 61)))
    described = stack.stream().describe()
    assert (described["VersionId"], stack.stream().destination()["Prefix"]) == ("2", "b/")


@row("template-replacement", "9.1", "A changed name replaces the stream.", "documented")
def _(aws: Aws) -> None:
    stack = Stack(aws)
    stack.create(stack.properties())
    stack.update(stack.properties(name=stack.name + "-new"))
    assert stack.outputs()["Ref"] == stack.name + "-new"
    assert aws.refused("DescribeDeliveryStream", DeliveryStreamName=stack.name)[0] == "ResourceNotFoundException"


@row("template-backup-stays", "9.1", "S3BackupMode deleted from a template does not turn backup off.", "inferred")
def _(aws: Aws) -> None:
    stack = Stack(aws)
    backup = {"S3BackupMode": "Enabled", "S3BackupConfiguration": s3("b", ErrorOutputPrefix=None)}
    stack.create(stack.properties(**backup))
    stack.update(stack.properties(Prefix="b/"))
    assert stack.stream().destination()["S3BackupMode"] == "Enabled"


@row("template-delete", "9.1", "A deleted stack deletes its stream.", "documented")
def _(aws: Aws) -> None:
    stack = Stack(aws)
    stack.create(stack.properties())
    aws.cloudformation.delete_stack(StackName=stack.name)
    aws.cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack.name, WaiterConfig={"Delay": 0.1})
    assert aws.refused("DescribeDeliveryStream", DeliveryStreamName=stack.name)[0] == "ResourceNotFoundException"


@row(
    "template-encryption",
    "8",
    "A template may encrypt its stream with a key of its own, and change or end that.",
    "documented",
)
def _(aws: Aws) -> None:
    stack = Stack(aws)
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}}
    managed = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": {"Fn::GetAtt": ["Key", "Arn"]}}

    def template(**encryption: Any) -> str:
        document = json.loads(stack.template(stack.properties() | encryption))
        document["Resources"]["Key"] = key
        return json.dumps(document)

    def seen() -> dict[str, Any]:
        return dict(stack.stream().describe()["DeliveryStreamEncryptionConfiguration"])

    stack.create_from(template(DeliveryStreamEncryptionConfigurationInput=managed))
    encrypted = seen()
    stack.update_from(template(DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"}))
    changed = seen()
    stack.update_from(template())
    assert (encrypted["KeyType"], encrypted["Status"]) == ("CUSTOMER_MANAGED_CMK", "ENABLED")
    assert encrypted["KeyARN"].startswith("arn:aws:kms:")
    assert changed == {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}
    assert seen() == {"Status": "DISABLED"}
