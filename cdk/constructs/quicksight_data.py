"""QuickSight data: the Athena data source, and a SPICE data set over each view that a dashboard shows."""

from aws_cdk import Stack
from aws_cdk import aws_quicksight as quicksight
from constructs import Construct

from cdk.config import Environment, construct_id
from cdk.constructs.quicksight_role import query_role
from cdk.views import View

_OWNER_OF_SOURCE = (
    "DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource", "UpdateDataSource", "DeleteDataSource",
    "UpdateDataSourcePermissions",
)  # fmt: skip
_OWNER_OF_SET = (
    "DescribeDataSet", "DescribeDataSetPermissions", "PassDataSet", "DescribeIngestion", "ListIngestions",
    "UpdateDataSet", "DeleteDataSet", "CreateIngestion", "CancelIngestion", "UpdateDataSetPermissions",
)  # fmt: skip

_TYPES = {
    "string": "STRING", "boolean": "BOOLEAN", "int": "INTEGER", "bigint": "INTEGER", "double": "DECIMAL",
    "decimal": "DECIMAL", "date": "DATETIME", "timestamp": "DATETIME",
}  # fmt: skip
"""QuickSight's type of each Hive type, without its digits."""

_REFRESHED_AT = "06:00"


def owned_by(principal: str, actions: tuple[str, ...]) -> tuple[str, list[str]]:
    """The principal and its permissions, as QuickSight spells them."""
    return principal, [f"quicksight:{action}" for action in actions]


class DataSource(quicksight.CfnDataSource):
    """Athena in the pipeline's workgroup, queried in a role of its own."""

    def __init__(self, scope: Construct, environment: Environment, principal: str) -> None:
        owner, actions = owned_by(principal, _OWNER_OF_SOURCE)
        super().__init__(
            scope,
            "Source",
            aws_account_id=Stack.of(scope).account,
            data_source_id=environment.prefix,
            name=environment.prefix,
            type="ATHENA",
            data_source_parameters=quicksight.CfnDataSource.DataSourceParametersProperty(
                athena_parameters=quicksight.CfnDataSource.AthenaParametersProperty(
                    work_group=environment.workgroup, role_arn=query_role(scope, environment).role_arn
                )
            ),
            permissions=[quicksight.CfnDataSource.ResourcePermissionProperty(principal=owner, actions=actions)],
        )


class DataSet(Construct):
    """The rows of `view` in SPICE, refreshed each day."""

    def __init__(self, scope: Construct, environment: Environment, source: DataSource, view: View) -> None:
        super().__init__(scope, construct_id(view.name))
        assert environment.dashboard_principal is not None
        self._data_set_id = f"{environment.prefix}-{view.name}"
        owner, actions = owned_by(environment.dashboard_principal, _OWNER_OF_SET)
        data_set = quicksight.CfnDataSet(
            self,
            "DataSet",
            aws_account_id=Stack.of(self).account,
            data_set_id=self._data_set_id,
            name=view.name,
            import_mode="SPICE",
            physical_table_map={view.name.replace("_", "-"): _table(environment, source, view)},
            permissions=[quicksight.CfnDataSet.ResourcePermissionProperty(principal=owner, actions=actions)],
            ingestion_wait_policy=quicksight.CfnDataSet.IngestionWaitPolicyProperty(wait_for_spice_ingestion=False),
        )
        self.arn = data_set.attr_arn
        self._refresh().add_resource_dependency(data_set)

    def _refresh(self) -> quicksight.CfnRefreshSchedule:
        return quicksight.CfnRefreshSchedule(
            self,
            "Refresh",
            aws_account_id=Stack.of(self).account,
            data_set_id=self._data_set_id,
            schedule=quicksight.CfnRefreshSchedule.RefreshScheduleMapProperty(
                schedule_id="daily",
                refresh_type="FULL_REFRESH",
                schedule_frequency=quicksight.CfnRefreshSchedule.ScheduleFrequencyProperty(
                    interval="DAILY", time_of_the_day=_REFRESHED_AT, time_zone="UTC"
                ),
            ),
        )


def _table(environment: Environment, source: DataSource, view: View) -> quicksight.CfnDataSet.PhysicalTableProperty:
    return quicksight.CfnDataSet.PhysicalTableProperty(
        relational_table=quicksight.CfnDataSet.RelationalTableProperty(
            data_source_arn=source.attr_arn,
            catalog="AwsDataCatalog",
            schema=environment.database,
            name=view.name,
            input_columns=[
                quicksight.CfnDataSet.InputColumnProperty(name=column.name, type=_TYPES[column.type.partition("(")[0]])
                for column in view.columns
            ],
        )
    )
