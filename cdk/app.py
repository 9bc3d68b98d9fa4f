"""The CDK app. `cdk.json` runs this module; `build_app` gives the same app to Python.

Context: `-c environment=local|dev|prod` (dev unless said otherwise), `-c datasets=<folder of contracts>`,
`-c alpha_vantage_url=<url>`, `-c allow-data-deletion=true`.
"""

import json
import sys
from pathlib import Path

from aws_cdk import App
from aws_cdk.region_info import Fact

from cdk.config import ConfigError, Environment
from cdk.constructs.retention import CONTEXT_KEY
from cdk.layers.archives import LayerMissingError
from cdk.pipeline import Pipeline, plan
from cdk.stacks.analytics import Analytics
from cdk.stacks.catalogue import Catalogue
from cdk.stacks.curation import Curation
from cdk.stacks.dashboards import Dashboards
from cdk.stacks.ingestion import Ingestion
from cdk.stacks.layers import LayerStack
from cdk.stacks.observability import Observability
from cdk.stacks.producers import Producers
from cdk.stacks.storage import Storage
from schemas.load import ContractError

_CONTEXT = ("environment", "datasets", "alpha_vantage_url", CONTEXT_KEY)

_TEMPLATE_BYTES = 1_000_000
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

CDK_JSON = Path(__file__).parents[1] / "cdk.json"


def build_app(pipeline: Pipeline, outdir: Path | None = None, validation: bool | None = None) -> App:
    """The app with all stacks of `pipeline`, to be synthesised into `outdir`.

    `validation` switches the built-in validation of templates on or off; None leaves it to the CDK.
    """
    app = _app(outdir, validation)
    add_stacks(app, pipeline)
    return app


def add_stacks(app: App, pipeline: Pipeline) -> None:
    """Add every stack of `pipeline` to `app`; names alone link most of them, so their order is stated.

    Raises `ConfigError`.
    """
    _check_region(pipeline.environment)
    storage = Storage(app, pipeline)
    catalogue = Catalogue(app, pipeline)
    layers = LayerStack(app, pipeline)
    ingestion = Ingestion(app, pipeline, layers.layers, catalogue.landing)
    producers = Producers(app, pipeline, layers.layers)
    curation = Curation(app, pipeline)
    analytics = Analytics(app, pipeline)
    Observability(app, pipeline)
    if pipeline.environment.dashboard_principal:
        dashboards = Dashboards(app, pipeline)
        dashboards.add_stack_dependency(analytics)
        dashboards.add_stack_dependency(catalogue)
    ingestion.add_stack_dependency(storage)
    producers.add_stack_dependency(storage)
    producers.add_stack_dependency(ingestion)
    for stack in (curation, analytics):
        stack.add_stack_dependency(storage)
        stack.add_stack_dependency(catalogue)


def _check_region(environment: Environment) -> None:
    region, known = environment.region, Fact.regions
    if region is not None and region not in known:
        raise ConfigError(f"{environment.name}: there is no region {region!r}; valid: {', '.join(known)}")


def check_templates(folder: Path) -> None:
    """Raise `ConfigError` for a template in `folder` that CloudFormation would refuse for its size."""
    for template in sorted(folder.glob("*.template.json")):
        if (size := template.stat().st_size) > _TEMPLATE_BYTES:
            stack = template.name.removesuffix(".template.json")
            raise ConfigError(
                f"{stack}: the template has {size:,} bytes, CloudFormation allows {_TEMPLATE_BYTES:,}; "
                "deploy fewer datasets, or datasets of fewer columns"
            )


def main() -> None:
    """Synthesise what the context asks for; a mistake in it is one line, not a traceback."""
    app = _app(None, None)
    asked = {key: app.node.try_get_context(key) for key in _CONTEXT}
    try:
        pipeline = plan(
            asked["environment"] or "dev",
            datasets=Path(asked["datasets"]) if asked["datasets"] else None,
            alpha_vantage_url=asked["alpha_vantage_url"],
            data_deletion_allowed=str(asked[CONTEXT_KEY]).lower() == "true",
        )
        add_stacks(app, pipeline)
        check_templates(Path(app.synth().directory))
    except (ConfigError, ContractError, LayerMissingError) as error:
        sys.exit(f"error: {error}")


def _app(outdir: Path | None, validation: bool | None) -> App:
    """An app with the context of `cdk.json`, which only the CDK CLI would read by itself."""
    return App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=validation,
        context=json.loads(CDK_JSON.read_text())["context"],
        outdir=str(outdir) if outdir else None,
    )


if __name__ == "__main__":
    main()
