"""A Lambda function as all of ours are: its own role and log group, its code staged, its size checked."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aws_cdk import AssetHashType, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.config import LayerName, Network
from cdk.constructs.acknowledgement import acknowledge
from cdk.constructs.arns import log_group_arn
from cdk.constructs.permissions import Permission, role
from cdk.layers.size import check_size
from cdk.pipeline import Pipeline
from cdk.staging import stage

METRICS_NAMESPACE = "Standpipe"

RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}
"""Days to keep logs, as the CDK calls them."""

_KEPT_MEMORY = {"MALLOC_TOP_PAD_": str(64 * 1024 * 1024)}
"""Freed memory that glibc keeps. It would give back what an event took, which comes in pieces of megabytes, and the
next event would fault it in again, page by page: that took a third of the transform's time.
https://sourceware.org/glibc/manual/latest/html_node/Malloc-Tunable-Parameters.html"""

_NOT_THE_NEWEST = "Layers hold compiled code for one version of Python: the runtime is chosen in environments.yaml."


_HAS_INTERFACES = Permission(
    (
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    ),
    ("*",),
    "Lambda creates the function's network interfaces, whose ids are not known before.",
)
"""https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html"""


@dataclass(frozen=True)
class FunctionSpec:
    """What one function is: its name, what it runs, what it may do."""

    name: str
    description: str
    handler: str
    layers: tuple[LayerName, ...]
    """Of those that the environment builds (`layers` in `environments.yaml`); `data` has pandas, numpy and pyarrow."""
    timeout: Duration
    memory_mib: int
    permissions: Sequence[Permission]
    environment: dict[str, str] = field(default_factory=dict)
    network: Network | None = None
    """Where in a VPC it runs."""
    invokes_itself: bool = False
    """Whether a run may start the next, directly or through a queue. Lambda would stop such a chain after 16 runs.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages of this repository that the handler imports: its own and the ground floor."""
        return (self.handler.partition(".")[0], "schemas", "delivery")


class PipelineFunction(lambda_.Function):
    """The function of `spec`. Raises `FunctionTooLargeError`, and `LayerMissingError` for a layer not built."""

    def __init__(
        self, scope: Construct, id: str, pipeline: Pipeline, layers: dict[LayerName, lambda_.ILayerVersion],  # noqa: A002
        spec: FunctionSpec,
    ) -> None:  # fmt: skip
        code = stage(spec.packages, pipeline.datasets)
        archives = [pipeline.layers.built(name) for name in spec.layers]
        check_size(spec.name, [code.folder, *archives])
        log_group = logs.LogGroup(
            scope,
            f"{id}Logs",
            log_group_name=f"/aws/lambda/{spec.name}",
            retention=RETENTION[pipeline.environment.log_retention_days],
            removal_policy=RemovalPolicy.DESTROY,
        )
        permissions = [_writes_logs(scope, spec), *spec.permissions]
        if spec.network:
            permissions.append(_HAS_INTERFACES)
        super().__init__(
            scope,
            id,
            function_name=spec.name,
            description=spec.description,
            runtime=lambda_.Runtime(f"python{pipeline.environment.python_version}", lambda_.RuntimeFamily.PYTHON),
            architecture=lambda_.Architecture.X86_64,
            handler=spec.handler,
            code=lambda_.Code.from_asset(
                str(code.folder), asset_hash=code.content_hash, asset_hash_type=AssetHashType.CUSTOM
            ),
            layers=[layers[name] for name in spec.layers],
            timeout=spec.timeout,
            memory_size=spec.memory_mib,
            role=role(scope, f"{id}Role", iam.ServicePrincipal("lambda.amazonaws.com"), permissions),
            log_group=log_group,
            recursive_loop=lambda_.RecursiveLoop.ALLOW if spec.invokes_itself else None,
            environment={
                "POWERTOOLS_SERVICE_NAME": spec.name,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "LOG_LEVEL": "INFO",
                # changes the template with a layer: `layers` are references to a stack, which stay the same
                "STANDPIPE_LAYERS": " ".join(layer.stem for layer in archives),
                **_KEPT_MEMORY,
                **spec.environment,
            },
        )
        if spec.network:
            _place(self, spec.network)
        acknowledge(self, "AwsSolutions-L1", _NOT_THE_NEWEST)


def _place(function: lambda_.Function, network: Network) -> None:
    """Put `function` into a VPC, by the ids alone: the CDK's `vpc` would look up what it then does not use."""
    resource = function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=list(network.subnet_ids), security_group_ids=list(network.security_group_ids)
    )


def _writes_logs(scope: Construct, spec: FunctionSpec) -> Permission:
    return Permission(
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        (log_group_arn(scope, f"/aws/lambda/{spec.name}"),),
        "Lambda names a log stream for each execution environment, in the function's own group.",
    )
