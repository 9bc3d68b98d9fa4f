"""A lake in a folder."""

from pathlib import Path

import pytest

from tests.support.folder_lake import FolderLake


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")
