"""What `standpipe crawl` makes of the answers of Glue."""

from typing import Any

import pytest

from cdk.config import environment
from standpipe.adhoc.crawl import Crawled, CrawlError, crawl

SUMMARY = (  # as Glue gives it
    r"""{"TABLE":{"ADD":"{\"Details\":{\"names\":[\"adhoc_bonds\"]},\"Count\":1}"},"""
    r""""PARTITION":{"ADD":"{\"Details\":{\"names\":[\"adhoc_bonds/2025\"]},\"Count\":1}"}}"""
)


class FakeGlue:
    """A crawler that is ready, with a history; it is its own connection."""

    environment = environment("local")

    class exceptions:  # noqa: N801 - boto3's name
        """Errors that boto3 makes of the service's."""

        class CrawlerRunningException(Exception):  # noqa: N818
            """It runs."""

    def __init__(self, *crawls: dict[str, str]) -> None:
        self.crawls = crawls

    def client(self, _: str) -> "FakeGlue":
        return self

    def start_crawler(self, **_: Any) -> None:
        pass

    def get_crawler(self, **_: Any) -> dict[str, Any]:
        return {"Crawler": {"State": "READY"}}

    def list_crawls(self, **_: Any) -> dict[str, Any]:
        return {"Crawls": list(self.crawls)}


def test_the_summary_is_read_as_glue_writes_it() -> None:
    done = crawl(FakeGlue({"State": "COMPLETED", "Summary": SUMMARY}))  # type: ignore[arg-type]
    assert done == Crawled(("adhoc_bonds",), (), (), "")


def test_an_empty_history_is_said() -> None:
    with pytest.raises(CrawlError, match="is empty"):
        crawl(FakeGlue())  # type: ignore[arg-type]
