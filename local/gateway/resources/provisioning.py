"""How a resource of a CloudFormation template is created by the operations of a service."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from local.protocol import AwsError, Json, Service

_NAME_CHARS: Final = 64


class ProvisioningError(Exception):
    """A resource could not be created; the text becomes the stack event's reason."""


class Provisioner(ABC):
    """Creates, updates and deletes the resources of one type (`local.gateway.ministack.emulator.Provisioner`)."""

    resource_type: ClassVar[str]

    def __init__(self, service: Service) -> None:
        self._service = service

    @abstractmethod
    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str, /) -> tuple[str, Json]:
        """Return the physical id, and what each `Fn::GetAtt` gives."""

    @abstractmethod
    def update(
        self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str, /
    ) -> tuple[str, Json]:
        """Return the same as `create`; another physical id means that the resource was replaced."""

    @abstractmethod
    def delete(self, physical_id: str, properties: Mapping[str, Any], /) -> None:
        """Succeed also when the resource is already gone."""

    def existing(self, properties: Mapping[str, Any], /) -> str | None:  # noqa: ARG002
        """The physical id of a resource that exists under the name in a template."""
        return None

    def adopt(self, physical_id: str, properties: Mapping[str, Any], stack: str, /) -> tuple[str, Json]:
        """Bring an existing resource to `properties`; return the same as `create`."""
        return self.update(physical_id, properties, properties, stack)

    def _replace(
        self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str
    ) -> tuple[str, Json]:
        """Create a new resource, then delete the old one."""
        created = self.create(self.resource_type.rpartition("::")[2], new, stack)
        self.delete(physical_id, old)
        return created

    def _if_there(self, name: str | None, operation: str, request: Json) -> str | None:
        """The name, unless the operation that describes what it names fails."""
        try:
            self._service.call(operation, request)
        except AwsError:
            return None
        return name

    def _ask(self, operation: str, request: Json) -> Json:
        """Call the service; raises `ProvisioningError` with the service's own words."""
        try:
            return self._service.call(operation, request)
        except AwsError as error:
            service = self._service.target_prefix.partition("_")[0]
            raise ProvisioningError(
                f'Resource handler returned message: "{error.message} (Service: {service}, '
                f'Status Code: {error.status})" (HandlerErrorCode: {error.code})'
            ) from error


def generated_name(stack: str, logical_id: str) -> str:
    """The physical name that CloudFormation gives to an unnamed resource: stack, logical id, random suffix."""
    suffix = f"-{uuid.uuid4().hex[:12].upper()}"
    return f"{stack}-{logical_id}"[: _NAME_CHARS - len(suffix)] + suffix
