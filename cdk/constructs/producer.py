"""A producer's function, and what becomes of a run that fails."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.config import LayerName, Network, ProducerName, construct_id
from cdk.constructs.alarms import FUNCTION_ERRORS, Watch, alarm
from cdk.constructs.arns import bucket_arn, bucket_name, stream_arn
from cdk.constructs.function import METRICS_NAMESPACE, FunctionSpec, PipelineFunction
from cdk.constructs.permissions import Permission
from cdk.constructs.progress import remembers
from cdk.pipeline import Pipeline
from schemas.contract import Contract, Internal

TIMEOUT = Duration.minutes(15)
_RETRIES = 1
_MAX_AGE = Duration.hours(1)
_UNDELIVERED = Watch(
    METRICS_NAMESPACE,
    "RecordsUndelivered",
    "service",
    "Sum",
    0,
    "Firehose did not take some records. They are parked; standpipe replay puts them.",
)


@dataclass(frozen=True)
class ProducerSpec:
    """What one producer is."""

    name: ProducerName
    description: str
    layers: tuple[LayerName, ...]
    fed: tuple[Contract, ...]
    """The datasets it puts to, beside `quarantine` and `loads`."""
    permissions: tuple[Permission, ...]
    environment: dict[str, str]
    memory_mib: int = 1024
    network: Network | None = None
    failures: sqs.IQueue | None = None
    """Where the event of a run that failed for good is kept, if runs are started by events."""
    invokes_itself: bool = False
    """Whether a run may start the next; each writes down how far it came, so a chain of runs ends."""


def producer(
    scope: Construct, pipeline: Pipeline, layers: dict[LayerName, lambda_.ILayerVersion], spec: ProducerSpec
) -> PipelineFunction:
    """The function of `spec`, called `standpipe-<environment>-<name>`, with alarms on its errors and what it parks."""
    package = spec.name.replace("-", "_")
    function = PipelineFunction(
        scope,
        construct_id(spec.name),
        pipeline,
        layers,
        FunctionSpec(
            name=pipeline.environment.producer_function(spec.name),
            description=spec.description,
            handler=f"producers.{package}.handler.handler",
            layers=("stream", *spec.layers),
            timeout=TIMEOUT,
            memory_mib=spec.memory_mib,
            permissions=[
                _puts(scope, pipeline, spec.fed),
                _parks(scope, pipeline),
                remembers(scope, pipeline, spec.name),
                *_keeps_failures(spec),
                *spec.permissions,
            ],
            environment={
                "STANDPIPE_STREAM_PREFIX": pipeline.environment.stream_prefix,
                "STANDPIPE_LAKE_BUCKET": bucket_name(scope, pipeline.environment, "lake"),
                "STANDPIPE_PROGRESS_TABLE": pipeline.environment.progress_table,
                **spec.environment,
            },
            network=spec.network,
            invokes_itself=spec.invokes_itself,
        ),
    )
    for watch in (FUNCTION_ERRORS, _UNDELIVERED):
        alarm(function, pipeline, pipeline.environment.producer_function(spec.name), watch)
    if spec.failures:
        function.configure_async_invoke(
            retry_attempts=_RETRIES, max_event_age=_MAX_AGE, on_failure=destinations.SqsDestination(spec.failures)
        )
    return function


def _keeps_failures(spec: ProducerSpec) -> list[Permission]:
    """Lambda sends with the function's role, and refuses a destination that the role may not send to."""
    return [Permission(("sqs:SendMessage",), (spec.failures.queue_arn,))] if spec.failures else []


def _puts(scope: Construct, pipeline: Pipeline, fed: tuple[Contract, ...]) -> Permission:
    internal = [contract for contract in pipeline.contracts.values() if isinstance(contract.source, Internal)]
    streams = [pipeline.environment.stream(contract.name) for contract in (*fed, *internal)]
    return Permission(("firehose:PutRecordBatch",), tuple(stream_arn(scope, stream) for stream in streams))


def _parks(scope: Construct, pipeline: Pipeline) -> Permission:
    """Permission to keep what Firehose refuses: for any stream, because a list would outgrow what a role may have."""
    lake = bucket_arn(scope, bucket_name(scope, pipeline.environment, "lake"))
    place = f"{lake}/undelivered/{pipeline.environment.stream_prefix}*"
    return Permission(("s3:PutObject",), (place,), "What Firehose refuses is kept under the hash of its content.")
