"""How data is curated: the Spark job, and the crawler of ad-hoc files."""

from aws_cdk import App

from cdk.constructs.crawler import AdHocCrawler
from cdk.constructs.curation_job import CurationJob
from cdk.constructs.curation_starts import CurationStarts
from cdk.pipeline import Pipeline
from cdk.stacks.base import PipelineStack


class Curation(PipelineStack):
    """The job from landing to curated, what starts it, and the crawler."""

    def __init__(self, app: App, pipeline: Pipeline) -> None:
        super().__init__(app, "curation", pipeline)
        CurationStarts(self, pipeline).node.add_dependency(CurationJob(self, pipeline))
        AdHocCrawler(self, pipeline)
