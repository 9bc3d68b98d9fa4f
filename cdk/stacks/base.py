"""What every stack has: its name, its place, its tags."""

from aws_cdk import App, Stack, Tags
from aws_cdk import Environment as Place

from cdk.constructs.retention import announce
from cdk.pipeline import Pipeline


class PipelineStack(Stack):
    """A stack of `pipeline`, called `standpipe-<environment>-<name>`."""

    def __init__(self, app: App, name: str, pipeline: Pipeline, termination_protection: bool = False) -> None:
        environment = pipeline.environment
        super().__init__(
            app,
            environment.named(name),
            env=Place(account=environment.account, region=environment.region),
            termination_protection=termination_protection,
        )
        Tags.of(self).add("project", "standpipe")
        Tags.of(self).add("environment", environment.name)


class StatefulStack(PipelineStack):
    """A stack that holds data: what its deletion would do is said at synthesis."""

    def __init__(self, app: App, name: str, pipeline: Pipeline) -> None:
        super().__init__(app, name, pipeline, pipeline.environment.termination_protection)
        announce(self, pipeline)
