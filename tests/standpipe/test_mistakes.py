"""A mistake on the command line is reported in a line or two that say what would be right, never as a traceback."""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from standpipe import cli
from standpipe.connection import Connection
from standpipe.query import command as query
from tests.e2e.conftest import eventually
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
TRADES = ROOT / "standpipe" / "samples" / "trades.csv"


@pytest.fixture(scope="module")
def unserved() -> str:
    """A URL where nothing listens."""
    return f"http://127.0.0.1:{free_port()}"


def said(*arguments: str, status: int) -> str:
    """What the command says, in one line."""
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == status, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    "command",
    [
        ["query", "SELECT 1"],
        ["reconcile"],
        ["streams", "--once"],
        ["gaps", "stocks_daily"],
        ["backfill", "stocks_daily", "--yes"],
        ["curate"],
        ["replay"],
        ["crawl"],
        ["new", "--from-adhoc", "fees"],
        ["put", "trades", str(TRADES)],
    ],
    ids=lambda command: command[0],
)
class TestNothingServes:
    def test_the_command_that_serves_is_named(self, command: list[str], unserved: str) -> None:
        text = said(*command, "--endpoint", unserved, status=1)
        assert unserved in text
        assert "`standpipe up` serves it, and `--endpoint` names another port" in text

    def test_an_endpoint_that_is_not_a_url_is_refused(self, command: list[str]) -> None:
        text = said(*command, "--endpoint", "localhost:4566", status=2)
        assert "'--endpoint'" in text
        assert "'localhost:4566' is not a URL; e.g. http://127.0.0.1:4566" in text


@pytest.mark.parametrize("command", ["up", "demo"])
@pytest.mark.parametrize("port", ["-1", "65535", "70000"])
def test_an_impossible_port_is_refused(command: str, port: str) -> None:
    assert "'--port'" in said(command, "--port", port, status=2)


@pytest.mark.parametrize("folder", ["a file", "a file/data", "/proc/data"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, folder: str) -> None:
    (tmp_path / "a file").write_text("")
    text = said("up", "--port", "0", "--data", str(tmp_path / folder), status=1)
    assert f"{tmp_path / folder} cannot be used" in text
    assert "choose another --data" in text


def test_a_port_that_is_taken_is_named_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "standpipe", "demo", "--port", str(port), "--data", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert (done.stdout + done.stderr).count(f"port {port} ") == 1


def up_with(datasets: Path, data: Path) -> str:
    """What `up` says about a folder of contracts with a mistake: one line, before anything starts."""
    command = [sys.executable, "-m", "standpipe", "up", "--port", "0", "--data", str(data)]
    environment = {**os.environ, "STANDPIPE_DATASETS": str(datasets)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert not data.exists()
    return done.stderr


def test_a_contract_with_a_mistake_is_named_before_anything_starts(tmp_path: Path) -> None:
    contract = (ROOT / "schemas" / "datasets" / "trades.yaml").read_text()
    (tmp_path / "trades.yaml").write_text(contract.replace("type: double", "type: dubble"))
    said = up_with(tmp_path, tmp_path / "data")
    assert said.startswith(f"{tmp_path / 'trades.yaml'}:11: columns[4].type: Invalid enum value 'dubble'; valid: ")
    assert "'dubble'; valid: bigint, boolean," in said


def test_a_dataset_whose_name_is_taken_is_named_before_anything_starts(tmp_path: Path) -> None:
    contract = (ROOT / "schemas" / "datasets" / "trades.yaml").read_text()
    for name in ("loads", "quarantine"):
        (tmp_path / f"{name}.yaml").write_text((ROOT / "schemas" / "datasets" / f"{name}.yaml").read_text())
    (tmp_path / "holdings.yaml").write_text(contract.replace("dataset: trades", "dataset: holdings"))
    said = up_with(tmp_path, tmp_path / "data")
    assert said.startswith(f"{tmp_path / 'holdings.yaml'}: dataset: there is a 'holdings' already; valid: ")


def test_ctrl_c_while_the_pipeline_is_deployed_says_nothing(tmp_path: Path) -> None:
    """As a terminal sends it: to every process that `up` has started."""
    command = [sys.executable, "-m", "standpipe", "up", "--port", "0", "--data", str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, start_new_session=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("synthesising"):
                break
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.read() == ""
    assert process.returncode == 0


def test_ctrl_c_ends_the_demo_after_its_gateway(tmp_path: Path, unserved: str) -> None:
    port = unserved.rpartition(":")[2]
    command = [sys.executable, "-m", "standpipe", "demo", "--port", port, "--data", str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, start_new_session=True
    ) as process:
        synthesised = (tmp_path / "reference.db").exists
        eventually(lambda: synthesised() or process.poll() is not None, "the stacks are synthesised")
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        said = process.communicate()[0]
    assert process.returncode == 130, said
    assert "Traceback" not in said
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["put", "nope", str(TRADES)], "unknown dataset 'nope'; the datasets are accounts, crypto_daily,"),
        (["put", "trades", "/nope.csv"], "/nope.csv: No such file or directory; name a file that can be read"),
        (["gaps", "nope"], "unknown dataset 'nope'; the datasets are accounts, crypto_daily,"),
        (["replay", "nope"], "unknown dataset 'nope'; the datasets are accounts, crypto_daily,"),
        (["query", "--file", "/nope.sql"], "/nope.sql: No such file or directory"),
    ],
)
def test_what_does_not_exist_is_named(arguments: list[str], what: str) -> None:
    text = said(*arguments, status=1)
    assert what in text
    assert "Errno" not in text


@pytest.mark.parametrize("command", [["put", "trades", str(TRADES)], ["replay"]], ids=lambda command: command[0])
def test_a_web_server_is_not_an_endpoint(command: list[str]) -> None:
    class Silent(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        url = f"http://127.0.0.1:{server.server_port}"
        text = said(*command, "--endpoint", url, status=1)
        server.shutdown()
    assert text == f"{url}: the server there is not an AWS endpoint"


def test_a_closed_pipe_is_not_an_error(monkeypatch: pytest.MonkeyPatch, unserved: str) -> None:
    def show(*_: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(Connection, "ask", lambda *_: None)
    monkeypatch.setattr(query, "show", show)
    assert said("query", "SELECT 1", "--endpoint", unserved, status=1) == ""


@pytest.mark.parametrize("output", [".", "", "/"])
def test_an_output_without_a_name_is_refused(output: str) -> None:
    text = said("query", "SELECT 1", "--format", "csv", "--output", output, status=2)
    assert "is a folder; name a file by --output" in text


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "my.sql").write_bytes("SELECT 'Zürich'".encode("latin-1"))
    assert "byte 9 is not UTF-8; save it as UTF-8" in said("query", "--file", str(tmp_path / "my.sql"), status=2)


def test_empty_sql_is_refused() -> None:
    for given in ([], [""], [" "]):
        assert "no SQL: give it as an argument" in said("query", *given, status=2)
