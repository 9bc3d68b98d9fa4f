"""Crawlers and classifiers as CloudFormation makes, changes and deletes them."""

from typing import Any

import pytest

from local.gateway.resources.glue import Classifiers, Crawlers
from local.gateway.resources.provisioning import ProvisioningError
from tests.local.crawler.conftest import World

CRAWLER: dict[str, Any] = {
    "Name": "adhoc",
    "Role": "arn:aws:iam::000000000000:role/crawler",
    "DatabaseName": "db",
    "Targets": {"S3Targets": [{"Path": "s3://drop/adhoc/"}]},
    "Schedule": {"ScheduleExpression": "cron(0 6 * * ? *)"},
    "Tags": {"project": "standpipe"},
}


def names(world: World) -> list[str]:
    found: list[str] = world.crawlers.call("ListCrawlers", {})["CrawlerNames"]
    return found


def test_a_crawler_is_made_changed_renamed_and_deleted(world: World) -> None:
    made = Crawlers(world.crawlers)
    assert made.create("Crawler", CRAWLER, "stack") == ("adhoc", {})
    described = world.crawlers.call("GetCrawler", {"Name": "adhoc"})["Crawler"]
    assert described["Schedule"] == {"ScheduleExpression": "cron(0 6 * * ? *)", "State": "SCHEDULED"}
    changed = {**CRAWLER, "Description": "new"}
    assert made.update("adhoc", CRAWLER, changed, "stack") == ("adhoc", {})
    assert world.crawlers.call("GetCrawler", {"Name": "adhoc"})["Crawler"]["Description"] == "new"
    assert made.update("adhoc", changed, {**changed, "Name": "other"}, "stack") == ("other", {})
    assert names(world) == ["other"]
    made.delete("other", changed)
    made.delete("other", changed)
    assert names(world) == []


def test_one_without_a_name_gets_one(world: World) -> None:
    name, _ = Crawlers(world.crawlers).create("Crawler", {**CRAWLER, "Name": None}, "stack")
    assert name.startswith("stack-Crawler-")
    assert names(world) == [name]


def test_what_is_refused_fails_the_resource_with_the_reason(world: World) -> None:
    with pytest.raises(
        ProvisioningError, match=r"JdbcTargets is not supported here; S3Targets is .*InvalidInputException"
    ):
        Crawlers(world.crawlers).create("Crawler", {**CRAWLER, "Targets": {"JdbcTargets": [{}]}}, "stack")


def test_a_classifier_is_made_changed_renamed_and_deleted(world: World) -> None:
    made = Classifiers(world.crawlers)

    def csv(**said: str) -> dict[str, Any]:
        return {"CsvClassifier": {"Name": "headed", "Delimiter": ",", **said}}

    assert made.create("Csv", csv(), "stack") == ("headed", {})
    assert made.update("headed", csv(), csv(Delimiter=";"), "stack") == ("headed", {})
    found = world.crawlers.call("GetClassifiers", {})["Classifiers"]
    assert [each["CsvClassifier"]["Delimiter"] for each in found] == [";"]
    assert made.update("headed", csv(), csv(Name="other"), "stack") == ("other", {})
    made.delete("other", csv())
    made.delete("other", csv())
    assert world.crawlers.call("GetClassifiers", {}) == {"Classifiers": []}


def test_other_kinds_of_classifiers_are_refused(world: World) -> None:
    with pytest.raises(ProvisioningError, match="GrokClassifier: only a CsvClassifier is supported here"):
        Classifiers(world.crawlers).create("Grok", {"GrokClassifier": {"Classification": "x"}}, "stack")
