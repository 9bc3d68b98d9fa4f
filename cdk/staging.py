"""The code of a function or a job, copied from the source tree to a folder named by its content.

Nothing but what runs goes in, so that the same sources give the same asset on every machine.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
STAGED = ROOT / "build" / "functions"


@dataclass(frozen=True)
class StagedCode:
    """A folder of code and the hash of its content."""

    folder: Path
    content_hash: str


def stage(packages: tuple[str, ...], datasets: Path | None = None) -> StagedCode:
    """Copy `packages` of this repository, and the contracts in `datasets` as `schemas/datasets`, to one folder."""
    files = dict(_files(packages, datasets))
    digest = hashlib.sha256()
    for name, source in sorted(files.items()):
        digest.update(f"{name}\0".encode())
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    content_hash = digest.hexdigest()
    folder = STAGED / f"{packages[0]}-{content_hash[:16]}"
    if not folder.is_dir():
        _copy(files, folder)
    return StagedCode(folder, content_hash)


def _files(packages: tuple[str, ...], datasets: Path | None) -> Iterator[tuple[str, Path]]:
    """Path within the function, path here."""
    for package in packages:
        for source in (ROOT / package).rglob("*.py"):
            yield source.relative_to(ROOT).as_posix(), source
    for source in datasets.glob("*.yaml") if datasets else ():
        yield f"schemas/datasets/{source.name}", source


def _copy(files: dict[str, Path], folder: Path) -> None:
    """All or nothing, so that two processes may stage the same code at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        code = Path(scratch) / "code"
        for name, source in files.items():
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, code / name)
        try:
            code.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
