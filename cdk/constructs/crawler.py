"""The crawler of ad-hoc files: whatever is under `drop/adhoc/<name>/` becomes the table `adhoc_<name>`."""

import json

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.config import AD_HOC_PREFIX
from cdk.constructs.acknowledgement import acknowledge
from cdk.constructs.arns import bucket_arn, bucket_name, glue_arns, log_group_arn
from cdk.constructs.curation_job import OWN_KEY
from cdk.constructs.permissions import Permission, role, service
from cdk.pipeline import Pipeline
from schemas.folders import AD_HOC

_TABLE_LEVEL = 4
"""Levels of the path above a table: the bucket is 1, so `drop/adhoc/<name>/` is 4."""
_CONFIGURATION = {
    "Version": 1.0,
    "Grouping": {"TableLevelConfiguration": _TABLE_LEVEL},
    # Athena refuses a partition whose columns are not those of its table
    "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
    "CreatePartitionIndex": False,  # it would need more permissions, for tables of few partitions
}
_DELIMITERS = {"tab": "\t", "semicolon": ";", "comma": ","}
"""In the order in which they are tried: a comma may be part of a number where the others delimit."""


class AdHocCrawler(Construct):
    """Started by hand, because each crawl is billed for ten minutes. It touches no table of a dataset: those are
    derived from contracts. https://aws.amazon.com/glue/pricing/
    """

    def __init__(self, scope: Construct, pipeline: Pipeline) -> None:
        super().__init__(scope, "AdHoc")
        self._pipeline = pipeline
        self._drop = bucket_name(self, pipeline.environment, "drop")
        crawler = glue.CfnCrawler(
            self,
            "Crawler",
            name=pipeline.environment.ad_hoc_crawler,
            description="Catalogues files dropped under drop/adhoc/<name>/ as adhoc_<name>.",
            role=self._role().role_arn,
            database_name=pipeline.environment.database,
            table_prefix=AD_HOC_PREFIX,
            targets=glue.CfnCrawler.TargetsProperty(
                s3_targets=[glue.CfnCrawler.S3TargetProperty(path=f"s3://{self._drop}/{AD_HOC}")]
            ),
            recrawl_policy=glue.CfnCrawler.RecrawlPolicyProperty(recrawl_behavior="CRAWL_EVERYTHING"),
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(
                update_behavior="UPDATE_IN_DATABASE", delete_behavior="LOG"
            ),
            configuration=json.dumps(_CONFIGURATION),
            classifiers=[each.ref for each in self._classifiers()],
        )

        acknowledge(crawler, "AwsSolutions-GL1", OWN_KEY)

    def _classifiers(self) -> list[glue.CfnClassifier]:
        """CSV has a header line here, as everywhere in the pipeline, also where all columns are text: only then does
        Glue's own classifier not see one. It would leave quotes in the values, too.
        """
        return [
            glue.CfnClassifier(
                self,
                f"Csv{word.capitalize()}",
                csv_classifier=glue.CfnClassifier.CsvClassifierProperty(
                    name=self._pipeline.environment.named(f"csv-{word}"),
                    delimiter=delimiter,
                    quote_symbol='"',
                    contains_header="PRESENT",
                ),
            )
            for word, delimiter in _DELIMITERS.items()
        ]

    def _role(self) -> iam.IRole:
        drop, database = bucket_arn(self, self._drop), self._pipeline.environment.database
        catalogue, own_database, tables = glue_arns(self, database, f"{AD_HOC_PREFIX}*")
        writes = ("glue:CreateTable", "glue:UpdateTable", "glue:BatchCreatePartition", "glue:BatchUpdatePartition")
        reads = ("glue:GetDatabase", "glue:GetTable", "glue:GetPartitions", "glue:BatchGetPartition")
        permissions = [
            Permission(("s3:GetBucketLocation", "s3:ListBucket"), (drop,)),
            Permission(("s3:GetObject",), (f"{drop}/{AD_HOC}*",), "People name the files that they drop."),
            Permission(
                (*reads, *writes),
                (catalogue, own_database, tables),
                f"A crawler names its tables by their folders, after {AD_HOC_PREFIX}.",
            ),
            Permission(
                ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
                (log_group_arn(self, "/aws-glue/crawlers"),),
                "Glue writes the logs of crawlers to one group of its own.",
            ),
        ]
        return role(self, "Role", service("glue.amazonaws.com", Stack.of(self).account), permissions)
