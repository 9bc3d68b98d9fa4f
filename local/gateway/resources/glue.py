"""Crawlers and classifiers of CloudFormation templates, created by the gateway's own crawlers.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Glue.html
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from local.gateway.resources.provisioning import Provisioner, ProvisioningError, generated_name
from local.protocol import Json


class _Named(Provisioner):
    """Resources that are described and deleted by their names."""

    @abstractmethod
    def _name(self, properties: Mapping[str, Any]) -> str | None:
        """The name that a template gives, if it gives one."""

    def existing(self, properties: Mapping[str, Any]) -> str | None:
        """The resource's name."""
        name = self._name(properties)
        return self._if_there(name, f"Get{self._kind}", {"Name": name})

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the resource, unless it is gone."""
        try:
            self._ask(f"Delete{self._kind}", {"Name": physical_id})
        except ProvisioningError as error:
            if "EntityNotFoundException" not in str(error):
                raise

    @property
    def _kind(self) -> str:
        return self.resource_type.rpartition("::")[2]


class Crawlers(_Named):
    """Creates `AWS::Glue::Crawler`; `Ref` is its name."""

    resource_type = "AWS::Glue::Crawler"

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return the crawler's name."""
        name = properties.get("Name") or generated_name(stack, logical_id)
        self._ask("CreateCrawler", {**_crawler(properties), "Name": name})
        return name, {}

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Change the crawler in place; a new name is a new crawler."""
        if old.get("Name") != new.get("Name"):
            return self._replace(physical_id, old, new, stack)
        self._ask("UpdateCrawler", {**_crawler(new), "Name": physical_id})
        return physical_id, {}

    def _name(self, properties: Mapping[str, Any]) -> str | None:
        return properties.get("Name")


class Classifiers(_Named):
    """Creates `AWS::Glue::Classifier`; `Ref` is its name."""

    resource_type = "AWS::Glue::Classifier"

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return the classifier's name."""
        named = _named(properties, generated_name(stack, logical_id))
        self._ask("CreateClassifier", named)
        return self._name(named) or "", {}

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Change the classifier in place; a new name is a new classifier."""
        named = _named(new, physical_id)
        if self._name(named) != physical_id:
            return self._replace(physical_id, old, new, stack)
        self._ask("UpdateClassifier", named)
        return physical_id, {}

    def _name(self, properties: Mapping[str, Any]) -> str | None:
        name: str | None = next(iter(properties.values())).get("Name")
        return name


def _crawler(properties: Mapping[str, Any]) -> Json:
    """The properties as CreateCrawler takes them: the schedule as text, and no tags."""
    given = {name: value for name, value in properties.items() if name != "Tags"}
    if "Schedule" in given:
        given["Schedule"] = given["Schedule"].get("ScheduleExpression", "")
    return given


def _named(properties: Mapping[str, Any], name: str) -> Json:
    """The properties, each kind of classifier with a name."""
    return {kind: {"Name": name, **said} for kind, said in properties.items()}


PROVISIONERS: Final = (Crawlers, Classifiers)
