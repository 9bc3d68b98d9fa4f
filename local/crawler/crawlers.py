"""Crawlers by name: their definitions, whether they run, and how their crawls ended."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, Final

from botocore.exceptions import ClientError

from local.crawler.classifiers import Classifiers
from local.crawler.clients import Clients
from local.crawler.crawl import CancelledError, Crawl
from local.crawler.definition import Definition, definition
from local.crawler.report import Report
from local.protocol import AwsError, Json
from local.store import Store

logger = logging.getLogger(__name__)

_LOG_GROUP: Final = "/aws-glue/crawlers"
_MOST_CRAWLS: Final = 100
"""How many crawls of one crawler are remembered."""
_GIVEN: Final[tuple[str, ...]] = (
    "Name", "Role", "Targets", "DatabaseName", "Description", "Classifiers", "RecrawlPolicy", "SchemaChangePolicy",
    "LineageConfiguration", "TablePrefix", "Configuration", "CrawlerSecurityConfiguration", "Schedule",
)  # fmt: skip


class Crawlers:
    """Keeps crawlers and runs them, one crawl after another. Thread-safe."""

    def __init__(
        self, clients: Clients, store: Store, classifiers: Classifiers, scratch: Path, now: Callable[[], float]
    ) -> None:
        self._clients = clients
        self._store = store
        self._classifiers = classifiers
        self._scratch = scratch
        self._now = now
        self._pool = ThreadPoolExecutor(1, "crawler")
        self._lock = threading.Lock()
        self._running: dict[str, Crawl] = {}

    # --- definitions ----------------------------------------------------------------------------

    def create(self, request: Mapping[str, Any]) -> Json:
        self._check(request)
        if self._store.get(request["Name"]) is not None:
            raise AwsError("AlreadyExistsException", f"Crawler {request['Name']} already exists")
        now = self._now()
        given = {name: request[name] for name in _GIVEN if name in request}
        state = {"CreationTime": now, "LastUpdated": now, "Version": 1, "Crawls": [], "IsScheduled": True}
        self._store.put(request["Name"], {**given, **state})
        return {}

    def update(self, request: Mapping[str, Any]) -> Json:
        known = self._idle(request["Name"])
        given = {**known, **{name: request[name] for name in _GIVEN if name in request}}
        self._check(given)
        self._store.put(known["Name"], {**given, "LastUpdated": self._now(), "Version": known["Version"] + 1})
        return {}

    def delete(self, request: Mapping[str, Any]) -> Json:
        self._store.remove(self._idle(request["Name"])["Name"])
        return {}

    def schedule(self, request: Mapping[str, Any]) -> Json:
        known = self._known(request["CrawlerName"])
        self._check({**known, "Schedule": request.get("Schedule", "")})
        self._store.put(known["Name"], {**known, "Schedule": request.get("Schedule", "")})
        return {}

    def start_schedule(self, request: Mapping[str, Any]) -> Json:
        known = self._known(request["CrawlerName"])
        if not known.get("Schedule"):
            raise AwsError("NoScheduleException", f"Crawler {known['Name']} has no schedule")
        self._store.put(known["Name"], {**known, "IsScheduled": True})
        return {}

    def stop_schedule(self, request: Mapping[str, Any]) -> Json:
        known = self._known(request["CrawlerName"])
        self._store.put(known["Name"], {**known, "IsScheduled": False})
        return {}

    def scheduled(self) -> Iterator[tuple[str, str]]:
        """Names and schedules of the crawlers whose schedule is on."""
        for each in self._store.all():
            if each.get("Schedule") and each["IsScheduled"]:
                yield each["Name"], each["Schedule"]

    # --- queries --------------------------------------------------------------------------------

    def get(self, request: Mapping[str, Any]) -> Json:
        return {"Crawler": self._described(self._known(request["Name"]))}

    def list(self, request: Mapping[str, Any]) -> Json:  # noqa: ARG002 - one page holds all
        return {"Crawlers": [self._described(each) for each in self._store.all()]}

    def names(self, request: Mapping[str, Any]) -> Json:  # noqa: ARG002 - one page holds all
        return {"CrawlerNames": [each["Name"] for each in self._store.all()]}

    def some(self, request: Mapping[str, Any]) -> Json:
        found = {name: self._store.get(name) for name in request["CrawlerNames"]}
        return {
            "Crawlers": [self._described(each) for each in found.values() if each],
            "CrawlersNotFound": [name for name, each in found.items() if each is None],
        }

    def metrics(self, request: Mapping[str, Any]) -> Json:
        wanted = request.get("CrawlerNameList") or [each["Name"] for each in self._store.all()]
        return {"CrawlerMetricsList": [_metrics(self._known(name)) for name in wanted]}

    def crawls(self, request: Mapping[str, Any]) -> Json:
        shown = [
            {name: each[name] for name in each if name != "Tables"}
            for each in self._known(request["CrawlerName"])["Crawls"]
        ]
        return {"Crawls": shown[: request.get("MaxResults", 20)]}

    # --- crawls ---------------------------------------------------------------------------------

    def start(self, request: Mapping[str, Any]) -> Json:
        known = self._known(request["Name"])
        crawler = definition(known)
        classifiers = [self._classifiers.find(name) for name in crawler.classifiers]
        crawl = Crawl(self._clients, self._scratch, self._now)
        with self._lock:
            if crawler.name in self._running:
                raise AwsError("CrawlerRunningException", f"Crawler {crawler.name} is already running")
            self._running[crawler.name] = crawl
        self._pool.submit(self._run, crawl, crawler, classifiers)
        return {}

    def stop(self, request: Mapping[str, Any]) -> Json:
        known = self._known(request["Name"])
        with self._lock:
            crawl = self._running.get(known["Name"])
        if crawl is None:
            raise AwsError("CrawlerNotRunningException", f"Crawler {known['Name']} is not running")
        crawl.stop.set()
        return {}

    def close(self) -> None:
        """Stop running crawls and wait for them."""
        with self._lock:
            for crawl in self._running.values():
                crawl.stop.set()
        self._pool.shutdown(wait=True)

    def _run(self, crawl: Crawl, crawler: Definition, classifiers: Any) -> None:
        started = self._now()
        try:
            crawl.run(crawler, classifiers)
            status, message = "SUCCEEDED", " · ".join(crawl.report.warnings)
        except CancelledError:
            status, message = "CANCELLED", "The crawl was stopped"
        except Exception as error:
            logger.exception("crawler %s failed", crawler.name)
            status, message = "FAILED", f"{type(error).__name__}: {error}"
            crawl.report.warn(message)
        self._ended(crawler.name, crawl.report, started, status, message)

    def _ended(self, name: str, report: Report, started: float, status: str, message: str) -> None:
        crawl_id = str(uuid.uuid4())
        with suppress(ClientError):
            self._log(name, crawl_id, report)
        ended: Json = {
            "CrawlId": crawl_id,
            "State": {"SUCCEEDED": "COMPLETED", "CANCELLED": "STOPPED"}.get(status, status),
            "StartTime": started,
            "EndTime": self._now(),
            "Summary": report.summary(),
            "LogGroup": _LOG_GROUP,
            "LogStream": name,
            "MessagePrefix": crawl_id,
            "DPUHour": 0.0,
            "Tables": {change: report.count(change) for change in ("ADD", "UPDATE", "DELETE")},
            **({"ErrorMessage": message} if message else {}),
        }
        with self._lock:
            if known := self._store.get(name):
                self._store.put(name, {**known, "Crawls": [ended, *known["Crawls"]][:_MOST_CRAWLS]})
            del self._running[name]

    def _log(self, name: str, crawl_id: str, report: Report) -> None:
        logs = self._clients.logs
        for make, given in ((logs.create_log_group, {}), (logs.create_log_stream, {"logStreamName": name})):
            try:
                make(logGroupName=_LOG_GROUP, **given)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                    raise
        events = [{"timestamp": at, "message": f"[{crawl_id}] {text}"} for at, text in report.lines]
        logs.put_log_events(logGroupName=_LOG_GROUP, logStreamName=name, logEvents=events)

    def _described(self, known: Json) -> Json:
        with self._lock:
            crawl = self._running.get(known["Name"])
        described = {name: known[name] for name in (*_GIVEN, "CreationTime", "LastUpdated", "Version") if name in known}
        described["State"] = "READY" if crawl is None else "STOPPING" if crawl.stop.is_set() else "RUNNING"
        described["CrawlElapsedTime"] = 0
        if expression := described.pop("Schedule", ""):
            state = "SCHEDULED" if known["IsScheduled"] else "NOT_SCHEDULED"
            described["Schedule"] = {"ScheduleExpression": expression, "State": state}
        if known["Crawls"]:
            described["LastCrawl"] = _last(known["Crawls"][0])
        return described

    def _check(self, request: Mapping[str, Any]) -> None:
        for name in definition(request).classifiers:
            self._classifiers.find(name)

    def _idle(self, name: str) -> Json:
        known = self._known(name)
        with self._lock:
            if name in self._running:
                raise AwsError("CrawlerRunningException", f"Crawler {name} is running")
        return known

    def _known(self, name: str) -> Json:
        found = self._store.get(name)
        if found is None:
            raise AwsError("EntityNotFoundException", f"Crawler {name} not found")
        return found


def _last(crawl: Json) -> Json:
    status = {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED"}.get(crawl["State"], crawl["State"])
    members = ("ErrorMessage", "LogGroup", "LogStream", "MessagePrefix", "StartTime")
    return {"Status": status, **{name: crawl[name] for name in members if name in crawl}}


def _metrics(known: Json) -> Json:
    took = [each["EndTime"] - each["StartTime"] for each in known["Crawls"]]
    tables = known["Crawls"][0]["Tables"] if known["Crawls"] else {}
    return {
        "CrawlerName": known["Name"],
        "TimeLeftSeconds": 0.0,
        "StillEstimating": False,
        "LastRuntimeSeconds": took[0] if took else 0.0,
        "MedianRuntimeSeconds": median(took) if took else 0.0,
        "TablesCreated": tables.get("ADD", 0),
        "TablesUpdated": tables.get("UPDATE", 0),
        "TablesDeleted": tables.get("DELETE", 0),
    }
