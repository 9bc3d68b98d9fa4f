"""How the gateway is stopped: in order by the first signal, and at once by the second, or when the order takes long."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_SECONDS: Final = 10
"""How long a stop may take. What was acknowledged is on disk anyway, as after a power cut."""
_SILENT_SECONDS: Final = 1
"""A stop that takes longer is announced."""
_CUT_OFF: Final = 1


class Stop:
    """One stop of this process. `report` gets the line that announces it; `last` is called when it is cut off.

    Make it on the event loop of the main thread.
    """

    def __init__(self, report: Callable[[str], None], last: Callable[[], None]) -> None:
        self._last = last
        self._loop = asyncio.get_running_loop()
        self._announcement = threading.Timer(_SILENT_SECONDS, report, ("stopping…",))
        self.asked: asyncio.Future[None] = self._loop.create_future()
        """Done at the first SIGINT or SIGTERM."""
        for number in _SIGNALS:
            self._loop.add_signal_handler(number, self._ask)

    def begin(self) -> None:
        """The stop begins. The process is cut off when it has not ended in time."""
        for timer in (self._announcement, threading.Timer(_SECONDS, self._too_long)):
            timer.daemon = True
            timer.start()

    def ended(self) -> None:
        """Nothing answers any more; threads may still end."""
        self._announcement.cancel()

    def cut_off(self, status: int) -> None:
        """End the process now, whatever its threads are doing."""
        self._last()
        os._exit(status)

    def _ask(self) -> None:
        self.asked.set_result(None)
        for number in _SIGNALS:
            self._loop.remove_signal_handler(number)
            signal.signal(number, lambda number, _: self.cut_off(128 + number))  # also when the loop is busy

    def _too_long(self) -> None:
        logger.warning("the gateway did not stop within %s s and was cut off", _SECONDS)
        self.cut_off(_CUT_OFF)
