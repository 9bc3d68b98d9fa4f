"""One run of the crawler of ad-hoc files, and its result.

https://docs.aws.amazon.com/glue/latest/webapi/API_StartCrawler.html
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from standpipe.connection import Connection

_POLL_SECONDS: Final = 0.5


class CrawlError(Exception):
    """The crawl failed; the message is Glue's."""


@dataclass(frozen=True)
class Crawled:
    """The names of the tables that were added, updated and deleted, and why files were left out."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    deleted: tuple[str, ...]
    left_out: str


def crawl(connection: Connection) -> Crawled:
    """Run the crawler, or wait for the current run; raises `CrawlError`."""
    glue, name = connection.client("glue"), connection.environment.ad_hoc_crawler
    with suppress(glue.exceptions.CrawlerRunningException):
        glue.start_crawler(Name=name)
    while glue.get_crawler(Name=name)["Crawler"]["State"] != "READY":
        time.sleep(_POLL_SECONDS)
    crawls = glue.list_crawls(CrawlerName=name, MaxResults=1)["Crawls"]
    if not crawls:
        raise CrawlError(f"the history of {name} is empty, so the result of this crawl is not known")
    newest = crawls[0]
    message: str = newest.get("ErrorMessage", "")
    if newest["State"] != "COMPLETED":
        raise CrawlError(message or f"the crawl ended as {newest['State']}")
    changes = json.loads(newest.get("Summary") or "{}").get("TABLE", {})
    return Crawled(_names(changes, "ADD"), _names(changes, "UPDATE"), _names(changes, "DELETE"), message)


def _names(changes: dict[str, str], change: str) -> tuple[str, ...]:
    """The tables that were changed so; each value of Glue's summary is again a string of JSON."""
    return tuple(json.loads(changes.get(change, "{}")).get("Details", {}).get("names", ()))
