"""Saves MiniStack's state while it runs, so that a killed gateway restarts with what was deployed."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from local.gateway.asgi import Message
from local.gateway.ministack.emulator import MiniStack
from local.gateway.request import signed_for, target

logger = logging.getLogger(__name__)

_QUIET_SECONDS: Final = 0.2
"""Changes come in bursts; a burst is saved once, when it pauses this long."""
_EVERYTHING: Final = ""
_KEPT_IN_MEMORY: Final = ("PutLogEvents", "PutMetricData")
"""They are frequent and add to ever larger state, which is saved with the next change of their service."""


class Checkpoint:
    """Saves each change shortly after it was made; everything once no stack operation is running.

    `settled` is called after each save that follows a change of stacks.
    """

    def __init__(self, ministack: MiniStack, settled: Callable[[], None]) -> None:
        self._ministack = ministack
        self._settled = settled
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def answered(self, scope: Message) -> None:
        """Note a request that MiniStack has answered; reads and the data planes change nothing to save."""
        service = signed_for(scope)
        if not service or not changes_state(service, scope["method"], scope["path"]):
            return
        if _operation(scope) in _KEPT_IN_MEMORY:
            return
        self._mark(self._ministack.state_of(service) or _EVERYTHING)

    def changed_elsewhere(self, key: str) -> None:
        """Note a change of a service's state that no request made, e.g. a schedule fired; callable from any thread."""
        with suppress(RuntimeError):  # the loop is closed: everything has been saved
            self._loop.call_soon_threadsafe(self._mark, key)

    async def run(self) -> None:
        """Save whenever something changed, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(_QUIET_SECONDS)
            if self._wake.is_set():
                continue
            if _EVERYTHING in self._dirty and not self._ministack.settled():
                self._wake.set()
                continue
            try:
                await self._save()
            except Exception:
                logger.exception("the state could not be saved; the next change saves it again")

    async def _save(self) -> None:
        dirty, self._dirty = self._dirty, set()
        everything = _EVERYTHING in dirty
        try:
            state = self._ministack.snapshot(None if everything else dirty)
            await asyncio.to_thread(self._ministack.write, state)
        except Exception:
            self._dirty |= dirty
            raise
        if everything:
            self._settled()

    def _mark(self, key: str) -> None:
        self._dirty.add(key)
        self._wake.set()


def _operation(scope: Message) -> str:
    """The operation of a request in one of the protocols that name it in a header or in the path."""
    path: str = scope["path"]
    return target(scope)[1] or path.rpartition("/operation/")[2]


def changes_state(service: str, method: str, path: str) -> bool:
    """Whether a request may change what a checkpoint saves: objects are on disk anyway, invocations change nothing."""
    if method in ("GET", "HEAD"):
        return False
    if service == "s3":
        return "/" not in path.strip("/")
    return not (service == "lambda" and path.endswith("/invocations"))
