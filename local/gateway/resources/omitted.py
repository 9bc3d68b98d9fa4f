"""CloudFormation resources that are accepted but left out, and the line that reports it."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.endpoint import ACCOUNT, REGION
from local.gateway.resources.provisioning import Provisioner, generated_name
from local.protocol import Json

LEFT_OUT: Final = frozenset(
    {f"AWS::Athena::{kind}" for kind in ("CapacityReservation", "DataCatalog")}
    | {
        f"AWS::LakeFormation::{kind}"
        for kind in ("DataLakeSettings", "PrincipalPermissions", "Resource", "Tag", "TagAssociation")
    }
    | {
        f"AWS::QuickSight::{kind}"
        for kind in (
            "Analysis",
            "Dashboard",
            "DataSet",
            "DataSource",
            "Folder",
            "RefreshSchedule",
            "Template",
            "Theme",
            "Topic",
        )
    }
    | {"AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition"}
    | {f"AWS::Glue::{kind}" for kind in ("SecurityConfiguration", "Workflow")}
)
"""Types that are accepted but not created: nothing here depends on them. Every other unknown type is refused."""


class Inert(Provisioner):
    """Accepts resources of one type without creating them, and counts them in `omissions`."""

    def __init__(self, resource_type: str, omissions: "Omissions") -> None:
        self._type = resource_type
        self._omissions = omissions

    def create(self, logical_id: str, _properties: Mapping[str, Any], stack: str) -> tuple[str, Json]:
        """Return a made-up physical id, and an Arn that names it."""
        self._omissions.add(stack, self._type)
        physical_id = generated_name(stack, logical_id)
        return physical_id, self._attributes(physical_id)

    def update(
        self, physical_id: str, _old: Mapping[str, Any], _new: Mapping[str, Any], stack: str
    ) -> tuple[str, Json]:
        """Keep the physical id."""
        self._omissions.add(stack, self._type)
        return physical_id, self._attributes(physical_id)

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Do nothing: there is nothing to delete."""

    def _attributes(self, physical_id: str) -> Json:
        service = self._type.split("::")[1].lower()
        return {"Arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{physical_id}", "Id": physical_id}


class Omissions:
    """What was left out of each stack since the last report: one line a stack."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._counts: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def add(self, stack: str, resource_type: str) -> None:
        """Count one resource."""
        with self._lock:
            self._counts.setdefault(stack, Counter())[resource_type] += 1

    def report(self, settled: Callable[[str], bool]) -> None:
        """Report, once, the stacks that are settled."""
        with self._lock:
            found = {stack: self._counts.pop(stack) for stack in list(self._counts) if settled(stack)}
        for stack, counts in found.items():
            listed = ", ".join(f"{name} x {count}" for name, count in sorted(counts.items()))
            self._report(f"left out of stack {stack} (not served locally): {listed}")
