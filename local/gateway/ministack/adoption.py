"""Let a stack adopt what exists under a name in its template and is in no other stack.

A table or a bucket outlives a stack that retains it, and a bucket on disk outlives a stack whose deployment was
interrupted. AWS adopts them when it is asked to (`cdk deploy --import-existing-resources`); here nobody has to ask.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

Properties = Mapping[str, Any]
Modules = Mapping[str, Any]
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


def adopt(modules: Modules) -> None:
    """Let stacks adopt those resources of MiniStack's."""
    provisioners = modules["ministack.services.cloudformation.provisioners"]
    for resource_type, found in _FOUND.items():
        handlers = provisioners._RESOURCE_HANDLERS[resource_type]
        handlers["create"] = adopting(
            modules, resource_type, handlers["create"], partial(found, modules), _as_is(handlers)
        )
    conflict = provisioners.s3_bucket_name_conflict
    provisioners.s3_bucket_name_conflict = lambda name: (
        conflict(name) if _in_a_stack(modules, "AWS::S3::Bucket", name) else None
    )


def adopting(
    modules: Modules,
    resource_type: str,
    create: Callable[[str, Properties, str], Made],
    existing: Callable[[Properties], str | None],
    adopt_it: Callable[[str, Properties, str], Made],
) -> Callable[[str, Properties, str], Made]:
    """`create`, or `adopt_it` with the physical id of the `existing` resource that is in no stack."""

    def create_or_adopt(logical_id: str, properties: Properties, stack: str) -> Made:
        name = existing(properties)
        if name is None or _in_a_stack(modules, resource_type, name):
            return create(logical_id, properties, stack)
        return adopt_it(name, properties, stack)

    return create_or_adopt


def _as_is(handlers: Mapping[str, Callable[..., Made]]) -> Callable[[str, Properties, str], Made]:
    return lambda name, properties, stack: handlers["update"](name, properties, properties, stack)


def _in(existing: Mapping[str, Any], name: str | None, prefix: str = "") -> str | None:
    return name if f"{prefix}{name}" in existing else None


def _in_a_stack(modules: Modules, resource_type: str, name: str) -> bool:
    stacks = modules["ministack.services.cloudformation"]._stacks._data
    return any(
        (resource["ResourceType"], resource["PhysicalResourceId"]) == (resource_type, name)
        for stack in list(stacks.values())  # copies: the event loop goes on while a provisioner asks on a thread
        if stack["StackStatus"] != _DELETED
        for resource in list(stack.get("_resources", {}).values())
    )
