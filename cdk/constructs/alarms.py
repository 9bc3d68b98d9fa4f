"""CloudWatch alarms, all sent to the one topic."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk.constructs.arns import topic_arn
from cdk.pipeline import Pipeline

_PERIOD = Duration.minutes(5)


@dataclass(frozen=True)
class Watch:
    """One metric of one resource: the alarm rings when it is above `threshold` in a period of five minutes."""

    namespace: str
    metric: str
    dimension: str
    statistic: str
    threshold: float
    meaning: str


FUNCTION_ERRORS = Watch("AWS/Lambda", "Errors", "FunctionName", "Sum", 0, "The function failed; its log says why.")


def alarm(scope: Construct, pipeline: Pipeline, resource: str, watch: Watch) -> cloudwatch.Alarm:
    """The alarm of `watch` on the resource called `resource`."""
    made = cloudwatch.Alarm(
        scope,
        watch.metric.replace(".", "") + "Alarm",
        alarm_name=f"{resource} {watch.metric}",
        alarm_description=watch.meaning,
        metric=cloudwatch.Metric(
            namespace=watch.namespace,
            metric_name=watch.metric,
            dimensions_map={watch.dimension: resource},
            statistic=watch.statistic,
            period=_PERIOD,
        ),
        threshold=watch.threshold,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    topic = sns.Topic.from_topic_arn(scope, f"{watch.metric}Topic", topic_arn(scope, pipeline.environment.topic))
    made.add_alarm_action(actions.SnsAction(topic))
    return made
