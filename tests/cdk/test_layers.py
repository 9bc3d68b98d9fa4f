"""Layers: the same bytes each time, nothing that does not run, and a limit on what a function unpacks."""

import os
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from cdk.config import environment
from cdk.layers import size
from cdk.layers.archives import REQUIREMENTS, LayerArchives, LayerMissingError, Target, empty_layers, layer_hash, target
from cdk.layers.build import LayerBuildError, build_layer, zip_folder
from cdk.layers.size import FunctionTooLargeError, check_size
from cdk.layers.trim import trim
from cdk.staging import ROOT
from cdk.synth import synthesise

HOST = target(environment("local"))
AWS = target(environment("dev"))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package index of one small wheel."""
    folder = tmp_path_factory.mktemp("wheels")
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny/__init__.py", "WORD = 'hello'\n")
        wheel.writestr("tiny/tests/test_tiny.py", "assert True\n")
        wheel.writestr("tiny/py.pyi", "WORD: str\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return folder


def tiny(archive: Path, wheels: Path) -> Path:
    build_layer(archive, ["--no-index", "--find-links", str(wheels), "tiny==1.0"], HOST)
    return archive


def content(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as layer:
        return {name: layer.read(name) for name in layer.namelist()}


def test_a_rebuilt_layer_is_byte_identical(tmp_path: Path, wheels: Path) -> None:
    first, second = tiny(tmp_path / "a.zip", wheels), tiny(tmp_path / "another" / "b.zip", wheels)
    assert first.read_bytes() == second.read_bytes()
    assert "python/tiny/__init__.py" in content(first)


def test_when_and_by_whom_a_file_was_written_does_not_change_its_zip(tmp_path: Path) -> None:
    for copy, order in (("one", ("b/c", "a")), ("two", ("a", "b/c"))):
        for moment, name in enumerate(order, start=1):
            path = tmp_path / copy / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
            path.chmod(0o600 if copy == "one" else 0o644)
            os.utime(path, (moment * 1_000_000_000, moment * 1_000_000_000))
        zip_folder(tmp_path / copy, tmp_path / f"{copy}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert {entry.filename: oct(entry.external_attr >> 16) for entry in archive.infolist()} == {
            "a": "0o755", "b/c": "0o755",
        }  # fmt: skip


def test_a_layer_ships_bytecode_that_is_never_compared_with_its_source(tmp_path: Path, wheels: Path) -> None:
    layer = content(tiny(tmp_path / "layer.zip", wheels))
    (bytecode,) = (body for name, body in layer.items() if name.endswith(".pyc"))
    assert int.from_bytes(bytecode[4:8], "little") == 0b01  # unchecked hash
    assert b"/opt/python/tiny/__init__.py" in bytecode


def test_a_layer_holds_nothing_that_does_not_run(tmp_path: Path, wheels: Path) -> None:
    names = {name for name in content(tiny(tmp_path / "layer.zip", wheels)) if not name.endswith(".pyc")}
    assert names == {
        "python/tiny/__init__.py", "python/tiny-1.0.dist-info/METADATA", "python/tiny-1.0.dist-info/WHEEL",
    }  # fmt: skip


def test_parts_of_pyarrow_that_the_others_link_to_stay(tmp_path: Path) -> None:
    (tmp_path / "pyarrow").mkdir()
    needed = {"libarrow_substrait.so.2600", "libarrow_dataset.so.2600", "libarrow_python.so.2600", "_parquet.so"}
    for name in needed | {
        "libarrow_python.so",
        "libarrow_python.so.2600.1.0",
        "libarrow_s3.so.2600",
        "_flight.so",
        "_s3fs.so",
    }:
        (tmp_path / "pyarrow" / name).touch()
    trim(tmp_path)
    assert {file.name for file in (tmp_path / "pyarrow").iterdir()} == needed


def test_a_package_that_is_not_there_is_one_clear_error(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(LayerBuildError, match="No matching distribution found for large==1"):
        build_layer(tmp_path / "layer.zip", ["--no-index", "--find-links", str(wheels), "large==1"], HOST)
    assert not list(tmp_path.iterdir())


def test_a_python_that_is_not_there_is_one_clear_error(tmp_path: Path, wheels: Path) -> None:
    nowhere = Target("3.99", HOST.platform)
    with pytest.raises(LayerBuildError, match=r"python3\.99 is needed to compile .* to 3\.12, 3\.13 or 3\.14"):
        build_layer(tmp_path / "layer.zip", ["--no-index", "--find-links", str(wheels), "tiny==1.0"], nowhere)


def test_the_hash_of_a_layer_is_different_for_another_python_platform_or_content() -> None:
    assert layer_hash("stream", HOST) == layer_hash("stream", HOST)
    hashes = [layer_hash("stream", HOST), layer_hash("sql", HOST), layer_hash("stream", AWS)]
    hashes += [layer_hash("stream", Target("3.14", AWS.platform))]
    assert len(set(hashes)) == 4


def test_a_function_over_the_limit_is_refused_and_its_parts_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size, "MAX_UNZIPPED_BYTES", 1000)
    parts = (tmp_path / "code", tmp_path / "data.zip")
    parts[0].mkdir()
    (parts[0] / "file").write_bytes(b"x" * 400)
    with zipfile.ZipFile(parts[1], "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("file", b"x" * 600)
    assert check_size("f", parts) == 1000
    with zipfile.ZipFile(parts[1], "a") as archive:
        archive.writestr("one more", b"x")
    with pytest.raises(FunctionTooLargeError, match=r"^f: .* code 0\.0, data 0\.0; attach fewer layers") as caught:
        check_size("f", parts)
    assert caught.value.sizes == {"code": 400, "data": 601}


def test_synthesis_fails_on_a_function_that_lambda_would_refuse(tmp_path: Path) -> None:
    layers = empty_layers(environment("dev"), tmp_path / "layers")
    with zipfile.ZipFile(layers.path("sql"), "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("python/big.so", bytes(size.MAX_UNZIPPED_BYTES))
    with pytest.raises(FunctionTooLargeError, match=r"standpipe-dev-sql: 25[01]\.\d MiB unzipped, Lambda allows 250"):
        synthesise("dev", tmp_path / "out", layers=layers)


def test_synthesis_without_layers_says_which_command_builds_them(tmp_path: Path) -> None:
    with pytest.raises(LayerMissingError, match=r"'stream' is not built .* build it with: python -m cdk\.layers dev"):
        synthesise("dev", tmp_path / "out", layers=LayerArchives(environment("dev"), tmp_path))


@pytest.mark.parametrize("goal", ["bootstrap", "synth", "deploy", "destroy"])
def test_every_goal_that_synthesises_builds_the_layers_first(goal: str) -> None:
    listed = subprocess.run(
        ["make", "--dry-run", goal, "ENVIRONMENT=prod"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "python -m cdk.layers prod" in listed


def test_layers_hold_the_versions_that_the_tests_run_with() -> None:
    project = tomllib.loads((REQUIREMENTS.parents[2] / "pyproject.toml").read_text())["project"]
    declared = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    versions = dict(each.split("==") for each in declared if "==" in each)
    pinned = {
        line.split("==")[0]: line.split("==")[1]
        for file in REQUIREMENTS.glob("*.txt")
        for line in file.read_text().splitlines()
        if not line.startswith("#")
    }
    shared = {name: version for name, version in pinned.items() if name in versions}
    assert {"msgspec", "SQLAlchemy", "alpha_vantage", "openpyxl", "pyarrow"} <= set(shared)
    assert shared == {name: versions[name] for name in shared}
