"""The database behind a URL, without its password in any error."""

from typing import Final

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

_VALID: Final = "postgresql+psycopg://user:password@host/database, mysql+pymysql://… or sqlite:////path"


class DatabaseError(Exception):
    """The database cannot be reached, or does not have what the contract names."""


def open_database(url: str) -> Engine:
    """An engine for the SQLAlchemy URL `url`; nothing is connected yet. Raises `DatabaseError`."""
    try:
        return create_engine(make_url(url), hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
        raise DatabaseError(
            f"the secret holds no database URL that can be used ({type(error).__name__}); it must be like {_VALID}"
        ) from None


def redacted(text: str, url: URL) -> str:
    """`text` without the password in `url`."""
    return text.replace(str(url.password), "***") if url.password else text
