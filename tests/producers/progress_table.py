"""The progress table in process, by moto, with the keys that the deployed one has."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import boto3
from moto import mock_aws

_numbers = count()


@contextmanager
def progress_table() -> Iterator[Any]:
    """An empty table (boto3's `Table`) until the block ends."""
    with mock_aws():
        dynamodb = boto3.resource(
            "dynamodb", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        yield dynamodb.create_table(
            TableName=f"progress-{next(_numbers)}",
            KeySchema=[
                {"AttributeName": "owner", "KeyType": "HASH"},
                {"AttributeName": "item", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "owner", "AttributeType": "S"},
                {"AttributeName": "item", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )


def items(table: Any) -> list[dict[str, Any]]:
    """Everything in the table."""
    found: list[dict[str, Any]] = table.scan()["Items"]
    return found
