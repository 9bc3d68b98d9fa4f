"""Workgroups: where results go and how much a query may scan.

https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from local.athena.api.executions import ENGINE_VERSION
from local.protocol import AwsError, Json
from local.store import Store

PRIMARY = "primary"
_DEFAULTS: Json = {
    "ResultConfiguration": {},
    "EnforceWorkGroupConfiguration": True,
    "PublishCloudWatchMetricsEnabled": False,
    "RequesterPaysEnabled": False,
    "EngineVersion": ENGINE_VERSION,
}


class Workgroups:
    """Workgroups by name; `primary` is always there."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        if store.get(PRIMARY) is None:
            configuration = {**_DEFAULTS, "EnforceWorkGroupConfiguration": False}
            store.put(PRIMARY, self._group(PRIMARY, configuration, ""))

    def create(self, request: Mapping[str, Any]) -> Json:
        name = request["Name"]
        if self._store.get(name) is not None:
            raise AwsError("InvalidRequestException", f"WorkGroup {name} is already created")
        configuration = {**_DEFAULTS, **request.get("Configuration", {}), "EngineVersion": ENGINE_VERSION}
        self._store.put(name, self._group(name, configuration, request.get("Description", "")))
        return {}

    def get(self, request: Mapping[str, Any]) -> Json:
        return {"WorkGroup": self.find(request["WorkGroup"])}

    def list(self, request: Mapping[str, Any]) -> Json:  # noqa: ARG002 - one page holds all
        members = ("Name", "State", "Description", "CreationTime")
        groups = [{name: group.get(name, "") for name in members} for group in self._store.all()]
        return {"WorkGroups": [{**group, "EngineVersion": ENGINE_VERSION} for group in groups]}

    def update(self, request: Mapping[str, Any]) -> Json:
        group = self.find(request["WorkGroup"])
        configuration = dict(group["Configuration"])
        for name, value in request.get("ConfigurationUpdates", {}).items():
            if name == "ResultConfigurationUpdates":
                configuration["ResultConfiguration"] = _updated(configuration.get("ResultConfiguration", {}), value)
            elif name.startswith("Remove"):
                if value:
                    configuration.pop(name.removeprefix("Remove"), None)
            elif name != "EngineVersion":
                configuration[name] = value
        kept = {"State": request.get("State"), "Description": request.get("Description")}
        changes = {name: value for name, value in kept.items() if value is not None}
        self._store.put(group["Name"], {**group, **changes, "Configuration": configuration})
        return {}

    def delete(self, request: Mapping[str, Any]) -> Json:
        if request["WorkGroup"] == PRIMARY:
            raise AwsError("InvalidRequestException", "The primary workgroup cannot be deleted")
        if not self._store.remove(request["WorkGroup"]):
            self.find(request["WorkGroup"])
        return {}

    def find(self, name: str) -> Json:
        """The group with all members of its configuration; raises `AwsError` for an unknown one."""
        group = self._store.get(name)
        if group is None:
            raise AwsError("InvalidRequestException", f"WorkGroup {name} is not found.")
        return {**group, "Configuration": {**_DEFAULTS, **group.get("Configuration", {})}}

    def _group(self, name: str, configuration: Json, description: str) -> Json:
        return {
            "Name": name,
            "State": "ENABLED",
            "Configuration": configuration,
            "Description": description,
            "CreationTime": self._now(),
        }


def is_enforced(group: Mapping[str, Any]) -> bool:
    """Whether the group alone decides where results are put."""
    configuration = group["Configuration"]
    return bool(
        configuration["EnforceWorkGroupConfiguration"] and configuration["ResultConfiguration"].get("OutputLocation")
    )


def output_folder(group: Mapping[str, Any], request: Mapping[str, Any]) -> str:
    """Where a query's result goes, ending in a slash: the group's place if it is enforced or the caller names none.

    Empty for a group that keeps results itself. Raises `AwsError` when there is no location, or more than one.
    """
    configuration = group["Configuration"]
    groups = configuration["ResultConfiguration"].get("OutputLocation", "")
    callers = request.get("ResultConfiguration", {}).get("OutputLocation", "")
    if configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled"):
        if callers:
            raise AwsError(
                "InvalidRequestException",
                "ResultConfiguration and ManagedQueryResultsConfiguration cannot be set together.",
            )
        return ""
    location: str = groups if is_enforced(group) else callers or groups
    if not location.startswith("s3://"):
        raise AwsError(
            "InvalidRequestException",
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input.",
        )
    return location if location.endswith("/") else f"{location}/"


def _updated(current: Mapping[str, Any], updates: Mapping[str, Any]) -> Json:
    removed = {name.removeprefix("Remove") for name, value in updates.items() if name.startswith("Remove") and value}
    added = {name: value for name, value in updates.items() if not name.startswith("Remove")}
    return {**{name: value for name, value in current.items() if name not in removed}, **added}
