"""The threads of one pipeline: those that call the transform, and those that convert and store objects."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from delivery import limits

_STORES = 2
"""Objects that are converted and stored at once."""
_CLOSING_SECONDS = 10.0
"""How long a closing stream waits for objects being stored, so that they are not stored a second time."""

Message = Callable[[], None]
"""Something to do on the worker's thread, the only one that touches the pipeline."""
Task = Callable[[], Message | None]
"""Something to do on a pool; it returns what to do afterwards."""


class Pools:
    """Runs tasks on threads; what they return or raise is handled on the pipeline's own thread through `post`."""

    def __init__(self, name: str, post: Callable[[Message], None]) -> None:
        self.stop = threading.Event()
        """Set when all waits should end."""
        self.post = post
        self._transforms = ThreadPoolExecutor(limits.LAMBDA_MAX_IN_FLIGHT, thread_name_prefix=f"{name}-transform")
        self._stores = ThreadPoolExecutor(_STORES, thread_name_prefix=f"{name}-store")
        self._storing: set[Future[None]] = set()

    def transform(self, task: Task) -> None:
        """Run a task that calls the transform."""
        self._transforms.submit(self._run, task)

    def store(self, task: Task) -> None:
        """Run a task that stores an object."""
        future = self._stores.submit(self._run, task)
        self._storing.add(future)
        future.add_done_callback(self._storing.discard)

    def end(self) -> None:
        """Interrupt all waits and start nothing new; returns when no object is being stored, or after a while."""
        self.stop.set()
        self._transforms.shutdown(wait=False, cancel_futures=True)
        self._stores.shutdown(wait=False, cancel_futures=True)
        wait(list(self._storing), _CLOSING_SECONDS)

    def _run(self, task: Task) -> None:
        try:
            message = task()
        except Exception as error:  # noqa: BLE001 - raised again where it is handled
            message = partial(_raise, error)
        if message is not None:
            self.post(message)


def _raise(error: Exception) -> None:
    raise error
