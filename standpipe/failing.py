"""How a failing command ends: with a line that says why, and an exit status."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError

from cdk.config import ConfigError, EnvironmentName
from delivery.putting import UndeliveredError
from schemas.load import ContractError
from standpipe import report
from standpipe.connection import Connection, connect
from standpipe.datasets import NotDeployedError, UnknownDatasetError
from standpipe.query import athena

_INTERRUPTED = 130
WHAT_SERVES = "`standpipe up` serves it, and `--endpoint` names another port"


@contextmanager
def connected(environment: EnvironmentName, endpoint: str | None) -> Iterator[Connection]:
    """The connection; errors of the endpoint, of reaching it, or of the configuration end the command.

    SIGTERM ends it as Ctrl-C does: what it has started on the server, it stops.
    """
    try:
        connection = connect(environment, endpoint)
    except ConfigError as error:
        fail(str(error))
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield connection
    except athena.QueryStoppedError as error:
        fail(str(error), _INTERRUPTED)
    except (athena.QueryError, ContractError, NotDeployedError, UndeliveredError, UnknownDatasetError) as error:
        fail(str(error))
    except ResponseParserError:
        fail(f"{connection.url or 'AWS'}: the server there is not an AWS endpoint")
    except (BotoCoreError, ClientError) as error:
        is_silent = environment == "local" and isinstance(error, (EndpointConnectionError, HTTPClientError))
        fail(f"{connection.url or 'AWS'}: {error}{f'; {WHAT_SERVES}' if is_silent else ''}")
    finally:
        signal.signal(signal.SIGTERM, before)


def fail(message: str, status: int = 1) -> NoReturn:
    """End the command: `message` in red, and the status."""
    report.alarm(message)
    raise typer.Exit(status)
