"""From a file dropped in the drop bucket to the function that reads it: event, rule, queue, function."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.constructs.object_created import object_created
from cdk.constructs.producer import TIMEOUT
from cdk.constructs.queue import dead_letter_queue
from cdk.pipeline import Pipeline
from schemas.folders import AD_HOC

ATTEMPTS = 3
"""How often a message is given before it waits with the failures."""
_BATCH = 1
"""A file or a part of one may take a function's whole time, so none waits for another."""
_AT_ONCE = 5


class Drops(Construct):
    """The queue of dropped files. One that fails three times waits in the dead-letter queue, as does one whose event
    could not be queued; its neighbours continue."""

    def __init__(self, scope: Construct, pipeline: Pipeline) -> None:
        super().__init__(scope, "Drops")
        failures = dead_letter_queue(self, "Failures", pipeline, "drops-failed")
        self._queue = sqs.Queue(
            self,
            "Queue",
            queue_name=pipeline.environment.named("drops"),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(6 * TIMEOUT.to_seconds()),
            dead_letter_queue=sqs.DeadLetterQueue(queue=failures, max_receive_count=ATTEMPTS),
        )
        events.Rule(
            self,
            "Rule",
            rule_name=pipeline.environment.named("drops"),
            description="Files dropped for a dataset.",
            event_pattern=object_created(self, pipeline.environment, "drop", {"anything-but": {"prefix": AD_HOC}}),
            targets=[targets.SqsQueue(self._queue, dead_letter_queue=failures)],
        )

    def feed(self, function: lambda_.Function) -> None:
        """Hand the files to `function`, which answers with those that failed."""
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=function,
            event_source_arn=self._queue.queue_arn,
            batch_size=_BATCH,
            max_concurrency=_AT_ONCE,
            report_batch_item_failures=True,
        )

    @property
    def queue_arn(self) -> str:
        """The queue of dropped files."""
        return self._queue.queue_arn
