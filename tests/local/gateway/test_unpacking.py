"""The same archive is unpacked once, another one by itself."""

import shutil
import tempfile
import zipfile
from pathlib import Path

import pytest

from local.gateway.ministack.unpacking import Archive


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def unpacked(process: Path, files: dict[str, str]) -> Path:
    """What a process finds, as MiniStack unpacks it."""
    code = process / "code"
    code.mkdir(parents=True)
    with zipfile.ZipFile(process / "code.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    with Archive(str(process / "code.zip")) as archive:
        archive.extractall(code)
    return code


def test_processes_share_what_is_the_same(tmp_path: Path) -> None:
    first, second = (unpacked(tmp_path / name, {"a/b.py": "1"}) for name in ("first", "second"))
    assert (first / "a/b.py").read_text() == "1"
    assert (first / "a").samefile(second / "a")


def test_a_process_that_ends_takes_nothing_from_the_others(tmp_path: Path) -> None:
    first, second = (unpacked(tmp_path / name, {"b.py": "1"}) for name in ("first", "second"))
    shutil.rmtree(tmp_path / "first")
    assert not first.exists()
    assert (second / "b.py").read_text() == "1"


def test_other_content_is_another_folder(tmp_path: Path) -> None:
    unpacked(tmp_path / "first", {"b.py": "1"})
    assert (unpacked(tmp_path / "second", {"b.py": "2"}) / "b.py").read_text() == "2"


def test_no_file_is_written_outside(tmp_path: Path) -> None:
    code = unpacked(tmp_path / "first", {"../../evil.py": "1", "good.py": "1"})
    assert {file.name for file in code.resolve().iterdir()} == {"evil.py", "good.py"}
