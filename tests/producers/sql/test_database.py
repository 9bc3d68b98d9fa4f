"""How a database is reached: protected, read only, in time, and without its password in any error."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from producers.sql.database import DatabaseError, open_database, snapshot
from producers.sql.tls import TlsError, tls_mode
from tests.producers.sql.reading import Bank, Reader, payments
from tests.support.servers import PASSWORD, Server

REMOTE = "postgresql://reader:hunter2@db.example.com/bank"


@pytest.mark.parametrize(
    "url", ["hunter2", "", "oracle9://u:hunter2@h/d", "mssql://u:hunter2@h/d", "postgresql://u:hunter2@h:port/d"]
)
def test_a_url_that_cannot_be_used_is_not_repeated(url: str) -> None:
    with pytest.raises(DatabaseError, match="it must be like") as failure:
        open_database({"url": url})
    assert "hunter2" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_a_secret_as_rds_keeps_it() -> None:
    fields = {"engine": "postgres", "username": "u", "password": "p@/", "host": "h", "port": "5433", "dbname": "d"}
    url = open_database(fields).url
    assert url.render_as_string(hide_password=False) == "postgresql+psycopg://u:p%40%2F@h:5433/d"
    with pytest.raises(DatabaseError, match=r"neither 'url' nor 'engine', 'host'; .* that RDS manages itself"):
        open_database({"username": "u", "password": "p"})


@pytest.mark.parametrize(
    ("url", "has_ca", "mode"),
    [
        (REMOTE, False, "verify-full"),
        (f"{REMOTE}?sslmode=disable", False, "disable"),
        (f"{REMOTE}?sslmode=verify-ca", True, "verify-ca"),
        ("mysql://u@10.0.0.7/bank", False, "verify-full"),
        ("postgresql://u@127.0.0.1/bank", False, None),
        ("postgresql://u@localhost/bank", True, "verify-full"),
        ("postgresql://u@[::1]/bank", False, None),
        ("postgresql://u@/bank?host=/run/postgresql", False, None),
        ("postgresql://u@/bank", False, "verify-full"),
        ("postgresql://u@localhost/bank?host=db.example.com", False, "verify-full"),
        ("postgresql://u@127.0.0.1.example.com/bank", False, "verify-full"),
    ],
)
def test_only_this_machine_is_reached_without_tls_unless_the_url_says_so(url: str, has_ca: bool, mode: str) -> None:
    from sqlalchemy import make_url

    assert tls_mode(make_url(url), has_ca) == mode


@pytest.mark.parametrize("mode", ["prefer", "allow", "yes"])
def test_a_mode_that_may_fall_back_to_clear_text_is_refused(mode: str) -> None:
    from sqlalchemy import make_url

    with pytest.raises(TlsError, match=f"sslmode={mode} may leave .* valid: disable, require, verify-ca, verify-full"):
        tls_mode(make_url(f"{REMOTE}?sslmode={mode}"), False)
    with pytest.raises(DatabaseError, match=mode):
        open_database({"url": f"{REMOTE}?sslmode={mode}"})


def connected(secret: dict[str, str]) -> bool:
    """Whether the connection is encrypted."""
    engine = open_database(secret)
    with snapshot(engine, "test") as connection:
        if engine.dialect.name == "postgresql":
            return bool(connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar())
        return bool(connection.execute(text("SHOW STATUS LIKE 'Ssl_cipher'")).one()[1])


@pytest.fixture(params=["postgresql_server", "mariadb_server"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def test_a_certificate_is_verified_with_the_secrets_own_authority(server: Server) -> None:
    by_name = {"url": server.url.set(host="localhost").render_as_string(hide_password=False)}
    assert connected({**by_name, "ca": server.ca})


@pytest.mark.parametrize("how", ["another name", "another authority", "the system's authorities"])
def test_a_server_that_cannot_prove_who_it_is_gets_no_password(server: Server, how: str) -> None:
    import trustme

    url = server.url if how == "another name" else server.url.set(host="localhost")
    secret = {"url": url.update_query_dict({"sslmode": "verify-full"}).render_as_string(hide_password=False)}
    if how != "the system's authorities":
        secret["ca"] = server.ca if how == "another name" else trustme.CA().cert_pem.bytes().decode()
    with pytest.raises(DatabaseError, match=r"(?i)certificate|ssl") as failure:
        connected(secret)
    assert PASSWORD not in str(failure.value)


def test_tls_can_be_asked_for_without_proof_and_forgone_in_so_many_words(server: Server) -> None:
    assert connected(server.secret(sslmode="require"))
    assert not connected(server.secret(sslmode="disable"))


def test_a_wrong_password_is_not_told(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = {"url": server.url.set(password="wr0ng/@secret").render_as_string(hide_password=False)}
    with pytest.raises(DatabaseError) as failure:
        connected(secret)
    assert "wr0ng" not in str(failure.value) + repr(failure.value) + caplog.text
    assert failure.value.__cause__ is None


def test_nothing_can_be_written(bank: Bank) -> None:
    bank.create()
    with pytest.raises(DatabaseError, match=r"(?i)read.?only"), snapshot(bank.engine, "payments") as connection:
        connection.execute(text("INSERT INTO payments VALUES (1, 1, '', '2026-11-24 01:00:00')"))


def test_all_statements_of_a_run_see_the_same_moment(bank: Bank) -> None:
    bank.create()
    bank.pay((1, "2026-11-24 01:00:00"))
    count = text("SELECT count(*) FROM payments")
    with snapshot(bank.engine, "payments") as connection:
        before = connection.execute(count).scalar()
        if bank.engine.dialect.name != "sqlite":  # where the reader would hold up the writer
            bank.pay((2, "2026-11-24 01:00:00"))
        assert connection.execute(count).scalar() == before == 1


def test_a_statement_gives_up_in_time(postgresql_bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.sql.database.STATEMENT_SECONDS", 1)
    with (
        pytest.raises(DatabaseError, match="statement timeout"),
        snapshot(postgresql_bank.engine, "payments") as connection,
    ):
        connection.execute(text("SELECT pg_sleep(10)"))


def test_a_server_that_is_not_there_is_told_of_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_database({"url": "postgresql://reader:hunter2@127.0.0.1:1/bank"})
    with pytest.raises(DatabaseError, match="payments: OperationalError") as failure, snapshot(engine, "payments"):
        pass
    assert "hunter2" not in str(failure.value)


def test_a_database_that_breaks_off_leaves_the_next_run_its_turn(tmp_path: Path) -> None:
    engine = open_database({"url": f"sqlite:///{tmp_path}/no/such/folder.db"})
    reader = Reader(Bank(engine, engine), payments())
    for _ in range(2):
        with pytest.raises(DatabaseError, match="payments: OperationalError"):
            reader.run()
