"""How the way to a database is protected: TLS with a verified certificate, unless its URL says otherwise.

The URL's `sslmode` has the words of libpq, whatever the database:
https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
"""

import ipaddress
import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from sqlalchemy import URL

Mode = Literal["disable", "require", "verify-ca", "verify-full"]
_MODES: Final = get_args(Mode)


class TlsError(ValueError):
    """A URL that leaves open whether the connection is protected."""


def tls_mode(url: URL, has_ca: bool) -> Mode | None:
    """What the URL asks for; None (whatever the server offers) on this machine only, unless it has a CA.

    Raises `TlsError` for a mode that would send the password in clear text without saying so.
    """
    given = url.query.get("sslmode")
    if given is None:
        return None if _is_loopback(url) and not has_ca else "verify-full"
    if given in _MODES:
        return cast("Mode", given)
    raise TlsError(
        f"sslmode={given} may leave the connection unprotected without saying so; valid: {', '.join(_MODES)}"
    )


def psycopg_arguments(mode: Mode | None, ca: str) -> dict[str, Any]:
    """psycopg's arguments for a mode; `ca` is the text of a bundle of PEM certificates, or empty for the system's."""
    if mode is None:
        return {}
    if mode == "disable" or (mode == "require" and not ca):
        return {"sslmode": mode}
    return {"sslmode": mode, "sslrootcert": _ca_file(ca)}


def pymysql_arguments(mode: Mode | None, ca: str) -> dict[str, Any]:
    """PyMySQL's arguments for a mode; with a context it refuses a server without TLS."""
    if mode is None:
        return {}
    if mode == "disable":
        return {"ssl_disabled": True}
    context = ssl.create_default_context(cadata=ca or None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # RDS's own root does not pass Python 3.13's strict reading
    context.check_hostname = mode == "verify-full"
    if mode == "require" and not ca:
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}


def _is_loopback(url: URL) -> bool:
    hosts = list(_hosts(url))
    return bool(hosts) and all(map(_is_here, hosts))


def _hosts(url: URL) -> Iterable[str]:
    """Every host that the URL names; libpq takes several, and takes them from the query as well."""
    if url.host:
        yield from url.host.split(",")
    for name in ("host", "hostaddr"):
        found = url.query.get(name, ())
        for text in (found,) if isinstance(found, str) else found:
            yield from text.split(",")


def _is_here(host: str) -> bool:
    if host == "localhost" or host.startswith("/"):  # a path is the folder of a socket
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _ca_file(ca: str) -> str:
    """A file with the certificates, as libpq wants it."""
    if not ca:
        return ssl.get_default_verify_paths().cafile or "system"
    with tempfile.NamedTemporaryFile("w", prefix="standpipe-ca-", suffix=".pem", delete=False) as file:
        file.write(ca)
    return str(Path(file.name))
