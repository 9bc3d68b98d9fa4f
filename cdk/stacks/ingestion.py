"""The way in: one delivery stream for each dataset."""

from aws_cdk import App
from aws_cdk import aws_glue as glue

from cdk.constructs.dataset_stream import DatasetStream, StreamParts
from cdk.pipeline import Pipeline
from cdk.stacks.base import PipelineStack
from cdk.stacks.layers import Layers


class Ingestion(PipelineStack):
    """The delivery streams with their transforms; `tables` are the landing tables by dataset."""

    def __init__(self, app: App, pipeline: Pipeline, layers: Layers, tables: dict[str, glue.CfnTable]) -> None:
        super().__init__(app, "ingestion", pipeline)
        for name, contract in pipeline.contracts.items():
            DatasetStream(self, pipeline, contract, StreamParts(tables[name], layers))
