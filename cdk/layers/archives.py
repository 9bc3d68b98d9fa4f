"""Where built layers are: `build/layers/<name>-<hash>.zip`, the hash of everything that decides their content."""

import hashlib
import platform
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from cdk.config import Environment, LayerName

BUILD = Path(__file__).parents[2] / "build"
REQUIREMENTS = Path(__file__).parent / "requirements"
_BUILDER = (Path(__file__).parent / "build.py", Path(__file__).parent / "trim.py")

AWS_PLATFORM = "manylinux_2_28_x86_64"
"""The newest that Lambda's Amazon Linux 2023 can run; with an older one pip silently takes old releases."""


class LayerMissingError(Exception):
    """A layer that has not been built; the message says which command builds it."""


@dataclass(frozen=True)
class Target:
    """What a layer is built for: a Python version and a platform tag."""

    python: str
    platform: str


def target(environment: Environment) -> Target:
    """The Lambda platform, or this machine for an environment whose functions run here."""
    if environment.python == "host":
        return Target(environment.python_version, f"{sys.platform}_{platform.machine()}")
    return Target(environment.python_version, AWS_PLATFORM)


def layer_hash(name: LayerName, built_for: Target) -> str:
    """Sixteen hexadecimal digits of the requirements, the builder and the target."""
    digest = hashlib.sha256(f"{built_for.python} {built_for.platform}".encode())
    for file in (REQUIREMENTS / f"{name}.txt", *_BUILDER):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class LayerArchives:
    """The layers of an environment in `root`."""

    environment: Environment
    root: Path = BUILD / "layers"

    def path(self, name: LayerName) -> Path:
        """Where the layer is, or is to be built."""
        return self.root / f"{name}-{layer_hash(name, target(self.environment))}.zip"

    def built(self, name: LayerName) -> Path:
        """The built layer; raises `LayerMissingError`."""
        archive = self.path(name)
        if not archive.is_file():
            raise LayerMissingError(
                f"the layer {name!r} is not built ({archive} is missing); "
                f"build it with: python -m cdk.layers {self.environment.name}"
            )
        return archive


def empty_layers(environment: Environment, root: Path) -> LayerArchives:
    """Layers with nothing in them, made in `root`: templates can be checked without building any."""
    archives = LayerArchives(environment, root)
    root.mkdir(parents=True, exist_ok=True)
    for name in environment.layers:
        with zipfile.ZipFile(archives.path(name), "w") as archive:
            archive.mkdir("python")
    return archives
