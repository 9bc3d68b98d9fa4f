"""What starts the curation job (rows that landed, and every night), and who is notified when it fails.

https://docs.aws.amazon.com/glue/latest/dg/starting-workflow-eventbridge.html
"""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_glue as glue
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk.constructs.arns import topic_arn, workflow_arn
from cdk.constructs.object_created import object_created
from cdk.constructs.permissions import Permission, role, service
from cdk.pipeline import Pipeline
from schemas.folders import LANDING

_BATCH = 100
"""Landed objects that start a run: the most that Glue counts."""
_WINDOW_SECONDS = 900
"""How long fewer may wait for more: the longest that Glue waits."""
_NIGHTLY = "cron(0 3 * * ? *)"
_FAILURES = ["FAILED", "TIMEOUT", "ERROR"]


class CurationStarts(Construct):
    """The workflow that landed objects start in batches, the nightly trigger, and the notice of a failed run.

    A run finds for itself what has changed, so it does not matter which events started it, or whether one was lost.
    """

    def __init__(self, scope: Construct, pipeline: Pipeline) -> None:
        super().__init__(scope, "Starts")
        self._environment = pipeline.environment
        self._job = pipeline.environment.curation_job
        if self._environment.schedules_enabled:
            self._nightly()
        self._on_landing()
        self._on_failure()

    def _nightly(self) -> None:
        """Only where schedules are enabled: CloudFormation starts a trigger when it makes it, at no update."""
        glue.CfnTrigger(
            self,
            "Nightly",
            name=f"{self._job}-nightly",
            type="SCHEDULED",
            schedule=_NIGHTLY,
            start_on_creation=True,
            actions=[glue.CfnTrigger.ActionProperty(job_name=self._job)],
        )

    def _on_landing(self) -> None:
        workflow = glue.CfnWorkflow(self, "Workflow", name=self._job, description="Curates what has landed.")
        trigger = glue.CfnTrigger(
            self,
            "Landed",
            name=f"{self._job}-landed",
            type="EVENT",
            workflow_name=self._job,
            event_batching_condition=glue.CfnTrigger.EventBatchingConditionProperty(
                batch_size=_BATCH, batch_window=_WINDOW_SECONDS
            ),
            actions=[glue.CfnTrigger.ActionProperty(job_name=self._job)],
        )
        trigger.add_resource_dependency(workflow)
        arn = workflow_arn(self, self._job)
        notifier = role(
            self,
            "Role",
            service("events.amazonaws.com", Stack.of(self).account),
            [Permission(("glue:NotifyEvent",), (arn,))],
        )
        pattern = object_created(self, self._environment, "lake", {"prefix": LANDING})
        rule = events.CfnRule(
            self,
            "Rule",
            name=self._environment.named("landed"),
            description="Rows that landed, for the curation job.",
            state="ENABLED" if self._environment.schedules_enabled else "DISABLED",
            event_pattern={
                "source": pattern.source,
                "detail-type": pattern.detail_type,
                "detail": pattern.detail,
            },
            targets=[events.CfnRule.TargetProperty(id="workflow", arn=arn, role_arn=notifier.role_arn)],
        )
        rule.add_resource_dependency(trigger)

    def _on_failure(self) -> None:
        events.Rule(
            self,
            "Failed",
            rule_name=self._environment.named("curation-failed"),
            description="The curation job failed; its log says why, and readers see what they saw before.",
            event_pattern=events.EventPattern(
                source=["aws.glue"],
                detail_type=["Glue Job State Change"],
                detail={"jobName": [self._job], "state": _FAILURES},
            ),
            targets=[
                targets.SnsTopic(sns.Topic.from_topic_arn(self, "Topic", topic_arn(self, self._environment.topic)))
            ],
        )
