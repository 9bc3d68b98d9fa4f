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

OPERATIONS: Final = frozenset(
    {
        "CreateCrawler", "UpdateCrawler", "DeleteCrawler", "GetCrawler", "GetCrawlers", "ListCrawlers",
        "BatchGetCrawlers", "StartCrawler", "StopCrawler", "GetCrawlerMetrics", "ListCrawls", "UpdateCrawlerSchedule",
        "StartCrawlerSchedule", "StopCrawlerSchedule", "CreateClassifier", "UpdateClassifier", "DeleteClassifier",
        "GetClassifier", "GetClassifiers",
    }
)  # fmt: skip
_TICK_SECONDS: Final = 1.0

Operation = Callable[[Mapping[str, Any]], Json]


class GlueCrawlers:
    """Part of the service of target prefix `AWSGlue`. What it keeps lies in `data_dir` and survives a restart."""

    target_prefix = "AWSGlue"

    def __init__(self, clients: Clients, data_dir: Path, now: Callable[[], float] = time.time) -> None:
        scratch = data_dir / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        classifiers = Classifiers(Store(data_dir / "classifiers.json"), now)
        self._now = now
        self._crawlers = Crawlers(clients, Store(data_dir / "crawlers.json"), classifiers, scratch, now)
        self._operations = _operations(self._crawlers, classifiers)
        self._stopped = threading.Event()
        threading.Thread(target=self._keep_schedules, name="crawler-schedules", daemon=True).start()

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one operation; raises `AwsError`."""
        try:
            return self._operations[operation](request)
        except KeyError as error:
            raise AwsError("InvalidInputException", f"The parameter {error.args[0]} is needed") from None

    def close(self) -> None:
        """Stop crawls, and wait for them."""
        self._stopped.set()
        self._crawlers.close()

    def tick(self, since: float) -> float:
        """Start the crawlers that have become due since then; returns when it looked."""
        now = self._now()
        for name, expression in self._crawlers.scheduled():
            if is_due(expression, since, now):
                with suppress(AwsError):  # one that still runs is left alone, as on AWS
                    self._crawlers.start({"Name": name})
        return now

    def _keep_schedules(self) -> None:
        since = self._now()
        while not self._stopped.wait(_TICK_SECONDS):
            since = self.tick(since)


def _operations(crawlers: Crawlers, classifiers: Classifiers) -> dict[str, Operation]:
    return {
        "CreateCrawler": crawlers.create,
        "UpdateCrawler": crawlers.update,
        "DeleteCrawler": crawlers.delete,
        "GetCrawler": crawlers.get,
        "GetCrawlers": crawlers.list,
        "ListCrawlers": crawlers.names,
        "BatchGetCrawlers": crawlers.some,
        "StartCrawler": crawlers.start,
        "StopCrawler": crawlers.stop,
        "GetCrawlerMetrics": crawlers.metrics,
        "ListCrawls": crawlers.crawls,
        "UpdateCrawlerSchedule": crawlers.schedule,
        "StartCrawlerSchedule": crawlers.start_schedule,
        "StopCrawlerSchedule": crawlers.stop_schedule,
        "CreateClassifier": classifiers.create,
        "UpdateClassifier": classifiers.update,
        "DeleteClassifier": classifiers.delete,
        "GetClassifier": classifiers.get,
        "GetClassifiers": classifiers.list,
    }
