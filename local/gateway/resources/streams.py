"""Delivery streams of CloudFormation templates, created by the gateway's own Firehose."""

import time
from collections.abc import Mapping
from typing import Any, Final

import botocore.session
from botocore.model import Shape, StructureShape
from botocore.validate import ParamValidator

from local.gateway.resources.provisioning import Provisioner, ProvisioningError, generated_name
from local.protocol import Json, Service

_REPLACING: Final = (
    "DeliveryStreamName",
    "DeliveryStreamType",
    "DirectPutSourceConfiguration",
    "KinesisStreamSourceConfiguration",
    "MSKSourceConfiguration",
    "DatabaseSourceConfiguration",
)
_DESTINATIONS: Final = {
    "ExtendedS3DestinationConfiguration": "ExtendedS3DestinationUpdate",
    "S3DestinationConfiguration": "S3DestinationUpdate",
}
_ENCRYPTION: Final = "DeliveryStreamEncryptionConfigurationInput"
_SETTLING: Final = {"CREATING", "ENABLING", "DISABLING"}
_POLL_SECONDS: Final = 0.05


class DeliveryStreams(Provisioner):
    """Creates `AWS::KinesisFirehose::DeliveryStream` with Firehose's own operations.

    The whole configuration of the template reaches the service, and what the service refuses fails the stack.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesisfirehose-deliverystream.html
    """

    resource_type = "AWS::KinesisFirehose::DeliveryStream"

    def __init__(self, firehose: Service) -> None:
        super().__init__(firehose)
        self._shape = (
            botocore.session.get_session()
            .get_service_model("firehose")
            .operation_model("CreateDeliveryStream")
            .input_shape
        )

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return the stream's name and its Arn once it is ACTIVE."""
        name = properties.get("DeliveryStreamName") or generated_name(stack, logical_id)
        answer = self._ask("CreateDeliveryStream", self._typed({**properties, "DeliveryStreamName": name}))
        self._wait_until_settled(name)
        return name, {"Arn": answer["DeliveryStreamARN"]}

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Change the destination in place, or replace the stream when its name, type or source changed."""
        old, new = (_as_shape(dict(properties), self._shape) for properties in (old, new))
        if any(old.get(key) != new.get(key) for key in _REPLACING):
            return self._replace(physical_id, old, new, stack)
        described = self._described(physical_id)
        self._update_destination(physical_id, described, old, new)
        self._update_encryption(physical_id, old, new)
        self._update_tags(physical_id, old, new)
        return physical_id, {"Arn": described["DeliveryStreamARN"]}

    def existing(self, properties: Mapping[str, Any]) -> str | None:
        """The stream's name."""
        name = properties.get("DeliveryStreamName")
        return self._if_there(name, "DescribeDeliveryStream", {"DeliveryStreamName": name})

    def adopt(self, physical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Give the stream the destination in `properties`, whatever it had."""
        same = {name: value for name, value in properties.items() if name not in _DESTINATIONS}
        return self.update(physical_id, same, properties, stack)

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the stream; one that is already gone is not an error."""
        try:
            self._ask("DeleteDeliveryStream", {"DeliveryStreamName": physical_id})
        except ProvisioningError as error:
            if "ResourceNotFoundException" not in str(error):
                raise

    def _described(self, name: str) -> Json:
        answer = self._ask("DescribeDeliveryStream", {"DeliveryStreamName": name})
        described: Json = answer["DeliveryStreamDescription"]
        return described

    def _wait_until_settled(self, name: str) -> None:
        """Return once the stream is ACTIVE and its encryption is settled."""
        while _SETTLING & _states(self._described(name)):
            time.sleep(_POLL_SECONDS)

    def _update_destination(self, name: str, described: Json, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        changed = [key for key in _DESTINATIONS if key in new and old.get(key) != new[key]]
        if not changed:
            return
        destination = dict(self._typed({"DeliveryStreamName": name, changed[0]: new[changed[0]]})[changed[0]])
        if "S3BackupConfiguration" in destination:
            destination["S3BackupUpdate"] = destination.pop("S3BackupConfiguration")
        request = {
            "DeliveryStreamName": name,
            "CurrentDeliveryStreamVersionId": described["VersionId"],
            "DestinationId": described["Destinations"][0]["DestinationId"],
            _DESTINATIONS[changed[0]]: destination,
        }
        self._ask("UpdateDestination", request)

    def _update_encryption(self, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        if old.get(_ENCRYPTION) == new.get(_ENCRYPTION):
            return
        if _ENCRYPTION in new:
            request = {"DeliveryStreamName": name, _ENCRYPTION: new[_ENCRYPTION]}
            self._ask("StartDeliveryStreamEncryption", request)
        else:
            self._ask("StopDeliveryStreamEncryption", {"DeliveryStreamName": name})
        self._wait_until_settled(name)

    def _update_tags(self, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        kept = {tag["Key"] for tag in new.get("Tags", [])}
        gone = [tag["Key"] for tag in old.get("Tags", []) if tag["Key"] not in kept]
        if gone:
            self._ask("UntagDeliveryStream", {"DeliveryStreamName": name, "TagKeys": gone})
        if new.get("Tags", []) != old.get("Tags", []) and kept:
            self._ask("TagDeliveryStream", {"DeliveryStreamName": name, "Tags": new["Tags"]})

    def _typed(self, properties: Mapping[str, Any]) -> Json:
        """The properties with numbers and booleans that a template gave as text; refuses names AWS does not know."""
        typed = _as_shape(dict(properties), self._shape)
        report = ParamValidator().validate(typed, self._shape)
        if report.has_errors():
            raise ProvisioningError(f"Properties validation failed for resource: {report.generate_report()}")
        return dict(typed)


def _states(described: Json) -> set[str | None]:
    encryption = described.get("DeliveryStreamEncryptionConfiguration", {})
    return {described.get("DeliveryStreamStatus"), encryption.get("Status")}


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


PROVISIONERS: Final = (DeliveryStreams,)
