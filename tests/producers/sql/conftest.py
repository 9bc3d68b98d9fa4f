"""Databases to read from: SQLite on disk, and servers on loopback that run for the whole session."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from producers.sql.database import open_database
from tests.producers.sql.reading import Bank
from tests.support.servers import Server, ServerError, mariadb, postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    yield from _started(postgresql)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    yield from _started(mariadb)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bank]:
    """An empty database of each kind: `admin` writes, `engine` is what the producer reads through."""
    if request.param == "sqlite":
        yield from _bank({"url": f"sqlite:///{tmp_path / 'bank.db'}"})
    else:
        yield from _bank(request.getfixturevalue(f"{request.param}_server").secret())


@pytest.fixture
def postgresql_bank(postgresql_server: Server) -> Iterator[Bank]:
    yield from _bank(postgresql_server.secret())


@pytest.fixture
def sqlite_bank(tmp_path: Path) -> Iterator[Bank]:
    yield from _bank({"url": f"sqlite:///{tmp_path / 'bank.db'}"})


def _started(start: Any) -> Iterator[Server]:
    with ExitStack() as running:
        try:
            server = running.enter_context(start())
        except ServerError as error:
            if "CI" in os.environ:
                raise
            pytest.skip(str(error))
        yield server


def _bank(secret: dict[str, str]) -> Iterator[Bank]:
    engine = open_database(secret)
    admin = create_engine(engine.url, poolclass=NullPool)
    yield Bank(admin, engine)
    with admin.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        elif engine.dialect.name == "mysql":
            connection.execute(text("DROP DATABASE bank"))
            connection.execute(text("CREATE DATABASE bank"))
    _dispose(admin, engine)


def _dispose(*engines: Engine) -> None:
    for engine in engines:
        engine.dispose()
