"""How data are asked for: the Athena workgroup, with a limit on what a query may scan, and the saved queries."""

from pathlib import Path

from aws_cdk import App
from aws_cdk import aws_athena as athena

from cdk.constructs.arns import bucket_name
from cdk.pipeline import Pipeline
from cdk.stacks.base import PipelineStack
from cdk.views import QUERIES

_MIB = 1024 * 1024


class Analytics(PipelineStack):
    """The workgroup, and one named query for each file of `queries/`."""

    def __init__(self, app: App, pipeline: Pipeline, queries: Path = QUERIES) -> None:
        super().__init__(app, "analytics", pipeline)
        workgroup = self._workgroup(pipeline)
        for file in sorted(queries.glob("*.sql")):
            sql = file.read_text()
            query = athena.CfnNamedQuery(
                self,
                file.stem.replace("_", " ").title().replace(" ", ""),
                name=file.stem,
                description=sql.splitlines()[0].removeprefix("-- "),
                database=pipeline.environment.database,
                query_string=sql,
                work_group=pipeline.environment.workgroup,
            )
            query.add_resource_dependency(workgroup)

    def _workgroup(self, pipeline: Pipeline) -> athena.CfnWorkGroup:
        results = bucket_name(self, pipeline.environment, "results")
        return athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=pipeline.environment.workgroup,
            description="Queries over the lake.",
            recursive_delete_option=pipeline.deletes_data,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=pipeline.environment.scan_limit_mebibytes * _MIB,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{results}/queries/",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
