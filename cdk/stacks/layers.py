"""The Lambda layers: the functions' dependencies, built before synthesis by `python -m cdk.layers`."""

from aws_cdk import App, AssetHashType, RemovalPolicy
from aws_cdk import aws_lambda as lambda_

from cdk.config import LayerName, construct_id
from cdk.pipeline import Pipeline
from cdk.stacks.base import PipelineStack

Layers = dict[LayerName, lambda_.ILayerVersion]


class LayerStack(PipelineStack):
    """One layer version for each layer of the environment, in `layers`.

    On AWS old versions stay: a stack of functions that fails to update returns to those it had. A laptop would fill up.
    """

    def __init__(self, app: App, pipeline: Pipeline) -> None:
        super().__init__(app, "layers", pipeline)
        self.layers: Layers = {name: self._layer(name, pipeline) for name in pipeline.environment.layers}

    def _layer(self, name: LayerName, pipeline: Pipeline) -> lambda_.ILayerVersion:
        environment, archive = pipeline.environment, pipeline.layers.built(name)
        runtime = lambda_.Runtime(f"python{environment.python_version}", lambda_.RuntimeFamily.PYTHON)
        return lambda_.LayerVersion(
            self,
            construct_id(name),
            layer_version_name=environment.named(name),
            description=f"Dependencies of Standpipe's functions: {name}",
            code=lambda_.Code.from_asset(str(archive), asset_hash=archive.stem, asset_hash_type=AssetHashType.CUSTOM),
            compatible_runtimes=[runtime],
            compatible_architectures=[lambda_.Architecture.X86_64],
            removal_policy=(
                RemovalPolicy.DESTROY if environment.name == "local" else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
            ),
        )
