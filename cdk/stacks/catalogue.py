"""What the data means: the Glue database, its tables and views."""

from aws_cdk import App
from aws_cdk import aws_glue as glue

from cdk.constructs.arns import bucket_name
from cdk.constructs.retention import removal_policy
from cdk.constructs.tables import curated, landing_table, view_table
from cdk.pipeline import Pipeline
from cdk.stacks.base import StatefulStack
from cdk.views import all_views


class Catalogue(StatefulStack):
    """The database with a landing table for each dataset, a curated one for each that is curated, and all views.

    `landing` holds the landing tables by dataset.
    """

    def __init__(self, app: App, pipeline: Pipeline) -> None:
        super().__init__(app, "catalogue", pipeline)
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=pipeline.environment.database, description="Finance data from APIs, files and SQL databases."
            ),
        )
        database.apply_removal_policy(removal_policy(pipeline))
        lake = bucket_name(self, pipeline.environment, "lake")
        self.landing = {
            name: landing_table(self, pipeline, contract, lake) for name, contract in pipeline.contracts.items()
        }
        for table in [*self.landing.values(), *self._derived(pipeline, lake)]:
            table.add_resource_dependency(database)

    def _derived(self, pipeline: Pipeline, lake: str) -> list[glue.CfnTable]:
        return [
            *(curated(self, pipeline, contract, lake) for contract in pipeline.fed),
            *(view_table(self, pipeline, view) for view in all_views(pipeline.contracts)),
        ]
