"""Synthesis without the CDK CLI, account, network, Docker or git."""

from pathlib import Path

from cdk.layers.folders import LayerFolders
from cdk.pipeline import plan


def synthesise(
    environment: str,
    outdir: Path,
    datasets: Path | None = None,
    alpha_vantage_url: str | None = None,
    layers: LayerFolders | None = None,
) -> Path:
    """Write the cloud assembly of `environment` to `outdir` and return it; the templates are not validated.

    The layers must have been built (`cdk.layers.build`). Raises `ConfigError`, `ContractError`, `LayerMissingError`.
    """
    pipeline = plan(environment, datasets, alpha_vantage_url, layers)
    from cdk.app import build_app  # importing aws_cdk starts Node, which takes seconds

    build_app(pipeline, outdir, validation=False).synth()
    return outdir
