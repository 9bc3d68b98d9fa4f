"""The DynamoDB table of what producers remember: what is needed of it, and how it is read and written safely.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
"""

from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import ClientError

Item = dict[str, Any]


class Table(Protocol):
    """The calls of boto3's `Table` that are needed; items have the keys `owner` and `item`."""

    def get_item(self, **request: Any) -> Any: ...
    def put_item(self, **request: Any) -> Any: ...
    def update_item(self, **request: Any) -> Any: ...
    def delete_item(self, **request: Any) -> Any: ...
    def query(self, **request: Any) -> Any: ...


def items_beginning_with(table: Table, owner: str, prefix: str) -> list[Item]:
    """All items of `owner` whose names begin with `prefix`, in order."""
    found: list[Item] = []
    more: Item = {}
    while True:
        answer = table.query(
            KeyConditionExpression="#owner = :owner AND begins_with(#item, :prefix)",
            ExpressionAttributeNames={"#owner": "owner", "#item": "item"},
            ExpressionAttributeValues={":owner": owner, ":prefix": prefix},
            ConsistentRead=True,
            **more,
        )
        found += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return found
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def unless_raced(write: Callable[[], object]) -> bool:
    """Whether `write` found its condition met."""
    try:
        write()
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True
