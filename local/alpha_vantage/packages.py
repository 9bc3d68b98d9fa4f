"""Finds the data files inside installed packages without importing those packages (two of them would import pandas)."""

from importlib.util import find_spec
from pathlib import Path


class DataMissingError(Exception):
    """A package that carries the data is not installed, or no longer carries the file."""


def data_file(package: str, path: str, requirement: str) -> Path:
    """The file at `path` inside `package`; raises `DataMissingError`, which names the extra to install."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    found = [file for folder in folders or () if (file := Path(folder) / path).is_file()]
    if not found:
        raise DataMissingError(
            f"{package}/{path} is not installed; it comes with {requirement}. "
            "Install the demo extra: `.venv/bin/pip install -e '.[demo]'` in Standpipe's folder"
        )
    return found[0]
