"""What the gateway answers for Glue in MiniStack's stead."""

from typing import Any

import pytest

from local.gateway.ministack.glue import batch_delete_partition, search_tables

TABLES: list[dict[str, Any]] = [
    {"Name": "products", "DatabaseName": "shop", "Description": "This is my table", "Parameters": {"class": "e"}},
    {"Name": "rates", "DatabaseName": "fx", "StorageDescriptor": {"Columns": [{"Name": "quote", "Type": "string"}]}},
]


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ({}, ["products", "rates"]),
        ({"SearchText": "is my"}, ["products"]),
        ({"SearchText": '"QUOTE"'}, ["rates"]),
        ({"SearchText": "nope"}, []),
        ({"Filters": [{"Key": "DatabaseName", "Value": "fx"}]}, ["rates"]),
        ({"Filters": [{"Key": "class", "Value": "e"}], "SearchText": "rates"}, []),
    ],
)
def test_tables_are_searched(request_: dict[str, Any], names: list[str]) -> None:
    assert [table["Name"] for table in search_tables(request_, TABLES)["TableList"]] == names


def test_partitions_are_deleted_one_by_one() -> None:
    deleted: list[dict[str, Any]] = []
    request = {"DatabaseName": "db", "TableName": "t", "PartitionsToDelete": [{"Values": ["1"]}, {"Values": ["2"]}]}
    assert batch_delete_partition(request, deleted.append) == {"Errors": []}
    assert [each["PartitionValues"] for each in deleted] == [["1"], ["2"]]
