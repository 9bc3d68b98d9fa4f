"""Glue tables: over landed Parquet, over curated Parquet, and views."""

from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from constructs import Construct

from cdk.config import construct_id
from cdk.constructs.retention import removal_policy
from cdk.pipeline import Pipeline
from cdk.views import View, view_text
from schemas import glue as face
from schemas.contract import Contract
from schemas.glue import GlueColumn

_PARQUET = glue.CfnTable.SerdeInfoProperty(
    serialization_library="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    parameters={"serialization.format": "1"},
)


def landing_table(scope: Construct, pipeline: Pipeline, contract: Contract, bucket: str) -> glue.CfnTable:
    """The table over what Firehose lands: every version of every row."""
    uri = f"s3://{bucket}"
    files = _Files(
        face.table_name(contract),
        f"{uri}/{face.location(contract)}",
        face.columns(contract),
        face.partition_keys(contract),
        face.projection(contract, uri),
    )
    table = _parquet_table(scope, pipeline, contract, files)
    table.apply_removal_policy(removal_policy(pipeline))
    return table


def curated(scope: Construct, pipeline: Pipeline, contract: Contract, bucket: str) -> glue.CfnTable:
    """The table over what the curation job writes: the latest version of each key, sorted; can be rebuilt at any time.

    Its partitions are those that the job registers, each with the version that readers see.
    """
    files = _Files(
        face.curated_table_name(contract),
        f"s3://{bucket}/{face.curated_location(contract)}",
        face.curated_columns(contract),
        face.curated_partition_keys(contract),
        face.curation(contract),
    )
    return _parquet_table(scope, pipeline, contract, files)


def view_table(scope: Construct, pipeline: Pipeline, view: View) -> glue.CfnTable:
    """A view as Athena keeps it."""
    return glue.CfnTable(
        scope,
        construct_id(view.name),
        catalog_id=Stack.of(scope).account,
        database_name=pipeline.environment.database,
        table_input=glue.CfnTable.TableInputProperty(
            name=view.name,
            table_type="VIRTUAL_VIEW",
            parameters={"presto_view": "true", "comment": "Presto View"},
            view_original_text=view_text(view, pipeline.environment.database),
            view_expanded_text="/* Presto View */",
            partition_keys=[],
            storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                columns=_columns(list(view.columns)), location="", serde_info=glue.CfnTable.SerdeInfoProperty()
            ),
        ),
    )


@dataclass(frozen=True)
class _Files:
    """What differs between two tables of one contract."""

    table: str
    location: str
    columns: list[GlueColumn]
    partition_keys: list[GlueColumn]
    parameters: dict[str, str]


def _parquet_table(scope: Construct, pipeline: Pipeline, contract: Contract, files: _Files) -> glue.CfnTable:
    return glue.CfnTable(
        scope,
        construct_id(files.table),
        catalog_id=Stack.of(scope).account,
        database_name=pipeline.environment.database,
        table_input=glue.CfnTable.TableInputProperty(
            name=files.table,
            description=contract.description.strip(),
            table_type="EXTERNAL_TABLE",
            parameters={"classification": "parquet", "EXTERNAL": "TRUE", **files.parameters},
            partition_keys=_columns(files.partition_keys),
            storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                columns=_columns(files.columns),
                location=files.location,
                input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                serde_info=_PARQUET,
            ),
        ),
    )


def _columns(columns: list[GlueColumn]) -> list[glue.CfnTable.ColumnProperty]:
    return [
        glue.CfnTable.ColumnProperty(name=column.name, type=column.type, comment=column.comment or None)
        for column in columns
    ]
