"""The EventBridge pattern of new objects in a bucket.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_events as events
from constructs import Construct

from cdk.config import BucketKind, Environment
from cdk.constructs.arns import bucket_name


def object_created(
    scope: Construct, environment: Environment, bucket: BucketKind, key: Mapping[str, Any]
) -> events.EventPattern:
    """New objects in the bucket of that kind whose keys match `key`, e.g. `{"prefix": "errors/"}`."""
    detail = {"bucket": {"name": [bucket_name(scope, environment, bucket)]}, "object": {"key": [key]}}
    return events.EventPattern(source=["aws.s3"], detail_type=["Object Created"], detail=detail)
