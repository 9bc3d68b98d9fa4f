"""Roles with exactly the permissions that are listed, each wildcard with its reason.

A role's policy is part of the role, so whatever uses the role is made after its permissions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.constructs.acknowledgement import acknowledge_wildcards


@dataclass(frozen=True)
class Permission:
    """Actions on resources. `reason` says why a resource holds a `*`; it is needed when one does."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    reason: str = ""
    condition: tuple[str, str, str] | None = None
    """Operator, key and value, e.g. ForAllValues:StringLike, dynamodb:LeadingKeys, sql/*."""


def role(scope: Construct, id: str, principal: iam.IPrincipal, permissions: Sequence[Permission]) -> iam.IRole:  # noqa: A002
    """A role that `principal` takes on, frozen: nothing that uses it can widen it."""
    made = iam.Role(
        scope,
        id,
        assumed_by=principal,
        inline_policies={
            "permissions": iam.PolicyDocument(statements=[_statement(permission) for permission in permissions])
        },
    )
    acknowledge_wildcards(made, {
        resource: permission.reason for permission in permissions for resource in permission.resources
    })  # fmt: skip
    return made.without_policy_updates()


def service(name: str, account: str) -> iam.IPrincipal:
    """The AWS service `name`, on behalf of this account only."""
    return iam.ServicePrincipal(name, conditions={"StringEquals": {"aws:SourceAccount": account}})


def _statement(permission: Permission) -> iam.PolicyStatement:
    conditions = {}
    if permission.condition:
        operator, key, value = permission.condition
        conditions = {operator: {key: value}}
    return iam.PolicyStatement(
        actions=list(permission.actions), resources=list(permission.resources), conditions=conditions
    )
