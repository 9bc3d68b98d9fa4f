"""Each function finds all that it imports in its own code, its layers and the Lambda runtime."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from cdk.config import LayerName, environment
from cdk.layers.build import build
from cdk.staging import stage
from schemas.load import DATASETS
from tests.cdk.conftest import Templates

RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
"""What the Lambda runtime brings of its own."""

FUNCTIONS: dict[str, tuple[LayerName, ...]] = {
    "transform-fx_daily": ("stream",),
    "alpha-vantage": ("stream", "alpha_vantage"),
    "sql": ("stream", "sql"),
    "files": ("stream", "files"),
}


LOADED_LATER = (
    "producers.files.formats.parquet.chunks", "producers.files.formats.delimited.blocks", "openpyxl", "python_calamine",
)  # fmt: skip
"""What the function for files imports only for some formats."""


@pytest.fixture(scope="module")
def opt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each layer of this machine, unzipped as Lambda does to /opt; built if it is not yet."""
    folder, layers = tmp_path_factory.mktemp("opt"), build("local")
    for name in layers.environment.layers:
        shutil.unpack_archive(layers.built(name), folder / name)
    return folder


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        (folder / name).symlink_to(Path(sysconfig.get_path("purelib")) / name)
    return folder


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_handler_can_be_imported(name: str, local: Templates, opt: Path, runtime: Path) -> None:
    function = deployed(local, name)
    module, _, attribute = function["Handler"].rpartition(".")
    code = stage((module.partition(".")[0], "schemas", "delivery"), DATASETS).folder
    path = [str(code), *(str(opt / layer / "python") for layer in FUNCTIONS[name]), str(runtime)]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {path}; from {module} import {attribute}"],
        capture_output=True,
        text=True,
        check=False,
        env={**function["Environment"]["Variables"], "AWS_DEFAULT_REGION": "us-east-1"},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "module",
    LOADED_LATER,
)
def test_what_the_files_function_loads_later_is_there(module: str, opt: Path, runtime: Path) -> None:
    code = stage(("producers", "schemas", "delivery"), DATASETS).folder
    path = [str(code), *(str(opt / layer / "python") for layer in FUNCTIONS["files"]), str(runtime)]
    command = f"import sys; sys.path[:0] = {path}; import {module}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_function_has_the_layers_that_the_test_above_gives_it(local: Templates) -> None:
    for name, needed in FUNCTIONS.items():
        assert len(deployed(local, name)["Layers"]) == len(needed), name
    assert {layer for needed in FUNCTIONS.values() for layer in needed} == set(environment("local").layers)


def test_the_staged_code_holds_nothing_but_what_runs(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("dataset: one\n")
    code = stage(("transforms", "schemas", "delivery"), tmp_path)
    files = [file.relative_to(code.folder) for file in code.folder.rglob("*") if file.is_file()]
    assert {file.parts[0] for file in files} == {"transforms", "schemas", "delivery"}
    assert {file.suffix for file in files} == {".py", ".yaml"}
    assert [file.name for file in files if file.suffix == ".yaml"] == ["one.yaml"]
    assert stage(("transforms", "schemas", "delivery"), tmp_path) == code


def deployed(templates: Templates, name: str) -> dict[str, Any]:
    """The properties of the function called `standpipe-local-<name>`."""
    functions = templates.resources("AWS::Lambda::Function").values()
    found: dict[str, Any] = next(each for each in functions if each["FunctionName"] == f"standpipe-local-{name}")
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's setting")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_keeps_the_memory_of_an_event_for_the_next(name: str, local: Templates) -> None:
    kept = {"MALLOC_TOP_PAD_": deployed(local, name)["Environment"]["Variables"]["MALLOC_TOP_PAD_"]}
    event = 'before = r.getrusage(0).ru_minflt; [size * b"x" for size in (4_000_000, 6_000_000, 6_000_000)]'
    code = f"import resource as r\nfor _ in range(9): {event}\nprint(r.getrusage(0).ru_minflt - before)"
    found = subprocess.run([sys.executable, "-c", code], env=kept, capture_output=True, check=True, text=True)
    assert int(found.stdout) < 100  # and thousands without
