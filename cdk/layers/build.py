"""Lambda layers built by pip, without Docker: the same requirements give the same bytes.

Bytecode is shipped with them: /opt is read-only, so without it Lambda would compile every module at each cold start.
It is marked unchecked-hash, so it holds no time stamp and is never compared with its source.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cdk.config import LayerName, environment
from cdk.layers.archives import REQUIREMENTS, LayerArchives, Target, target
from cdk.layers.trim import trim

_PYTHON_FOLDER = "python"
"""What Lambda puts on sys.path as /opt/python."""
_READABLE = 0o755 << 16
"""A file's mode as a zip holds it: anyone may read and run it."""
_OLDER_PLATFORMS = ("manylinux_2_17_x86_64", "manylinux2014_x86_64")


class LayerBuildError(Exception):
    """A layer that cannot be built; the message says why."""


def build(name: str, report: Callable[[str], None] = print) -> LayerArchives:
    """Build the layers of the environment `name` that are not built yet; `report` gets a line for each.

    Needs the package index. Raises `LayerBuildError`.
    """
    chosen = environment(name)
    archives = LayerArchives(chosen)
    missing = [layer for layer in chosen.layers if not archives.path(layer).is_file()]

    def build_one(layer: LayerName) -> str:
        build_layer(archives.path(layer), ["--requirement", str(REQUIREMENTS / f"{layer}.txt")], target(chosen))
        return f"layer {layer}: {archives.path(layer)}"

    with ThreadPoolExecutor() as pool:
        for line in pool.map(build_one, missing):
            report(line)
    return archives


def build_layer(archive: Path, requirements: Sequence[str], built_for: Target) -> None:
    """Zip `requirements` (pip's arguments), installed, to `archive`, all or nothing."""
    interpreter = _interpreter(built_for.python)
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as scratch:
        packages = Path(scratch, "layer", _PYTHON_FOLDER)
        _install(packages, requirements, built_for)
        trim(packages)
        _compile(packages, interpreter)
        zipped = Path(scratch, "layer.zip")
        zip_folder(packages.parent, zipped)
        zipped.replace(archive)


def zip_folder(folder: Path, archive: Path) -> None:
    """Zip all files below `folder`: sorted, without times or owners."""
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.external_attr = _READABLE
            zipped.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


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
        "or set `python:` in cdk/environments.yaml to 3.12, 3.13 or 3.14, if you have that"
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
