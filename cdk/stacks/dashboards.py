"""What people look at: a QuickSight dashboard for each file of `dashboards/`, over SPICE data sets of the views.

A file holds a dashboard's definition as `aws quicksight describe-dashboard-definition` gives it; the data sets that it
declares are named like the views that they show.
"""

import json
from pathlib import Path
from typing import Any

from aws_cdk import App
from aws_cdk import aws_quicksight as quicksight

from cdk.config import ConfigError
from cdk.constructs.quicksight_data import DataSet, DataSource, owned_by
from cdk.pipeline import Pipeline
from cdk.stacks.base import PipelineStack
from cdk.views import all_views

DASHBOARDS = Path(__file__).parents[2] / "dashboards"

_OWNER_OF_DASHBOARD = (
    "DescribeDashboard", "ListDashboardVersions", "UpdateDashboardPermissions", "QueryDashboard", "UpdateDashboard",
    "DeleteDashboard", "DescribeDashboardPermissions", "UpdateDashboardPublishedVersion",
)  # fmt: skip


class Dashboards(PipelineStack):
    """The dashboards, owned by the environment's `dashboard_principal`; only made where there is one."""

    def __init__(self, app: App, pipeline: Pipeline, folder: Path = DASHBOARDS) -> None:
        super().__init__(app, "dashboards", pipeline)
        assert pipeline.environment.dashboard_principal is not None
        self._pipeline, self._principal = pipeline, pipeline.environment.dashboard_principal
        self._views = {view.name: view for view in all_views(pipeline.contracts)}
        self._source = DataSource(self, pipeline.environment, self._principal)
        self._data_sets: dict[str, DataSet] = {}
        for file in sorted(folder.glob("*.json")):
            self._dashboard(file.stem, json.loads(file.read_text()))

    def _dashboard(self, name: str, definition: dict[str, Any]) -> None:
        for declaration in definition["DataSetIdentifierDeclarations"]:
            declaration["DataSetArn"] = self._data_set(name, declaration["Identifier"]).arn
        owner, actions = owned_by(self._principal, _OWNER_OF_DASHBOARD)
        dashboard = quicksight.CfnDashboard(
            self,
            f"{name.capitalize()}Dashboard",
            aws_account_id=self.account,
            dashboard_id=f"{self._pipeline.environment.prefix}-{name}",
            name=name.capitalize(),
            permissions=[quicksight.CfnDashboard.ResourcePermissionProperty(principal=owner, actions=actions)],
        )
        dashboard.add_property_override("Definition", definition)

    def _data_set(self, dashboard: str, view: str) -> DataSet:
        if view not in self._views:
            valid = ", ".join(self._views)
            raise ConfigError(f"dashboards/{dashboard}.json: there is no view {view!r} to show; valid: {valid}")
        if view not in self._data_sets:
            environment = self._pipeline.environment
            self._data_sets[view] = DataSet(self, environment, self._source, self._views[view])
        return self._data_sets[view]
