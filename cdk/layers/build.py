"""Lambda layers built by pip, without Docker: the same requirements give the same bytes.

Bytecode is shipped with them: /opt is read-only, so without it Lambda would compile every module at each cold start.
It is marked unchecked-hash, so it holds no time stamp and is never compared with its source.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cdk.config import LayerName, environment
from cdk.layers.folders import REQUIREMENTS, LayerFolders, Target, target
from cdk.layers.trim import trim

_PYTHON_FOLDER = "python"
"""What Lambda puts on sys.path as /opt/python."""
_OLDER_PLATFORMS = ("manylinux_2_17_x86_64", "manylinux2014_x86_64")


class LayerBuildError(Exception):
    """A layer that cannot be built; the message says why."""


def build(name: str, report: Callable[[str], None] = print) -> LayerFolders:
    """Build the layers of the environment `name` that are not built yet; `report` gets a line for each.

    Needs the package index. Raises `LayerBuildError`.
    """
    chosen = environment(name)
    folders = LayerFolders(chosen)
    missing = [layer for layer in chosen.layers if not folders.path(layer).is_dir()]

    def build_one(layer: LayerName) -> str:
        build_layer(folders.path(layer), ["--requirement", str(REQUIREMENTS / f"{layer}.txt")], target(chosen))
        return f"layer {layer}: {folders.path(layer)}"

    with ThreadPoolExecutor() as pool:
        for line in pool.map(build_one, missing):
            report(line)
    return folders


def build_layer(folder: Path, requirements: Sequence[str], built_for: Target) -> None:
    """Install `requirements` (pip's arguments) to `folder`, all or nothing."""
    interpreter = _interpreter(built_for.python)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        packages = Path(scratch) / "layer" / _PYTHON_FOLDER
        _install(packages, requirements, built_for)
        trim(packages)
        _compile(packages, interpreter)
        try:
            packages.parent.rename(folder)
        except OSError:
            if not folder.is_dir():  # unless another process has just built the same
                raise


def _install(packages: Path, requirements: Sequence[str], built_for: Target) -> None:
    _run([
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps",
        "--only-binary", ":all:", "--target", str(packages), *_platform(built_for), *requirements,
    ])  # fmt: skip


def _platform(built_for: Target) -> list[str]:
    if not built_for.platform.startswith("manylinux"):
        return []
    tags = [argument for tag in (built_for.platform, *_OLDER_PLATFORMS) for argument in ("--platform", tag)]
    return [*tags, "--python-version", built_for.python, "--implementation", "cp", "--ignore-requires-python"]


def _interpreter(version: str) -> str:
    """A Python of the layer's version: only it writes bytecode that the function can read."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    found = shutil.which(f"python{version}")
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
        return found
    raise LayerBuildError(
        f"python{version} is needed to compile the layers and does not run here; install it, "
        "or set `python:` in cdk/environments.yaml to a version that you have"
    )


def _compile(packages: Path, interpreter: str) -> None:
    _run([
        interpreter, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
        "-s", str(packages.parent), "-p", "/opt", str(packages),
    ])  # fmt: skip


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LayerBuildError(f"{' '.join(command[:4])} failed:\n{done.stdout}{done.stderr}")
