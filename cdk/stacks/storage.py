"""The buckets (the lake, where files are dropped, query results, access logs) and what producers remember."""

from aws_cdk import App
from aws_cdk import aws_s3 as s3

from cdk.constructs.bucket import Expiry, SecureBucket
from cdk.constructs.progress import ProgressTable
from cdk.pipeline import Pipeline
from cdk.stacks.base import StatefulStack
from schemas.folders import ERRORS

_ERRORS_DAYS = 90
_RESULTS_DAYS = 7
_LOGS_DAYS = 90


class Storage(StatefulStack):
    """Everything that holds data outside the catalogue."""

    def __init__(self, app: App, pipeline: Pipeline) -> None:
        super().__init__(app, "storage", pipeline)
        logs = SecureBucket(self, "logs", pipeline, None, [Expiry(_LOGS_DAYS)])
        lake = SecureBucket(self, "lake", pipeline, logs, [Expiry(_ERRORS_DAYS, ERRORS)])
        results = SecureBucket(self, "results", pipeline, logs, [Expiry(_RESULTS_DAYS)])
        drop = SecureBucket(self, "drop", pipeline, logs, [])
        for bucket in (lake, drop):
            _notify_event_bridge(bucket)
        # comes last: what is protected from deletion would make the rollback of a failed creation fail, too
        ProgressTable(self, pipeline).node.add_dependency(logs, lake, results, drop)


def _notify_event_bridge(bucket: s3.Bucket) -> None:
    """What `event_bridge_enabled` does, without the Lambda function that it would deploy to do it."""
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )
