"""The laptop's AWS endpoint: MiniStack, and our own services in front of it, on one loopback port."""

import asyncio
import fcntl
import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hypercorn.asyncio import serve as serve_http
from hypercorn.config import Config

from local.gateway.checkpoint import Checkpoint
from local.gateway.front import Front, Ours
from local.gateway.guard import Guard
from local.gateway.inside import Inside
from local.gateway.ministack.emulator import MiniStack
from local.gateway.ministack.environment import configure
from local.gateway.resources import athena, glue, streams
from local.gateway.resources.omitted import LEFT_OUT, Inert, Omissions
from local.gateway.stopping import Stop
from local.gateway.tuning import give_back, settle, thaw, tune
from local.protocol import Service

logger = logging.getLogger(__name__)

_PROVISIONERS: Final = {
    "AmazonAthena": athena.PROVISIONERS,
    "AWSGlue": glue.PROVISIONERS,
    "Firehose_20150804": streams.PROVISIONERS,
}
"""What creates resources of CloudFormation, by the target prefix of the service behind it."""
_KEEP_ALIVE_SECONDS: Final = 75
_GRACE_SECONDS: Final = 2
"""How long a stopping server waits for answers that are on their way."""
_CLOSE_SECONDS: Final = 4
"""How long a stop waits for our own services: they store what they are storing."""
_FORGET_SECONDS: Final = 30
"""How often MiniStack drops old logs and metrics, and free memory is returned to the system."""


class GatewayError(RuntimeError):
    """The gateway cannot start; the text says what to do."""


def serve(
    port: int,
    data_dir: Path,
    speed: float,
    on_ready: Callable[[str], None],
    report: Callable[[str], None] = print,
) -> None:
    """Serve on 127.0.0.1 until SIGINT or SIGTERM; port 0 takes a free one. Call it once, on a process's main thread.

    The process ends soon after the signal, at once after a second one, whatever is running.

    `on_ready` gets the URL, on a separate thread, once everything answers; deploy there. What it raises stops the
    gateway and is raised here. `report` gets the lines that say what a stack left out. `speed` divides every wait of
    Firehose. Raises `GatewayError` when the port or the data directory is in use.
    What the process creates from now on is readable by its user alone.
    """
    data_dir = data_dir.resolve()
    with _owned(data_dir), _bound(port) as listener:
        os.umask(0o077)  # secrets and data are in its files
        shutil.rmtree(data_dir / "tmp", ignore_errors=True)
        tune()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        configure(data_dir, url)
        _log_to(data_dir / "gateway.log")
        from local.gateway import services  # DuckDB, pyarrow and sqlglot take a second, which --help must not

        ours = Ours(services.TARGETS, services.OPERATIONS)
        gateway = _Gateway(listener, ours, lambda inside: services.build(url, data_dir, speed, inside.connect), report)
        asyncio.run(gateway.run(lambda: on_ready(url)))


class _Gateway:
    """One run of the gateway, on the event loop."""

    def __init__(
        self,
        listener: socket.socket,
        ours: Ours,
        build: Callable[[Inside], Sequence[Service]],
        report: Callable[[str], None],
    ) -> None:
        self._listener = listener
        self._ours = ours
        self._build = build
        self._report = report
        self._ministack = MiniStack()
        self._omissions = Omissions(report)

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until a signal arrives; then end what works, save everything, and stop answering."""
        stop = Stop(self._report, self._ministack.functions.kill)
        stopped = asyncio.Event()
        checkpoint = Checkpoint(self._ministack, self._report_omissions)
        front = Front(self._ministack.app, self._ours, checkpoint.answered)
        self._ministack.tick_schedules(lambda: checkpoint.changed_elsewhere("scheduler"))
        self._ministack.functions.watch_queues(lambda: checkpoint.changed_elsewhere("sqs"))
        http = asyncio.create_task(serve_http(Guard(front), _http(self._listener), shutdown_trigger=stopped.wait))  # type: ignore[arg-type]
        chores = (asyncio.create_task(checkpoint.run()), asyncio.create_task(self._forget_old()))
        services: Sequence[Service] = ()
        try:
            await self._serving(http)
            services = await asyncio.to_thread(self._build, Inside(front, asyncio.get_running_loop()))
            self._provision(services)
            settle()
            front.open(services)
            await _first(_on_thread(on_ready), stop.asked)
        finally:
            stop.begin()
            front.close()
            await self._end(services)
            for chore in chores:
                chore.cancel()
            self._listener.close()  # else connections would wait for a server that is gone
            stopped.set()
            await asyncio.wait((http,), timeout=2 * _GRACE_SECONDS)
            if not http.done():  # a client does not read its answer
                self._ministack.save()
                stop.cut_off(0)
            await http
            thaw()
            stop.ended()

    async def _end(self, services: Sequence[Service]) -> None:
        """End our own services while what they call still answers, then the functions, which call our services.

        A function that puts records meanwhile is not told of a failure: it would park them.
        """
        closing = asyncio.create_task(asyncio.to_thread(_close, services))
        await asyncio.wait((closing,), timeout=_CLOSE_SECONDS)
        await asyncio.to_thread(self._ministack.functions.end)
        if closing.done():
            await closing

    async def _serving(self, http: "asyncio.Task[None]") -> None:
        """Return once a request is answered; raises what the server raised when it could not start."""
        reader, writer = await asyncio.open_connection(*self._listener.getsockname())  # waits in the backlog
        writer.write(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = asyncio.create_task(reader.read(1))
        await asyncio.wait((http, answer), return_when=asyncio.FIRST_COMPLETED)
        writer.close()
        if not answer.done():
            answer.cancel()
            http.result()
            raise GatewayError("the server stopped before it was serving; its log says why")

    def _provision(self, services: Sequence[Service]) -> None:
        for service in services:
            for provisioner in _PROVISIONERS.get(service.target_prefix, ()):
                self._ministack.provision(provisioner.resource_type, provisioner(service))
        for resource_type in LEFT_OUT:
            self._ministack.provision(resource_type, Inert(resource_type, self._omissions))

    async def _forget_old(self) -> None:
        while True:
            await asyncio.sleep(_FORGET_SECONDS)
            try:
                self._ministack.forget_old()
                await asyncio.to_thread(give_back)
            except Exception:
                logger.exception("old logs and metrics were not dropped; the next attempt is soon")

    def _report_omissions(self) -> None:
        unsettled = {stack.name for stack in self._ministack.stacks() if not stack.settled}
        self._omissions.report(lambda stack: stack not in unsettled)


@contextmanager
def _owned(data_dir: Path) -> Iterator[None]:
    """Close the data directory to other users and lock it; the lock ends with the process, however that ends."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir.chmod(0o700)
        lock = (data_dir / "lock").open("w")
    except OSError as error:
        raise GatewayError(f"{data_dir} cannot be used ({error.strerror}): choose another --data") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise GatewayError(
                f"{data_dir} is in use by another gateway: stop that one, or choose another --data"
            ) from error
        yield


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    """A loopback socket that listens on `port`, so that the port is known and taken before anything is imported."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()  # two sockets that only reuse the address may both be bound to it
        except OSError as error:
            raise GatewayError(
                f"port {port} cannot be used ({error.strerror}): stop what is listening there, or choose another --port"
            ) from error
        yield listener


def _http(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{os.dup(listener.fileno())}"]  # the server closes what it is given
    config.keep_alive_timeout = _KEEP_ALIVE_SECONDS
    config.graceful_timeout = _GRACE_SECONDS
    config.errorlog = logging.getLogger("hypercorn.error")
    return config


def _log_to(path: Path) -> None:
    """Send warnings to a file: the terminal belongs to the caller."""
    logging.basicConfig(filename=path, level=logging.WARNING, format="%(asctime)s %(levelname)s [%(name)s] %(message)s")


def _on_thread(call: Callable[[], None]) -> "asyncio.Future[None]":
    """The outcome of a call on a daemon thread: one that hangs does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if not future.done():
            future.set_result(None) if error is None else future.set_exception(error)

    def run() -> None:
        failure: BaseException | None = None
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - raised where the outcome is waited for
            failure = error
        with suppress(RuntimeError):  # the loop is closed: nothing waits for the outcome
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=run, name="on-ready", daemon=True).start()
    return future


async def _first(ready: "asyncio.Future[None]", stop: "asyncio.Future[None]") -> None:
    """Return when `stop` is done; raises what `ready` raised, if it did before.

    Ctrl-C also ends the processes that `ready` waits for: that they fail then is not reported.
    """
    await asyncio.wait((ready, stop), return_when=asyncio.FIRST_COMPLETED)
    if not stop.done():
        ready.result()
        await stop


def _close(services: Sequence[Service]) -> None:
    for service in services:
        service.close()
