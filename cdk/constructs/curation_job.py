"""The Glue Spark job that keeps the latest version of each row, sorted."""

from collections.abc import Iterator

from aws_cdk import AssetHashType, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from cdk.constructs.acknowledgement import acknowledge
from cdk.constructs.arns import bucket_arn, bucket_name, glue_arns, log_group_arn
from cdk.constructs.permissions import Permission, role, service
from cdk.pipeline import Pipeline
from cdk.staging import stage
from schemas.folders import CURATED, LANDING

OWN_KEY = "Encrypting the log takes a customer's KMS key; CloudWatch Logs encrypts it with its own as it is."

MODULES = ("duckdb==2.0.0", "pyarrow==26.0.1")
"""What the job imports and Glue has not, or not in this version; boto3 and Spark are there."""

_GLUE_VERSION = "5.1"
"""Spark 3.5.6, Python 3.11. https://docs.aws.amazon.com/glue/latest/dg/release-notes.html"""
_MOST_WORKERS = 4
_TIMEOUT_MINUTES = 60
"""With the workers, what a run can cost at most: four DPU-hours. Far below the grace period of old versions."""
_MEMORY = "1GB"
"""Of the 16 GB of a G.1X worker the JVM takes 10, and four tasks run at once."""
_LOG_GROUPS = "/aws-glue/jobs/*"


class CurationJob(Construct):
    """The job. One run at a time: what is started meanwhile is queued, because it knows of rows that the first may not.

    Glue fails what has waited too long, which costs a notice: the next run finds everything that has changed.
    https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html
    """

    def __init__(self, scope: Construct, pipeline: Pipeline) -> None:
        super().__init__(scope, "Curation")
        self._pipeline = pipeline
        self._lake = bucket_name(self, pipeline.environment, "lake")
        staged = stage(("jobs",))
        script = assets.Asset(self, "Script", path=str(staged.folder / "jobs" / "curate.py"))
        package = assets.Asset(
            self,
            "Package",
            path=str(staged.folder),
            asset_hash=staged.content_hash,
            asset_hash_type=AssetHashType.CUSTOM,
        )
        job = self._job(script, package)
        acknowledge(job, "AwsSolutions-GL1", OWN_KEY)
        acknowledge(job, "AwsSolutions-GL3", "The job keeps its bookmark in the catalogue, not in Glue's.")

    def _job(self, script: assets.Asset, package: assets.Asset) -> glue.CfnJob:
        return glue.CfnJob(
            self,
            "Job",
            name=self._pipeline.environment.curation_job,
            description="Keeps the latest version of each row, sorted on the key.",
            role=self._role(script, package).role_arn,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=script.s3_object_url
            ),
            glue_version=_GLUE_VERSION,
            worker_type="G.1X",
            number_of_workers=_MOST_WORKERS,
            timeout=_TIMEOUT_MINUTES,
            max_retries=0,
            job_run_queuing_enabled=True,
            execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=1),
            default_arguments=self._arguments(package),
        )

    def _arguments(self, package: assets.Asset) -> dict[str, str]:
        return {
            "--additional-python-modules": ",".join(MODULES),
            "--database": self._pipeline.environment.database,
            "--enable-auto-scaling": "true",
            "--enable-continuous-cloudwatch-log": "true",
            "--enable-metrics": "true",
            "--extra-py-files": package.s3_object_url,
            "--lake": self._lake,
            "--memory": _MEMORY,
            "--region": Stack.of(self).region,
        }

    def _role(self, *code: assets.Asset) -> iam.IRole:
        files = tuple(f"{bucket_arn(self, asset.s3_bucket_name)}/{asset.s3_object_key}" for asset in code)
        permissions = [
            Permission(("s3:GetObject",), files),
            *self._on_lake(),
            *self._on_catalogue(),
            *self._reporting(),
        ]
        return role(self, "Role", service("glue.amazonaws.com", Stack.of(self).account), permissions)

    def _on_lake(self) -> Iterator[Permission]:
        lake = bucket_arn(self, self._lake)
        # of the whole bucket: who may list a prefix only is denied an object that is gone, and the job must know
        yield Permission(("s3:GetBucketLocation", "s3:ListBucket"), (lake,))
        yield Permission(("s3:GetObject",), (f"{lake}/{LANDING}*",), "The job reads every landed object.")
        yield Permission(
            ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"),
            (f"{lake}/{CURATED}*",),
            "The job names each version of a partition, and deletes it when nobody can need it.",
        )

    def _on_catalogue(self) -> Iterator[Permission]:
        database = self._pipeline.environment.database
        yield Permission(
            ("glue:GetTables",),
            tuple(glue_arns(self, database, "*")),
            "The job finds in the catalogue what is curated; it lists the tables of one database.",
        )
        yield Permission(
            ("glue:GetPartitions", "glue:CreatePartition", "glue:BatchUpdatePartition"),
            tuple(glue_arns(self, database, "*_curated")),
            "The table of a new dataset is deployed before the job, and may be found by a run in between.",
        )

    def _reporting(self) -> Iterator[Permission]:
        yield Permission(
            ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
            (log_group_arn(self, _LOG_GROUPS),),
            "Glue writes the logs of jobs to groups of its own.",
        )
        yield Permission(
            ("cloudwatch:PutMetricData",),
            ("*",),
            "PutMetricData knows no resources; the condition confines it to Glue's namespace.",
            ("StringEquals", "cloudwatch:namespace", "Glue"),
        )
