"""The delivery streams of this machine, as the gateway reports them: buffered, delivered and failed records."""

import http.client
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.firehose.monitoring.status import Held, Passed, StreamStatus
from local.gateway.inspector import OPERATION, Inspector
from standpipe.report import size

_TIMEOUT_SECONDS = 10.0
_FILE_WIDTH = 140
_ALWAYS = ("stream", "state")
_FAILED = "failed"
_FOLDED = ("stream", _FAILED)
_COLUMNS = (*_ALWAYS, "waiting", "oldest", "transform", "S3", "errors", "backup", "delivered", _FAILED)


class NotServedError(Exception):
    """The gateway does not answer; the message says why."""


class _Answer(msgspec.Struct, rename="pascal"):
    streams: list[StreamStatus]


def fetch(url: str) -> list[StreamStatus]:
    """The status of every stream of the gateway at `url`; raises NotServedError."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS)
    headers = {"X-Amz-Target": f"{Inspector.target_prefix}.{OPERATION}"}
    try:
        connection.request("POST", "/", "{}", headers)
        return msgspec.json.decode(connection.getresponse().read(), type=_Answer).streams
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise NotServedError(f"{url}: {error}") from error
    finally:
        connection.close()


def watch(look: Callable[[], Sequence[StreamStatus]], console: Console, seconds: float) -> None:
    """Show the streams and refresh them every `seconds`, until interrupted; raises NotServedError."""
    live = Live(table(look()), console=console, auto_refresh=False, screen=console.is_terminal)
    with suppress(KeyboardInterrupt), live:
        while True:
            live.update(table(look()), refresh=True)
            time.sleep(seconds)


def show(streams: Sequence[StreamStatus], console: Console) -> None:
    """Print the table once; in a file it has a fixed width."""
    wide = console if console.is_terminal else Console(file=console.file, width=_FILE_WIDTH)
    wide.print(table(streams))


def table(streams: Sequence[StreamStatus]) -> Table:
    """One row a stream: records, and below them their bytes, in each buffer and delivered; failed records by code.

    Delivered records also show the number of objects. Empty columns are left out.
    """
    rows = [_cells(stream) for stream in streams]
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    shown = [at for at, name in enumerate(_COLUMNS) if name in _ALWAYS or any(row[at] for row in rows)]
    for name in (_COLUMNS[at] for at in shown):
        drawn.add_column(
            name,
            justify="left" if name in (*_ALWAYS, _FAILED) else "right",
            no_wrap=name not in _FOLDED,  # half a number would be worse than none
            overflow="fold",
        )
    for row in rows:
        drawn.add_row(*(row[at] for at in shown))
    return drawn


def _cells(stream: StreamStatus) -> list[str]:
    holds = stream.holds
    return [
        stream.name,
        stream.state,
        _count(stream.backlog.records),
        "" if stream.backlog.oldest_seconds is None else f"{stream.backlog.oldest_seconds:.0f} s",
        _held(holds.transform, holds.invocations),
        _held(holds.destination, holds.stores),
        _held(holds.errors),
        _held(holds.backup),
        _delivered(stream.delivered),
        "\n".join(f"{records:,} {code}" for code, records in sorted(stream.errors.items())),
    ]


def _held(held: Held, under_way: int = 0) -> str:
    """Records and bytes in the buffers, and what is running."""
    lines = [f"{held.records:,}", size(held.bytes)] if held.records else []
    return "\n".join(lines + ([f"{under_way} running"] if under_way else []))


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _delivered(passed: Passed) -> str:
    """Records, objects and bytes."""
    if not passed.objects:
        return ""
    return f"{passed.records:,}\nin {passed.objects:,}\n{size(passed.bytes)}"
