"""Lambda layers: what is in them, how they are built, where they lie, and how large a function may be."""

from cdk.layers.build import LayerBuildError, build
from cdk.layers.folders import LayerFolders, LayerMissingError

__all__ = ["LayerBuildError", "LayerFolders", "LayerMissingError", "build"]
