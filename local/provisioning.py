"""CloudFormation resources that the gateway makes itself, and those that it leaves out and says so."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import botocore.session
from botocore.model import Shape, StructureShape
from botocore.validate import ParamValidator

from local.ministack import ACCOUNT, REGION
from local.protocol import AwsError, Json, Service

DELIVERY_STREAM: Final = "AWS::KinesisFirehose::DeliveryStream"
LEFT_OUT: Final = frozenset(
    {f"AWS::Athena::{kind}" for kind in ("CapacityReservation", "DataCatalog", "NamedQuery", "PreparedStatement")}
    | {
        f"AWS::LakeFormation::{kind}"
        for kind in ("DataLakeSettings", "PrincipalPermissions", "Resource", "Tag", "TagAssociation")
    }
    | {
        f"AWS::QuickSight::{kind}"
        for kind in (
            "Analysis",
            "Dashboard",
            "DataSet",
            "DataSource",
            "Folder",
            "RefreshSchedule",
            "Template",
            "Theme",
            "Topic",
        )
    }
    | {"AWS::CloudWatch::CompositeAlarm", "AWS::Glue::SecurityConfiguration", "AWS::Logs::QueryDefinition"}
)
"""Types that are accepted and not made: nothing that runs here depends on them. Every other unknown type is refused."""

_STREAM_NAME_CHARS: Final = 64
_REPLACING: Final = (
    "DeliveryStreamName",
    "DeliveryStreamType",
    "KinesisStreamSourceConfiguration",
    "MSKSourceConfiguration",
)


class ProvisioningError(Exception):
    """A resource could not be made; the text becomes the stack event's reason."""


class DeliveryStreams:
    """Makes `AWS::KinesisFirehose::DeliveryStream` with Firehose's own operations.

    The whole configuration of the template reaches the service, and what the service refuses fails the stack.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesisfirehose-deliverystream.html
    """

    def __init__(self, firehose: Service) -> None:
        self._firehose = firehose
        self._shape = (
            botocore.session.get_session()
            .get_service_model("firehose")
            .operation_model("CreateDeliveryStream")
            .input_shape
        )

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return the stream's name and its Arn."""
        name = properties.get("DeliveryStreamName") or _generated_name(stack, logical_id)
        answer = self._call("CreateDeliveryStream", self._typed({**properties, "DeliveryStreamName": name}))
        return name, {"Arn": answer["DeliveryStreamARN"]}

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Change the destination in place, or replace the stream when its name, type or source changed."""
        if any(old.get(key) != new.get(key) for key in _REPLACING):
            made = self.create("stream", new, stack)
            self.delete(physical_id, old)
            return made
        described = self._call("DescribeDeliveryStream", {"DeliveryStreamName": physical_id})[
            "DeliveryStreamDescription"
        ]
        self._update_destination(physical_id, described, old, new)
        self._update_tags(physical_id, old, new)
        return physical_id, {"Arn": described["DeliveryStreamARN"]}

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the stream; one that is gone already is no error."""
        try:
            self._firehose.call("DeleteDeliveryStream", {"DeliveryStreamName": physical_id})
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise _refused(error) from error

    def _update_destination(self, name: str, described: Json, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        key = "ExtendedS3DestinationConfiguration"
        if old.get(key) == new.get(key):
            return
        destination = dict(self._typed({"DeliveryStreamName": name, key: new[key]})[key])
        if "S3BackupConfiguration" in destination:
            destination["S3BackupUpdate"] = destination.pop("S3BackupConfiguration")
        request = {
            "DeliveryStreamName": name,
            "CurrentDeliveryStreamVersionId": described["VersionId"],
            "DestinationId": described["Destinations"][0]["DestinationId"],
            "ExtendedS3DestinationUpdate": destination,
        }
        self._call("UpdateDestination", request)

    def _update_tags(self, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        kept = {tag["Key"] for tag in new.get("Tags", [])}
        gone = [tag["Key"] for tag in old.get("Tags", []) if tag["Key"] not in kept]
        if gone:
            self._call("UntagDeliveryStream", {"DeliveryStreamName": name, "TagKeys": gone})
        if new.get("Tags", []) != old.get("Tags", []) and kept:
            self._call("TagDeliveryStream", {"DeliveryStreamName": name, "Tags": new["Tags"]})

    def _typed(self, properties: Mapping[str, Any]) -> Json:
        """The properties with numbers and booleans that a template gave as text; refuses names AWS does not know."""
        typed = _as_shape(dict(properties), self._shape)
        report = ParamValidator().validate(typed, self._shape)
        if report.has_errors():
            raise ProvisioningError(f"Properties validation failed for resource: {report.generate_report()}")
        return dict(typed)

    def _call(self, operation: str, request: Json) -> Json:
        try:
            return self._firehose.call(operation, request)
        except AwsError as error:
            raise _refused(error) from error


class Inert:
    """Accepts resources of one type without making them, and counts them in `omissions`."""

    def __init__(self, resource_type: str, omissions: "Omissions") -> None:
        self._type = resource_type
        self._omissions = omissions

    def create(self, logical_id: str, _properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return a made-up physical id, and an Arn that names it."""
        self._omissions.add(stack, self._type)
        physical_id = _generated_name(stack, logical_id)
        return physical_id, self._attributes(physical_id)

    def update(
        self, physical_id: str, _old: Mapping[str, Any], _new: Mapping[str, Any], stack: str
    ) -> tuple[str, Json]:
        """Keep the physical id."""
        self._omissions.add(stack, self._type)
        return physical_id, self._attributes(physical_id)

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Do nothing: there is nothing to delete."""

    def _attributes(self, physical_id: str) -> Json:
        service = self._type.split("::")[1].lower()
        return {"Arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{physical_id}", "Id": physical_id}


class Omissions:
    """What was left out of each stack since the last report: one line a stack."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._counts: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def add(self, stack: str, resource_type: str) -> None:
        """Count one resource."""
        with self._lock:
            self._counts.setdefault(stack, Counter())[resource_type] += 1

    def tell(self, settled: Callable[[str], bool]) -> None:
        """Report, once, the stacks that are settled."""
        with self._lock:
            told = {stack: self._counts.pop(stack) for stack in list(self._counts) if settled(stack)}
        for stack, counts in told.items():
            listed = ", ".join(f"{name} x {count}" for name, count in sorted(counts.items()))
            self._report(f"left out of stack {stack} (not served locally): {listed}")


def _generated_name(stack: str, logical_id: str) -> str:
    suffix = f"-{uuid.uuid4().hex[:12].upper()}"
    return f"{stack}-{logical_id}"[: _STREAM_NAME_CHARS - len(suffix)] + suffix


def _refused(error: AwsError) -> ProvisioningError:
    return ProvisioningError(
        f'Resource handler returned message: "{error.message} (Service: Firehose, Status Code: {error.status})" '
        f"(HandlerErrorCode: {error.code})"
    )


def _as_shape(value: Any, shape: Shape) -> Any:
    """`value` with text turned into the numbers and booleans that `shape` asks for, as CloudFormation does."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            key: _as_shape(item, shape.members[key]) if key in shape.members else item for key, item in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_as_shape(item, shape.member) for item in value]
    if shape.type_name == "boolean" and value in ("true", "false"):
        return value == "true"
    if shape.type_name in ("integer", "long") and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    return value
