"""Synthesis without the CDK CLI, account, network, Docker or git.

`python -m cdk.synth <environment> <outdir> <alpha_vantage_url>` does it in a process of its own.
"""

import sys
from pathlib import Path

from cdk.config import ConfigError
from cdk.layers.archives import LayerArchives, LayerMissingError
from cdk.pipeline import plan
from schemas.load import ContractError


def synthesise(
    environment: str,
    outdir: Path,
    datasets: Path | None = None,
    alpha_vantage_url: str | None = None,
    layers: LayerArchives | None = None,
) -> Path:
    """Write the cloud assembly of `environment` to `outdir` and return it; the templates are not validated.

    The layers must have been built (`cdk.layers.build`). Raises `ConfigError`, `ContractError`, `LayerMissingError`.
    """
    pipeline = plan(environment, datasets, alpha_vantage_url, layers)
    from cdk.app import build_app  # importing aws_cdk starts Node, which takes seconds

    build_app(pipeline, outdir, validation=False).synth()
    return outdir


if __name__ == "__main__":
    name, folder, url = sys.argv[1:]
    try:
        synthesise(name, Path(folder), alpha_vantage_url=url)
    except (ConfigError, ContractError, LayerMissingError) as error:
        sys.exit(str(error))
