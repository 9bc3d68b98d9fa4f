"""`python -m cdk.layers <environment>`: build the layers of an environment."""

import sys

from cdk.config import ConfigError
from cdk.layers.build import LayerBuildError, build

if __name__ == "__main__":
    try:
        built = build(sys.argv[1] if len(sys.argv) > 1 else "dev")
    except (ConfigError, LayerBuildError) as error:
        sys.exit(f"error: {error}")
    print(f"layers are in {built.root}")  # noqa: T201
