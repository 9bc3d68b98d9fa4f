"""Workgroups, named queries and prepared statements of CloudFormation templates, created by the gateway's own Athena.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Athena.html
"""

from collections.abc import Mapping
from typing import Any, Final

from local.gateway.resources.provisioning import Provisioner, generated_name
from local.protocol import Json


class Workgroups(Provisioner):
    """Creates `AWS::Athena::WorkGroup`; `Ref` is its name."""

    resource_type = "AWS::Athena::WorkGroup"

    def create(self, _logical_id: str, properties: Mapping[str, Any], _stack: str) -> tuple[str, Json]:
        """Return the workgroup's name."""
        request = {"Name": properties["Name"], "Configuration": _configuration(properties)}
        self._ask("CreateWorkGroup", {**request, **_present(properties, "Description", "Tags")})
        return properties["Name"], {}

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Change the workgroup in place; a new name is a new workgroup."""
        if new["Name"] != physical_id:
            return self._replace(physical_id, old, new, stack)
        updates = _configuration(new)
        if "ResultConfiguration" in updates:
            updates["ResultConfigurationUpdates"] = updates.pop("ResultConfiguration")
        request = {"WorkGroup": physical_id, "ConfigurationUpdates": updates}
        self._ask("UpdateWorkGroup", {**request, **_present(new, "Description", "State")})
        return physical_id, {}

    def existing(self, properties: Mapping[str, Any]) -> str | None:
        """The workgroup's name."""
        return self._if_there(properties["Name"], "GetWorkGroup", {"WorkGroup": properties["Name"]})

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the workgroup, unless it is gone."""
        known = self._ask("ListWorkGroups", {})["WorkGroups"]
        if any(group["Name"] == physical_id for group in known):
            self._ask("DeleteWorkGroup", {"WorkGroup": physical_id, "RecursiveDeleteOption": True})


class NamedQueries(Provisioner):
    """Creates `AWS::Athena::NamedQuery`; `Ref` is its id. Every change replaces it, as on AWS."""

    resource_type = "AWS::Athena::NamedQuery"

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return the query's id."""
        request = {"Name": generated_name(stack, logical_id), **properties}
        query_id = self._ask("CreateNamedQuery", request)["NamedQueryId"]
        return query_id, {"NamedQueryId": query_id}

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return the new query's id."""
        return self._replace(physical_id, old, new, stack)

    def existing(self, properties: Mapping[str, Any]) -> str | None:
        """The id of a query of that name and text: AWS would make a second one."""
        listed = self._ask("ListNamedQueries", {"WorkGroup": properties.get("WorkGroup", "primary")})
        for query_id in listed["NamedQueryIds"]:
            query = self._ask("GetNamedQuery", {"NamedQueryId": query_id})["NamedQuery"]
            if all(query.get(name) == value for name, value in properties.items()):
                return str(query_id)
        return None

    def adopt(self, physical_id: str, _properties: Mapping[str, Any], _stack: str) -> tuple[str, Json]:
        """Return the query's id: it is as it should be."""
        return physical_id, {"NamedQueryId": physical_id}

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the query."""
        self._ask("DeleteNamedQuery", {"NamedQueryId": physical_id})


class PreparedStatements(Provisioner):
    """Creates `AWS::Athena::PreparedStatement`; `Ref` is its name."""

    resource_type = "AWS::Athena::PreparedStatement"

    def create(self, _logical_id: str, properties: Mapping[str, Any], _stack: str) -> tuple[str, Json]:
        """Return the statement's name."""
        self._ask("CreatePreparedStatement", dict(properties))
        return properties["StatementName"], {}

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Change the statement in place; another name or workgroup is another statement."""
        if any(old[name] != new[name] for name in ("StatementName", "WorkGroup")):
            return self._replace(physical_id, old, new, stack)
        self._ask("UpdatePreparedStatement", dict(new))
        return physical_id, {}

    def existing(self, properties: Mapping[str, Any]) -> str | None:
        """The statement's name."""
        request = {name: properties[name] for name in ("StatementName", "WorkGroup")}
        return self._if_there(properties["StatementName"], "GetPreparedStatement", request)

    def delete(self, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the statement."""
        request = {"StatementName": physical_id, "WorkGroup": properties["WorkGroup"]}
        self._ask("DeletePreparedStatement", request)


def _configuration(properties: Mapping[str, Any]) -> Json:
    """The workgroup's configuration; a number may be text in a template."""
    configuration = dict(properties.get("WorkGroupConfiguration", {}))
    if "BytesScannedCutoffPerQuery" in configuration:
        configuration["BytesScannedCutoffPerQuery"] = int(configuration["BytesScannedCutoffPerQuery"])
    return configuration


def _present(properties: Mapping[str, Any], *names: str) -> Json:
    return {name: properties[name] for name in names if name in properties}


PROVISIONERS: Final = (Workgroups, NamedQueries, PreparedStatements)
