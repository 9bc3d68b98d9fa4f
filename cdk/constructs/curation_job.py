"""The Glue Spark job that keeps the latest version of each row, and the trigger that runs it for every dataset."""

from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from cdk.config import curated_location
from cdk.constructs.acknowledgement import acknowledge
from cdk.constructs.arns import bucket_arn, bucket_name, log_group_arn
from cdk.constructs.permissions import Permission, role, service
from cdk.pipeline import Pipeline
from schemas import glue as face
from schemas.contract import Contract

SCRIPT = Path(__file__).parents[2] / "jobs" / "curate.py"

OWN_KEY = "Encrypting the log takes a customer's KMS key; CloudWatch Logs encrypts it with its own as it is."

_GLUE_VERSION = "5.0"
_WORKERS = 2
_TIMEOUT_MINUTES = 30
_NIGHTLY = "cron(0 3 * * ? *)"
_LOG_GROUPS = "/aws-glue/jobs/*"


class CurationJob(Construct):
    """The job, and its nightly trigger with one action for each dataset."""

    def __init__(self, scope: Construct, pipeline: Pipeline) -> None:
        super().__init__(scope, "Curation")
        self._pipeline = pipeline
        self._lake = bucket_name(self, pipeline.environment, "lake")
        script = assets.Asset(self, "Script", path=str(SCRIPT))
        job = self._job(script)
        trigger = glue.CfnTrigger(
            self,
            "Nightly",
            name=pipeline.environment.curation_job,
            type="SCHEDULED",
            schedule=_NIGHTLY,
            start_on_creation=pipeline.environment.schedules_enabled,
            actions=[self._action(contract) for contract in pipeline.fed],
        )
        trigger.add_resource_dependency(job)

    def _job(self, script: assets.Asset) -> glue.CfnJob:
        job = glue.CfnJob(
            self,
            "Job",
            name=self._pipeline.environment.curation_job,
            description="Keeps the latest version of each row, sorted on the key.",
            role=self._role(script).role_arn,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=script.s3_object_url
            ),
            glue_version=_GLUE_VERSION,
            worker_type="G.1X",
            number_of_workers=_WORKERS,
            timeout=_TIMEOUT_MINUTES,
            max_retries=0,
            execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=len(self._pipeline.fed) or 1),
            default_arguments={"--enable-metrics": "true", "--enable-continuous-cloudwatch-log": "true"},
        )
        acknowledge(job, "AwsSolutions-GL1", OWN_KEY)
        acknowledge(job, "AwsSolutions-GL3", "The job keeps no bookmark: it reads whole partitions.")
        return job

    def _action(self, contract: Contract) -> glue.CfnTrigger.ActionProperty:
        keys = face.partition_keys(contract)
        return glue.CfnTrigger.ActionProperty(
            job_name=self._pipeline.environment.curation_job,
            arguments={
                "--dataset": contract.name,
                "--landing": f"s3://{self._lake}/{face.location(contract)}",
                "--curated": f"s3://{self._lake}/{curated_location(contract.name)}",
                "--key": ",".join(contract.key),
                **({"--partition": keys[0].name} if keys else {}),
            },
        )

    def _role(self, script: assets.Asset) -> iam.IRole:
        lake = bucket_arn(self, self._lake)
        asset = f"{bucket_arn(self, script.s3_bucket_name)}/{script.s3_object_key}"
        permissions = [
            Permission(("s3:GetObject",), (asset,)),
            Permission(("s3:ListBucket", "s3:GetBucketLocation"), (lake,)),
            Permission(("s3:GetObject",), (f"{lake}/landing/*",), "The job reads every landed object."),
            Permission(
                ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
                (f"{lake}/curated/*",),
                "Spark names each object, and replaces a partition as a whole.",
            ),
            Permission(
                ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
                (log_group_arn(self, _LOG_GROUPS),),
                "Glue writes the logs of jobs to groups of its own.",
            ),
            Permission(
                ("cloudwatch:PutMetricData",),
                ("*",),
                "PutMetricData knows no resources; the condition confines it to Glue's namespace.",
                ("StringEquals", "cloudwatch:namespace", "Glue"),
            ),
        ]
        principal = service("glue.amazonaws.com", Stack.of(self).account)
        return role(self, "Role", principal, permissions)
