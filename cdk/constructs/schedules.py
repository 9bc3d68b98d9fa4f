"""EventBridge Scheduler schedules: one for each dataset that is loaded by the clock.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import json
from collections.abc import Iterable

from aws_cdk import Stack
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.constructs.arns import function_arn
from cdk.constructs.permissions import Permission, role, service
from cdk.pipeline import Pipeline
from schemas.alpha_vantage import AlphaVantage
from schemas.contract import Contract
from schemas.sql import Sql

_MAX_AGE_SECONDS = 3600
_RETRIES = 2


class Schedules(Construct):
    """The group `standpipe-<environment>` with a schedule, called like its dataset, for each of `contracts`.

    A schedule invokes `function` with `{"dataset": …}`; what cannot be invoked goes to `failures`.
    """

    def __init__(
        self, scope: Construct, pipeline: Pipeline, loads: dict[str, Iterable[Contract]], failures: sqs.IQueue
    ) -> None:
        super().__init__(scope, "Schedules")
        self._pipeline, self._failures = pipeline, failures
        group = scheduler.CfnScheduleGroup(self, "Group", name=pipeline.environment.schedule_group)
        invoker = role(
            self,
            "Role",
            service("scheduler.amazonaws.com", Stack.of(self).account),
            [
                Permission(("lambda:InvokeFunction",), tuple(function_arn(self, function) for function in loads)),
                Permission(("sqs:SendMessage",), (failures.queue_arn,)),
            ],
        )
        for function, contracts in loads.items():
            for contract in contracts:
                self._schedule(contract, function_arn(self, function), invoker.role_arn).add_resource_dependency(group)

    def _schedule(self, contract: Contract, target: str, role_arn: str) -> scheduler.CfnSchedule:
        assert isinstance(contract.source, AlphaVantage | Sql)
        return scheduler.CfnSchedule(
            self,
            contract.name,
            name=contract.name,
            group_name=self._pipeline.environment.schedule_group,
            description=f"Loads {contract.name}.",
            schedule_expression=contract.source.schedule.expression,
            schedule_expression_timezone=contract.source.schedule.timezone,
            state="ENABLED" if self._pipeline.environment.schedules_enabled else "DISABLED",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target,
                role_arn=role_arn,
                input=json.dumps({"dataset": contract.name}),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_MAX_AGE_SECONDS, maximum_retry_attempts=_RETRIES
                ),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self._failures.queue_arn),
            ),
        )
