"""The processes that functions run in and the queues that feed them: how both end, and how they start again.

No reader outlives its gateway, so what was being read when it ended is to be read again after the next start. A stop is
not a failure: it does not count as one of the times that a message may be received.
"""

import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

Modules = Mapping[str, Any]
Message = dict[str, Any]

_STOPPING: Final = {"status": "error", "error": "The gateway is stopping.", "cold_start": False, "log": ""}


class Functions:
    """MiniStack's functions; their processes do not get the Ctrl-C of the gateway's terminal."""

    def __init__(self, modules: Modules) -> None:
        self._runtime = modules["ministack.core.lambda_runtime"]
        self._lambda = modules["ministack.services.lambda_svc"]
        self._sqs = modules["ministack.services.sqs"]
        self._ended = threading.Event()
        self._reading: list[list[Message]] = []
        """The batches that functions are working on."""
        names = {**vars(subprocess), "Popen": partial(subprocess.Popen, process_group=0)}
        self._runtime.subprocess = SimpleNamespace(**names)
        self._note_batches()
        self._start_nothing_after_the_end()
        self._show_again_what_was_in_flight()

    def watch_queues(self, changed: Callable[[], None]) -> None:
        """Call `changed` when a queue has changed without a request for it; on any thread."""
        wake, wake_set = self._sqs.esm_wake, self._sqs.esm_wake.set

        def set_and_report() -> None:
            wake_set()
            changed()

        wake.set = set_and_report

    def end(self) -> None:
        """End every function and start none; the messages that they were working on may be received again."""
        self._lambda._poll_sqs = lambda: False
        self._ended.set()
        self.kill()
        with self._sqs._queues_lock:
            for message in (message for batch in list(self._reading) for message in batch):
                message["visible_at"] = time.time()
                message["receive_count"] -= 1

    def kill(self) -> None:
        """End the processes of functions at once; safe at any time."""
        for pool in list(self._runtime._workers.values()):
            for worker in list(pool):
                if process := worker._proc:
                    process.kill()

    def _note_batches(self) -> None:
        run = self._lambda._run_sqs_batch

        def run_noted(esm: Any, function: Any, event: Any, batch: list[Message], url: str, name: str) -> None:
            self._reading.append(batch)
            try:
                run(esm, function, event, batch, url, name)
            finally:
                self._reading.remove(batch)

        self._lambda._run_sqs_batch = run_noted

    def _start_nothing_after_the_end(self) -> None:
        worker, route = self._runtime.Worker, self._lambda._route_async_failure
        spawn, invoke = worker._spawn, worker.invoke

        def spawn_unless_ended(self_: Any) -> None:
            spawn(self_)
            if self._ended.is_set():
                self_._proc.kill()

        def invoke_unless_ended(self_: Any, *event: Any, **about: Any) -> Any:
            return dict(_STOPPING) if self._ended.is_set() else invoke(self_, *event, **about)

        def route_unless_ended(*failed: Any) -> None:
            if not self._ended.is_set():
                route(*failed)

        worker._spawn, worker.invoke = spawn_unless_ended, invoke_unless_ended
        self._lambda._route_async_failure = route_unless_ended

    def _show_again_what_was_in_flight(self) -> None:
        load = self._sqs.load_persisted_state

        def load_and_show(state: Any) -> None:
            load(state)
            now = time.time()
            for queue in self._sqs._queues._data.values():
                for message in queue["messages"]:
                    if message["receive_count"]:
                        message["visible_at"] = min(message["visible_at"], now)

        self._sqs.load_persisted_state = load_and_show
