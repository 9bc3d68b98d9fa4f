"""Findings of cdk-nag that stay, each with the reason; one that is not acknowledged fails the check."""

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import Construct


def acknowledge(construct: Construct, finding: str, reason: str) -> None:
    """Accept `finding` (`AwsSolutions-SQS3`, or with its detail in brackets) of `construct`, and what is in it."""
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))


def acknowledge_wildcards(construct: Construct, reasons: Mapping[str, str]) -> None:
    """Accept each resource ARN that holds a `*`, for its own reason; raises `ValueError` for one without."""
    for resource, reason in reasons.items():
        if "*" not in resource:
            continue
        if not reason:
            raise ValueError(f"{construct.node.path}: say why the permission on {resource} needs a wildcard")
        acknowledge(construct, f"AwsSolutions-IAM5[Resource::{_as_nag_writes_it(construct, resource)}]", reason)


def _as_nag_writes_it(construct: Construct, resource: str) -> str:
    """The ARN with its pseudo parameters in angle brackets: `arn:<AWS::Partition>:s3:::…`."""
    resolved = Stack.of(construct).resolve(resource)
    if isinstance(resolved, str):
        return resolved
    _, parts = resolved["Fn::Join"]
    return "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in parts)
