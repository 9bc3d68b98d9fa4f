"""A bucket as all of ours are: private, encrypted, reached over TLS alone, owned by its account."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.config import BucketKind
from cdk.constructs.arns import bucket_name
from cdk.constructs.retention import removal_policy
from cdk.pipeline import Pipeline

_VERSIONED: tuple[BucketKind, ...] = ("lake", "drop")
_NONCURRENT = Duration.days(14)
_UPLOADS = Duration.days(7)


@dataclass(frozen=True)
class Expiry:
    """Objects under `prefix` are deleted after `days`."""

    days: int
    prefix: str | None = None


class SecureBucket(s3.Bucket):
    """The bucket of `kind`; its requests are logged to `logs` unless it is the log bucket itself."""

    def __init__(
        self, scope: Construct, kind: BucketKind, pipeline: Pipeline, logs: s3.IBucket | None, expire: Sequence[Expiry]
    ) -> None:
        super().__init__(
            scope,
            kind.capitalize(),
            bucket_name=bucket_name(scope, pipeline.environment, kind),
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=kind in _VERSIONED,
            server_access_logs_bucket=logs,
            server_access_logs_prefix=f"{kind}/" if logs else None,
            removal_policy=removal_policy(pipeline),
            lifecycle_rules=[_cleaning(kind), *(_expiring(rule) for rule in expire)],
        )


def _cleaning(kind: BucketKind) -> s3.LifecycleRule:
    """Drop what nobody sees: unfinished uploads and, where there are versions, old ones and what marks their end."""
    versioned = kind in _VERSIONED
    return s3.LifecycleRule(
        id="unfinished",
        abort_incomplete_multipart_upload_after=_UPLOADS,
        noncurrent_version_expiration=_NONCURRENT if versioned else None,
        expired_object_delete_marker=versioned or None,
    )


def _expiring(rule: Expiry) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id=f"expire-{(rule.prefix or 'all').strip('/')}", prefix=rule.prefix, expiration=Duration.days(rule.days)
    )
