"""Let a stack adopt what exists under a name in its template and is in no other stack.

A table or a bucket outlives a stack that retains it, and a bucket on disk outlives a stack whose deployment was
interrupted. AWS adopts them when it is asked to (`cdk deploy --import-existing-resources`); here nobody has to ask.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

Properties = Mapping[str, Any]
Modules = Mapping[str, Any]
Record = dict[str, Any]
RollBack = Callable[..., Awaitable[None]]
Made = tuple[str, dict[str, Any]]
"""A physical id, and what each `Fn::GetAtt` gives."""

_DELETED: Final = "DELETE_COMPLETE"
_FOUND: Final[Mapping[str, Callable[[Modules, Properties], str | None]]] = {
    "AWS::S3::Bucket": lambda ministack, wanted: _in(
        ministack["ministack.services.s3"]._buckets, wanted.get("BucketName")
    ),
    "AWS::DynamoDB::Table": lambda ministack, wanted: _in(
        ministack["ministack.services.dynamodb"]._tables, wanted.get("TableName")
    ),
    "AWS::Glue::Database": lambda ministack, wanted: _in(
        ministack["ministack.services.glue"]._databases, wanted["DatabaseInput"].get("Name")
    ),
    "AWS::Glue::Table": lambda ministack, wanted: _in(
        ministack["ministack.services.glue"]._tables, wanted["TableInput"].get("Name"), f"{wanted['DatabaseName']}/"
    ),
}
"""Type -> the physical id of what exists under the name in a template."""


class Adoption:
    """Lets stacks adopt resources of MiniStack's, and releases them when the deployment that adopted them fails."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._adopted: dict[tuple[str, str], str] = {}
        """Stack and logical id -> the physical id of what it adopted."""
        provisioners = modules["ministack.services.cloudformation.provisioners"]
        for resource_type, found in _FOUND.items():
            handlers = provisioners._RESOURCE_HANDLERS[resource_type]
            handlers["create"] = self.adopting(
                resource_type, handlers["create"], partial(found, modules), _as_is(handlers)
            )
        conflict = provisioners.s3_bucket_name_conflict
        provisioners.s3_bucket_name_conflict = lambda name: (
            conflict(name) if self._in_a_stack("AWS::S3::Bucket", name) else None
        )
        roll_back = modules["ministack.services.cloudformation.stacks"]._roll_back_operation
        for name in ("stacks", "handlers"):
            modules[f"ministack.services.cloudformation.{name}"]._roll_back_operation = self._releasing(roll_back)

    def adopting(
        self,
        resource_type: str,
        create: Callable[[str, Properties, str], Made],
        existing: Callable[[Properties], str | None],
        adopt_it: Callable[[str, Properties, str], Made],
    ) -> Callable[[str, Properties, str], Made]:
        """`create`, or `adopt_it` with the physical id of the `existing` resource that is in no stack."""

        def create_or_adopt(logical_id: str, properties: Properties, stack: str) -> Made:
            name = existing(properties)
            if name is None or self._in_a_stack(resource_type, name):
                self._adopted.pop((stack, logical_id), None)
                return create(logical_id, properties, stack)
            self._adopted[stack, logical_id] = name
            return adopt_it(name, properties, stack)

        return create_or_adopt

    def _releasing(self, roll_back: RollBack) -> RollBack:
        """`roll_back`, which deletes what an operation created, except what it adopted: that stays, as imports do."""

        async def release(name: str, stack_id: str, stack: Record, operation: Record, *reason: str) -> None:
            adopted: Record = {
                logical_id: {}
                for logical_id in operation["created"]
                if stack["_resources"][logical_id]["PhysicalResourceId"] == self._adopted.get((name, logical_id))
            }
            await roll_back(
                name, stack_id, stack, {**operation, "imports": {**operation["imports"], **adopted}}, *reason
            )

        return release

    def _in_a_stack(self, resource_type: str, name: str) -> bool:
        stacks = self._modules["ministack.services.cloudformation"]._stacks._data
        return any(
            (resource["ResourceType"], resource["PhysicalResourceId"]) == (resource_type, name)
            for stack in list(stacks.values())  # copies: the event loop goes on while a provisioner asks on a thread
            if stack["StackStatus"] != _DELETED
            for resource in list(stack.get("_resources", {}).values())
        )


def _as_is(handlers: Mapping[str, Callable[..., Made]]) -> Callable[[str, Properties, str], Made]:
    return lambda name, properties, stack: handlers["update"](name, properties, properties, stack)


def _in(existing: Mapping[str, Any], name: str | None, prefix: str = "") -> str | None:
    return name if f"{prefix}{name}" in existing else None
