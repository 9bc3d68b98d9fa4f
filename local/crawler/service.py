"""Glue's operations on crawlers and classifiers, as the gateway serves them."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from local.crawler.classifiers import Classifiers
from local.crawler.clients import Clients
from local.crawler.crawlers import Crawlers
from local.crawler.schedule import is_due
from local.protocol import AwsError, Json
from local.store import Store

_TICK_SECONDS: Final = 1.0

_CRAWLERS: Final = {
    "CreateCrawler": Crawlers.create,
    "UpdateCrawler": Crawlers.update,
    "DeleteCrawler": Crawlers.delete,
    "GetCrawler": Crawlers.get,
    "GetCrawlers": Crawlers.list,
    "ListCrawlers": Crawlers.names,
    "BatchGetCrawlers": Crawlers.some,
    "StartCrawler": Crawlers.start,
    "StopCrawler": Crawlers.stop,
    "GetCrawlerMetrics": Crawlers.metrics,
    "ListCrawls": Crawlers.crawls,
    "UpdateCrawlerSchedule": Crawlers.schedule,
    "StartCrawlerSchedule": Crawlers.start_schedule,
    "StopCrawlerSchedule": Crawlers.stop_schedule,
}
_CLASSIFIERS: Final = {
    "CreateClassifier": Classifiers.create,
    "UpdateClassifier": Classifiers.update,
    "DeleteClassifier": Classifiers.delete,
    "GetClassifier": Classifiers.get,
    "GetClassifiers": Classifiers.list,
}
OPERATIONS: Final = frozenset({*_CRAWLERS, *_CLASSIFIERS})


class GlueCrawlers:
    """Part of the service with target prefix `AWSGlue`. Its state is in `data_dir` and survives a restart."""

    target_prefix = "AWSGlue"

    def __init__(self, clients: Clients, data_dir: Path, now: Callable[[], float] = time.time) -> None:
        scratch = data_dir / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        self._classifiers = Classifiers(Store(data_dir / "classifiers.json"), now)
        self._now = now
        self._crawlers = Crawlers(clients, Store(data_dir / "crawlers.json"), self._classifiers, scratch, now)
        self._stopped = threading.Event()
        threading.Thread(target=self._keep_schedules, name="crawler-schedules", daemon=True).start()

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one operation; raises `AwsError`."""
        try:
            if operation in _CLASSIFIERS:
                return _CLASSIFIERS[operation](self._classifiers, request)
            return _CRAWLERS[operation](self._crawlers, request)
        except KeyError as error:
            raise AwsError("InvalidInputException", f"The parameter {error.args[0]} is required") from None

    def close(self) -> None:
        """Stop crawls, and wait for them."""
        self._stopped.set()
        self._crawlers.close()

    def tick(self, since: float) -> float:
        """Start the crawlers that have become due since then; returns the time of the check."""
        now = self._now()
        for name, expression in self._crawlers.scheduled():
            if is_due(expression, since, now):
                with suppress(AwsError):  # one that is still running is skipped, as on AWS
                    self._crawlers.start({"Name": name})
        return now

    def _keep_schedules(self) -> None:
        since = self._now()
        while not self._stopped.wait(_TICK_SECONDS):
            since = self.tick(since)
