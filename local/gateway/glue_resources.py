"""Crawlers and classifiers of CloudFormation templates, made by the gateway's own crawlers.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Glue.html
"""

from collections.abc import Mapping
from typing import Any, Final

from local.gateway.provisioning import ProvisioningError, ask, generated_name
from local.protocol import Json, Service

CRAWLER: Final = "AWS::Glue::Crawler"
CLASSIFIER: Final = "AWS::Glue::Classifier"


class Crawlers:
    """Makes `AWS::Glue::Crawler`; `Ref` is its name."""

    def __init__(self, glue: Service) -> None:
        self._glue = glue

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return the crawler's name."""
        name = properties.get("Name") or generated_name(stack, logical_id)
        ask(self._glue, "CreateCrawler", {**_crawler(properties), "Name": name})
        return name, {}

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Change the crawler in place; a new name is a new crawler."""
        if old.get("Name") != new.get("Name"):
            made = self.create("crawler", new, stack)
            self.delete(physical_id, old)
            return made
        ask(self._glue, "UpdateCrawler", {**_crawler(new), "Name": physical_id})
        return physical_id, {}

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the crawler, unless it is gone."""
        _delete(self._glue, "DeleteCrawler", physical_id)


class Classifiers:
    """Makes `AWS::Glue::Classifier`; `Ref` is its name."""

    def __init__(self, glue: Service) -> None:
        self._glue = glue

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return the classifier's name."""
        named = _named(properties, generated_name(stack, logical_id))
        ask(self._glue, "CreateClassifier", named)
        return _name(named), {}

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Change the classifier in place; a new name is a new classifier."""
        named = _named(new, physical_id)
        if _name(named) != physical_id:
            made = self.create("classifier", new, stack)
            self.delete(physical_id, old)
            return made
        ask(self._glue, "UpdateClassifier", named)
        return physical_id, {}

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the classifier, unless it is gone."""
        _delete(self._glue, "DeleteClassifier", physical_id)


def _crawler(properties: Mapping[str, Any]) -> Json:
    """The properties as CreateCrawler takes them: its schedule is a text, and numbers in templates may be text."""
    given = {name: value for name, value in properties.items() if name != "Tags"}
    if "Schedule" in given:
        given["Schedule"] = given["Schedule"].get("ScheduleExpression", "")
    return given


def _named(properties: Mapping[str, Any], name: str) -> Json:
    """The properties, each kind of classifier with a name."""
    return {kind: {"Name": name, **said} for kind, said in properties.items()}


def _name(properties: Json) -> str:
    return str(next(iter(properties.values()))["Name"])


def _delete(glue: Service, operation: str, name: str) -> None:
    try:
        ask(glue, operation, {"Name": name})
    except ProvisioningError as error:
        if "EntityNotFoundException" not in str(error):
            raise
