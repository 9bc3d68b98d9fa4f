"""How it is watched: the topic that alarms and failures are reported to, and one dashboard."""

from aws_cdk import App
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns

from cdk.constructs.acknowledgement import acknowledge
from cdk.constructs.object_created import object_created
from cdk.constructs.permissions import service
from cdk.pipeline import Pipeline
from cdk.stacks.base import PipelineStack
from schemas.folders import ERRORS

_HALF = 12
"""Half of a dashboard's width."""


class Observability(PipelineStack):
    """The alarms' topic (subscribe to it by hand), and the dashboard `standpipe-<environment>`."""

    def __init__(self, app: App, pipeline: Pipeline) -> None:
        super().__init__(app, "observability", pipeline)
        topic = sns.Topic(self, "Alarms", topic_name=pipeline.environment.topic, enforce_ssl=True)
        # the policy that enforces TLS takes the place of the default one
        topic.grant_publish(service("cloudwatch.amazonaws.com", self.account))
        acknowledge(topic, "AwsSolutions-SNS2", "CloudWatch cannot publish to a topic encrypted with AWS's own key.")
        environment = pipeline.environment
        events.Rule(
            self,
            "Errors",
            rule_name=environment.named("errors"),
            description="Firehose could not transform, convert or partition records; they lie under errors/.",
            event_pattern=object_created(self, environment, "lake", {"prefix": ERRORS}),
            targets=[targets.SnsTopic(topic)],  # which lets events publish to it, those of failed curation, too
        )
        streams = [environment.stream(name) for name in pipeline.contracts]
        functions = [environment.transform_function(contract.name) for contract in pipeline.fed]
        functions += [environment.producer_function(name) for name in ("alpha-vantage", "sql", "files")]
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=environment.prefix)
        dashboard.add_widgets(
            _graph("Records put", "AWS/Firehose", "IncomingRecords", "Sum", streams),
            _graph("Bytes put", "AWS/Firehose", "IncomingBytes", "Sum", streams),
        )
        dashboard.add_widgets(
            _graph("Age of the oldest record, s", "AWS/Firehose", "DeliveryToS3.DataFreshness", "Maximum", streams),
            _graph("Failed conversions", "AWS/Firehose", "FailedConversion.Records", "Sum", streams),
        )
        dashboard.add_widgets(
            _graph("Duration, ms", "AWS/Lambda", "Duration", "p95", functions),
            _graph("Errors", "AWS/Lambda", "Errors", "Sum", functions),
        )


def _graph(title: str, namespace: str, metric: str, statistic: str, resources: list[str]) -> cloudwatch.GraphWidget:
    dimension = "DeliveryStreamName" if namespace == "AWS/Firehose" else "FunctionName"
    return cloudwatch.GraphWidget(
        title=title,
        width=_HALF,
        left=[
            cloudwatch.Metric(
                namespace=namespace,
                metric_name=metric,
                statistic=statistic,
                dimensions_map={dimension: resource},
                label=resource,
            )
            for resource in resources
        ],
    )
