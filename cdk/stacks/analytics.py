"""How data is queried: the Athena workgroup, with a limit on what a query may scan, and the saved queries."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App, CfnResource
from aws_cdk import aws_athena as athena

from cdk.config import construct_id
from cdk.constructs.arns import bucket_name
from cdk.pipeline import Pipeline
from cdk.stacks.base import PipelineStack
from cdk.views import QUERIES
from schemas.folders import RESULTS
from schemas.views import as_of_name, as_of_query

_MIB = 1024 * 1024


@dataclass(frozen=True)
class SavedQuery:
    """A query that the workgroup keeps. With `?` in it, it can also be executed as a prepared statement."""

    name: str
    description: str
    sql: str

    @property
    def has_parameters(self) -> bool:
        return "?" in "".join(line for line in self.sql.splitlines() if not line.startswith("--"))


def saved_queries(pipeline: Pipeline, folder: Path = QUERIES) -> Iterator[SavedQuery]:
    """One for each file of `folder`, whose first line describes it, and each dataset as it was known at a moment."""
    for file in sorted(folder.glob("*.sql")):
        sql = file.read_text()
        yield SavedQuery(file.stem, sql.splitlines()[0].removeprefix("-- "), sql)
    for contract in pipeline.fed:
        described = f"{contract.name} as it was known at a moment, a timestamp in UTC."
        yield SavedQuery(as_of_name(contract), described, as_of_query(contract))


class Analytics(PipelineStack):
    """The workgroup and its saved queries."""

    def __init__(self, app: App, pipeline: Pipeline) -> None:
        super().__init__(app, "analytics", pipeline)
        workgroup = self._workgroup(pipeline)
        for query in saved_queries(pipeline):
            for resource in self._saved(pipeline, query):
                resource.add_resource_dependency(workgroup)

    def _saved(self, pipeline: Pipeline, query: SavedQuery) -> Iterator[CfnResource]:
        id_ = construct_id(query.name)
        yield athena.CfnNamedQuery(
            self,
            id_,
            name=query.name,
            description=query.description,
            database=pipeline.environment.database,
            query_string=query.sql,
            work_group=pipeline.environment.workgroup,
        )
        if query.has_parameters:
            yield athena.CfnPreparedStatement(
                self,
                f"{id_}Prepared",
                statement_name=query.name,
                description=query.description,
                query_statement=query.sql,
                work_group=pipeline.environment.workgroup,
            )

    def _workgroup(self, pipeline: Pipeline) -> athena.CfnWorkGroup:
        results = bucket_name(self, pipeline.environment, "results")
        return athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=pipeline.environment.workgroup,
            description="Queries over the lake.",
            recursive_delete_option=True,  # the history of queries keeps a workgroup from being deleted
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=pipeline.environment.scan_limit_mebibytes * _MIB,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{results}/{RESULTS}",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
