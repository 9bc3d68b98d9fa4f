"""One dataset's way into the lake: its delivery stream, transform, role, error prefix, log group and alarms."""

from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy, Size, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.config import LayerName, construct_id
from cdk.constructs.alarms import FUNCTION_ERRORS, Watch, alarm
from cdk.constructs.arns import bucket_arn, bucket_name, function_arn, glue_arns, log_group_arn, stream_arn
from cdk.constructs.function import RETENTION, FunctionSpec, PipelineFunction
from cdk.constructs.permissions import Permission, role, service
from cdk.pipeline import Pipeline
from schemas import firehose as face
from schemas import folders
from schemas import glue as glue_face
from schemas.contract import Contract, Internal

_RETRIES = 3
"""Invocations of the transform that Firehose tries again, after which the records go to the error prefix."""
_PARTITION_RETRY = Duration.seconds(300)
_QUARANTINE = "quarantine"
_LATE_SECONDS = 900
"""How much older than its buffering interval the oldest undelivered record may become."""


@dataclass(frozen=True)
class StreamParts:
    """What a stream takes from other stacks: the table whose columns it writes, and its transform's layers."""

    table: glue.CfnTable
    layers: dict[LayerName, lambda_.ILayerVersion]


class DatasetStream(Construct):
    """The delivery stream of `contract`; internal datasets are written in their final form and have no transform."""

    def __init__(self, scope: Construct, pipeline: Pipeline, contract: Contract, parts: StreamParts) -> None:
        super().__init__(scope, construct_id(contract.name))
        self._pipeline, self._contract = pipeline, contract
        self._name = pipeline.environment.stream(contract.name)
        self._lake = bucket_name(self, pipeline.environment, "lake")
        transform = None if isinstance(contract.source, Internal) else self._transform(parts.layers)
        self._stream(transform, parts.table)
        for watch in _stream_watches(pipeline.environment.delivery.seconds, contract):
            alarm(self, pipeline, self._name, watch)

    def _transform(self, layers: dict[LayerName, lambda_.ILayerVersion]) -> lambda_.IFunction:
        quarantine = self._pipeline.environment.stream(_QUARANTINE)
        spec = FunctionSpec(
            name=self._pipeline.environment.transform_function(self._contract.name),
            description=f"Un-nests, checks and partitions records of {self._contract.name}.",
            handler="transforms.handler.handler",
            layers=("stream",),
            timeout=Duration.minutes(2),
            memory_mib=1769,  # one whole processor
            permissions=[
                Permission(("firehose:PutRecordBatch",), (stream_arn(self, self._name), stream_arn(self, quarantine)))
            ],
            environment={"STANDPIPE_DATASET": self._contract.name, "STANDPIPE_QUARANTINE_STREAM": quarantine},
        )
        function = PipelineFunction(self, "Transform", self._pipeline, layers, spec)
        alarm(function, self._pipeline, spec.name, FUNCTION_ERRORS)
        return function

    def _stream(self, transform: lambda_.IFunction | None, table: glue.CfnTable) -> None:
        environment = self._pipeline.environment
        log_group = self._log_group()
        writer = role(self, "Role", service("firehose.amazonaws.com", Stack.of(self).account), self._permissions())
        destination = firehose.S3Bucket(
            s3.Bucket.from_bucket_name(self, "Lake", self._lake),
            data_output_prefix=face.prefix(self._contract),
            error_output_prefix=face.error_prefix(self._contract),
            buffering_size=Size.mebibytes(environment.delivery.mebibytes),
            buffering_interval=Duration.seconds(environment.delivery.seconds),
            processors=[self._processor(transform)] if transform else None,
            dynamic_partitioning=self._partitioning(),
            data_format_conversion=firehose.DataFormatConversionProps(
                schema_configuration=firehose.SchemaConfiguration.from_cfn_table(table),
                input_format=firehose.InputFormat.OPENX_JSON,
                output_format=firehose.ParquetOutputFormat(compression=firehose.ParquetCompression.SNAPPY),
            ),
            logging_config=firehose.EnableLogging(log_group),
            role=writer,
        )
        firehose.DeliveryStream(
            self,
            "Stream",
            delivery_stream_name=self._name,
            destination=destination,
            encryption=firehose.StreamEncryption.aws_owned_key(),
            role=writer,
        )

    def _processor(self, transform: lambda_.IFunction) -> firehose.LambdaFunctionProcessor:
        hints = self._pipeline.environment.transform
        return firehose.LambdaFunctionProcessor(
            transform,
            buffer_size=Size.mebibytes(hints.mebibytes),
            buffer_interval=Duration.seconds(hints.seconds),
            retries=_RETRIES,
        )

    def _partitioning(self) -> firehose.DynamicPartitioningProps | None:
        if self._contract.partition is None:
            return None
        return firehose.DynamicPartitioningProps(enabled=True, retry_duration=_PARTITION_RETRY)

    def _log_group(self) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=_log_group_name(self._name),
            retention=RETENTION[self._pipeline.environment.log_retention_days],
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _permissions(self) -> list[Permission]:
        """What Firehose needs, and nothing that deletes.

        https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
        """
        lake, name = bucket_arn(self, self._lake), self._contract.name
        table = glue_arns(self, self._pipeline.environment.database, glue_face.table_name(self._contract))
        permissions = [
            Permission(("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"), (lake,)),
            Permission(
                ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"),
                (f"{lake}/{glue_face.location(self._contract)}*", f"{lake}/{folders.ERRORS}{name}/*"),
                "Firehose names each object; it reads and writes under this dataset's two prefixes only.",
            ),
            Permission(("glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"), tuple(table)),
            Permission(
                ("logs:PutLogEvents",),
                (log_group_arn(self, _log_group_name(self._name)),),
                "The log streams of the one log group that belongs to this stream.",
            ),
        ]
        if not isinstance(self._contract.source, Internal):
            function = function_arn(self, self._pipeline.environment.transform_function(name))
            permissions.append(
                Permission(
                    ("lambda:InvokeFunction", "lambda:GetFunctionConfiguration"),
                    (function, f"{function}:*"),
                    "Firehose calls the function with a version behind its ARN.",
                )
            )
        return permissions


def _log_group_name(stream: str) -> str:
    return f"/aws/kinesisfirehose/{stream}"


def _stream_watches(buffering_seconds: int, contract: Contract) -> list[Watch]:
    late = buffering_seconds + _LATE_SECONDS
    watches = [
        Watch(
            "AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", "Maximum", late,
            "Records wait longer than their buffering interval: delivery to S3 is stuck.",
        ),
        Watch(
            "AWS/Firehose", "FailedConversion.Records", "DeliveryStreamName", "Sum", 0,
            "Records do not fit the Glue table; they lie under errors/.../format-conversion-failed/.",
        ),
    ]  # fmt: skip
    if contract.partition:
        watches.append(
            Watch(
                "AWS/Firehose",
                "PartitionCountExceeded",
                "DeliveryStreamName",
                "Maximum",
                0,
                "More partitions at once than Firehose keeps open; records go to errors/.",
            )
        )
    return watches
