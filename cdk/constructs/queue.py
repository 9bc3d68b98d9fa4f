"""Queues: encrypted, reached over TLS alone, and an alarm on those that collect failures."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.constructs.acknowledgement import acknowledge
from cdk.constructs.alarms import Watch, alarm
from cdk.pipeline import Pipeline

_KEPT = Duration.days(14)
"""The longest that SQS keeps a message: time to repair what failed and send it again."""

_FAILURES = Watch(
    "AWS/SQS",
    "ApproximateNumberOfMessagesVisible",
    "QueueName",
    "Maximum",
    0,
    "A load failed and waits to be run again.",
)


def dead_letter_queue(scope: Construct, id: str, pipeline: Pipeline, name: str) -> sqs.Queue:  # noqa: A002
    """A queue where failures wait, with an alarm that rings while one does."""
    full_name = pipeline.environment.named(name)
    queue = sqs.Queue(
        scope,
        id,
        queue_name=full_name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_KEPT,
    )
    acknowledge(queue, "AwsSolutions-SQS3", "This is a dead-letter queue itself.")
    alarm(queue, pipeline, full_name, _FAILURES)
    return queue
