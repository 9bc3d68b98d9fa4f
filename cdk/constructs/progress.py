"""What producers remember from run to run: how far each source was read, which quota is spent.

One table for all of them. An item belongs to an `owner` such as `sql/accounts`, which begins with the producer's name:
a producer reaches the items of its own and no others.
"""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk.config import ProducerName
from cdk.constructs.arns import table_arn
from cdk.constructs.permissions import Permission
from cdk.constructs.retention import removal_policy
from cdk.pipeline import Pipeline

_ACTIONS = (
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:Query",
    "dynamodb:ConditionCheckItem",
)


class ProgressTable(dynamodb.Table):
    """The table; an item with `expires` (epoch seconds) goes away some time after it."""

    def __init__(self, scope: Construct, pipeline: Pipeline) -> None:
        super().__init__(
            scope,
            "Progress",
            table_name=pipeline.environment.progress_table,
            partition_key=dynamodb.Attribute(name="owner", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="item", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires",
            deletion_protection=not pipeline.environment.data_deletable,
            removal_policy=removal_policy(pipeline),
        )


def remembers(scope: Construct, pipeline: Pipeline, producer: ProducerName) -> Permission:
    """Permission to read and write what belongs to `producer`."""
    return Permission(
        _ACTIONS,
        (table_arn(scope, pipeline.environment.progress_table),),
        condition=("ForAllValues:StringLike", "dynamodb:LeadingKeys", f"{producer}/*"),
    )
