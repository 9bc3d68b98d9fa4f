"""How data gets in: the producers, their schedules, the queue of dropped files, and the queues of what failed."""

from aws_cdk import App
from aws_cdk import aws_sqs as sqs

from cdk.config import ProducerName
from cdk.constructs.alarms import Watch, alarm
from cdk.constructs.arns import bucket_arn, bucket_name, function_arn, secret_arn
from cdk.constructs.drops import ATTEMPTS, Drops
from cdk.constructs.function import METRICS_NAMESPACE
from cdk.constructs.permissions import Permission
from cdk.constructs.producer import ProducerSpec, producer
from cdk.constructs.queue import dead_letter_queue
from cdk.constructs.schedules import Schedules
from cdk.pipeline import Pipeline
from cdk.stacks.base import PipelineStack
from cdk.stacks.layers import Layers
from schemas.alpha_vantage import AlphaVantage
from schemas.folders import DROP
from schemas.sql import Sql

_ONE_CPU_MIB = 1769
"""Memory comes with a share of a CPU, and this much with a whole one; files take a third of it whatever their size.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""
_REFUSED = Watch(
    METRICS_NAMESPACE,
    "FilesRefused",
    "service",
    "Sum",
    0,
    "A dropped file could not be read, or not to its end; the quarantine says why.",
)


class Producers(PipelineStack):
    """The three producers and what starts them."""

    def __init__(self, app: App, pipeline: Pipeline, layers: Layers) -> None:
        super().__init__(app, "producers", pipeline)
        self._pipeline = pipeline
        failures = dead_letter_queue(self, "Failures", pipeline, "loads-failed")
        for spec in (self._alpha_vantage(failures), self._sql(failures)):
            producer(self, pipeline, layers, spec)
        drops = Drops(self, pipeline)
        files = producer(self, pipeline, layers, self._files(drops))
        drops.feed(files)
        alarm(files, pipeline, pipeline.environment.producer_function("files"), _REFUSED)
        environment = pipeline.environment
        Schedules(
            self,
            pipeline,
            {
                environment.producer_function("alpha-vantage"): pipeline.fed_by(AlphaVantage),
                environment.producer_function("sql"): pipeline.fed_by(Sql),
            },
            failures,
        )

    def _alpha_vantage(self, failures: sqs.IQueue) -> ProducerSpec:
        api = self._pipeline.environment.alpha_vantage
        return ProducerSpec(
            "alpha-vantage",
            "Loads time series from Alpha Vantage.",
            ("alpha_vantage",),
            tuple(self._pipeline.fed_by(AlphaVantage)),
            (self._reads_secret(api.secret_name),),
            {
                "ALPHA_VANTAGE_URL": api.url,
                "ALPHA_VANTAGE_SECRET": api.secret_name,
                "ALPHA_VANTAGE_PLAN": api.plan,
                "ALPHA_VANTAGE_CALLS_PER_MINUTE": str(api.calls_per_minute),
            },
            failures=failures,
        )

    def _sql(self, failures: sqs.IQueue) -> ProducerSpec:
        secret = self._pipeline.environment.database_secret_name
        return ProducerSpec(
            "sql",
            "Loads tables of the SQL database.",
            ("sql",),
            tuple(self._pipeline.fed_by(Sql)),
            (self._reads_secret(secret), self._continues("sql")),
            {"STANDPIPE_DATABASE_SECRET": secret},
            network=self._pipeline.environment.database_network,
            failures=failures,
            invokes_itself=True,
        )

    def _files(self, drops: Drops) -> ProducerSpec:
        bucket = bucket_arn(self, bucket_name(self, self._pipeline.environment, "drop"))
        takes = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
        hands_on = ("sqs:GetQueueUrl", "sqs:SendMessage")
        reads = ("s3:GetObject", "s3:GetObjectVersion")
        return ProducerSpec(
            "files",
            "Loads files dropped in the drop bucket.",
            ("files",),
            tuple(self._pipeline.fed),
            (
                Permission((*takes, *hands_on), (drops.queue_arn,)),
                Permission(reads, (f"{bucket}/{DROP}*",), "People choose the names of the files that they drop."),
                Permission(("s3:ListBucket",), (bucket,)),  # without it S3 denies a file that is gone
            ),
            {
                "STANDPIPE_DROPS_QUEUE": self._pipeline.environment.named("drops"),
                "STANDPIPE_DROPS_ATTEMPTS": str(ATTEMPTS),
                "STANDPIPE_PART_MEBIBYTES": "256",
            },
            _ONE_CPU_MIB,
            invokes_itself=True,  # through the queue of what is left to read
        )

    def _continues(self, producer: ProducerName) -> Permission:
        """Permission to start the next run itself when one does not finish."""
        name = self._pipeline.environment.producer_function(producer)
        return Permission(("lambda:InvokeFunction",), (function_arn(self, name),))

    def _reads_secret(self, name: str) -> Permission:
        return Permission(("secretsmanager:GetSecretValue",), (secret_arn(self, name),))
