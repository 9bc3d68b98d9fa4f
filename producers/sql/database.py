"""The database that a secret names: reached through TLS, read only, at one moment, its password in no error."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from producers.sql.tls import TlsError, psycopg_arguments, pymysql_arguments, tls_mode

CONNECT_SECONDS: Final = 10
STATEMENT_SECONDS: Final = 300
"""One statement; of a query that is fetched in parts, each part."""
_RUN_SECONDS: Final = 900
"""The longest that a function lives: MySQL counts the fetching of all parts as one statement."""

_DRIVERS: Final = {
    "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql", "sqlite": "sqlite",
}  # fmt: skip
_ENGINES: Final = {"postgres": "postgresql", "aurora-postgresql": "postgresql", "aurora-mysql": "mysql"}
"""What RDS calls its engines in secrets, where that differs."""
_FIELDS: Final = ("engine", "username", "password", "host")
_VALID: Final = "postgresql://user:password@host/database, mysql://… or sqlite:////path"


class DatabaseError(Exception):
    """The database cannot be reached, or does not have what the contract names."""


def open_database(secret: Mapping[str, str]) -> Engine:
    """An engine for a secret's `url`, or for the fields of a secret for a database; nothing is connected yet.

    `ca`, if there, holds the PEM certificates to verify the server against. Raises `DatabaseError`.
    """
    try:
        url = _url(secret)
        arguments = _arguments(url, secret.get("ca", ""))
    except TlsError as error:
        raise DatabaseError(f"the database's URL: {error}") from None
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, KeyError, ValueError) as error:
        raise DatabaseError(
            f"the secret holds no database URL that can be used ({type(error).__name__}); it must be like {_VALID}"
        ) from None
    engine = create_engine(
        url.difference_update_query(["sslmode"]), hide_parameters=True, poolclass=NullPool, connect_args=arguments
    )
    event.listen(engine, "connect", _settle)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


@contextmanager
def snapshot(engine: Engine, what: str) -> Iterator[Connection]:
    """A read-only transaction in which every statement sees the database at the same moment.

    Whatever the database refuses is a `DatabaseError` about `what`.
    """
    try:
        with engine.connect() as connection:
            if engine.dialect.name != "sqlite":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        raise DatabaseError(redacted(f"{what}: {type(error).__name__}: {error}", engine.url)) from None


def redacted(text: str, url: URL) -> str:
    """`text` without the password in `url`, spelt either way."""
    if not url.password:
        return text
    return text.replace(str(url.password), "***").replace(quote(str(url.password), safe=""), "***")


def _url(secret: Mapping[str, str]) -> URL:
    if "url" in secret:
        url = make_url(secret["url"])
    elif missing := [field for field in _FIELDS if field not in secret]:
        raise DatabaseError(
            f"the secret has neither 'url' nor {str(missing)[1:-1]}; one that RDS manages itself holds too little: "
            f"store the database's URL, like {_VALID}"
        )
    else:
        url = URL.create(
            _ENGINES.get(secret["engine"], secret["engine"]),
            secret["username"],
            secret["password"],
            secret["host"],
            int(secret["port"]) if secret.get("port") else None,
            secret.get("dbname"),
        )
    return url.set(drivername=_DRIVERS[url.get_backend_name()])


def _arguments(url: URL, ca: str) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {}
    mode = tls_mode(url, bool(ca))
    if url.get_backend_name() == "postgresql":
        # prepared statements would pin a session of RDS Proxy
        return {"connect_timeout": CONNECT_SECONDS, "prepare_threshold": None, **psycopg_arguments(mode, ca)}
    reads = {"read_timeout": STATEMENT_SECONDS, "write_timeout": CONNECT_SECONDS}
    return {"connect_timeout": CONNECT_SECONDS, **reads, **pymysql_arguments(mode, ca)}


def _settle(connection: Any, _record: object) -> None:
    """Settings of a new session: it only reads, in UTC, and gives up in time."""
    with closing(connection.cursor()) as cursor:
        for statement in _settings(connection):
            cursor.execute(statement)
    connection.commit()


def _settings(connection: Any) -> list[str]:
    kind = type(connection).__module__.partition(".")[0]
    if kind == "psycopg":
        return [
            "SET default_transaction_read_only = on",
            f"SET statement_timeout = '{STATEMENT_SECONDS}s'",
            f"SET idle_in_transaction_session_timeout = '{_RUN_SECONDS}s'",
            "SET TimeZone = 'UTC'",
        ]
    if kind == "pymysql":
        is_mariadb = "MariaDB" in connection.get_server_info()
        return [
            "SET SESSION TRANSACTION READ ONLY",
            f"SET SESSION max_statement_time = {_RUN_SECONDS}"
            if is_mariadb
            else f"SET SESSION max_execution_time = {_RUN_SECONDS * 1000}",
            f"SET SESSION net_write_timeout = {_RUN_SECONDS}",
            "SET SESSION time_zone = '+00:00'",
        ]
    return ["PRAGMA query_only = ON"]
