"""A DynamoDB table in memory, with the few calls that the Alpha Vantage producer makes; the quota's tests use moto."""

import copy
from typing import Any

from botocore.exceptions import ClientError

_UNCHANGED = "attribute_not_exists(version) OR version = :seen"
"""The only condition that it knows."""


class FakeTable:
    """Items by their keys `owner` and `item`."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}

    def get_item(self, **request: Any) -> dict[str, Any]:
        found = self.items.get((request["Key"]["owner"], request["Key"]["item"]))
        return {"Item": copy.deepcopy(found)} if found else {}

    def put_item(self, **request: Any) -> dict[str, Any]:
        item = request["Item"]
        key = item["owner"], item["item"]
        if condition := request.get("ConditionExpression"):
            assert condition == _UNCHANGED
            seen = request["ExpressionAttributeValues"][":seen"]
            if self.items.get(key, {}).get("version", seen) != seen:
                raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
        self.items[key] = copy.deepcopy(item)
        return {}
