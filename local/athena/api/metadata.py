"""The catalogue's databases and tables in Athena's shapes.

https://docs.aws.amazon.com/athena/latest/APIReference/API_TableMetadata.html
"""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from local.athena.catalogue.glue import is_missing
from local.athena.clients import Glue
from local.protocol import AwsError, Json


class Metadata:
    """Answers the metadata operations from Glue; pages are Glue's."""

    def __init__(self, glue: Glue) -> None:
        self._glue = glue

    def list_catalogues(self, request: Mapping[str, Any]) -> Json:  # noqa: ARG002 - there is one
        return {"DataCatalogsSummary": [{"CatalogName": "AwsDataCatalog", "Type": "GLUE"}]}

    def get_catalogue(self, request: Mapping[str, Any]) -> Json:
        if request["Name"].lower() != "awsdatacatalog":
            raise AwsError(
                "InvalidRequestException", f"Data catalog {request['Name']} was not found; AwsDataCatalog is"
            )
        return {"DataCatalog": {"Name": "AwsDataCatalog", "Type": "GLUE", "Parameters": {}}}

    def get_database(self, request: Mapping[str, Any]) -> Json:
        name = request["DatabaseName"].lower()
        found = [each for each in self.list_databases({})["DatabaseList"] if each["Name"] == name]
        if not found:
            raise metadata_error(f"Database {name} was not found", "EntityNotFoundException")
        return {"Database": found[0]}

    def list_databases(self, request: Mapping[str, Any]) -> Json:
        answer = self._glue.get_databases(**_paging(request))
        members = ("Name", "Description", "Parameters")
        found = [{name: each[name] for name in members if name in each} for each in answer["DatabaseList"]]
        return {"DatabaseList": found, **_next(answer)}

    def get_table(self, request: Mapping[str, Any]) -> Json:
        database, name = request["DatabaseName"].lower(), request["TableName"].lower()
        try:
            answer = self._glue.get_table(DatabaseName=database, Name=name)
        except ClientError as error:
            if not is_missing(error):
                raise
            raise metadata_error(f"Table {database}.{name} was not found", "EntityNotFoundException") from None
        return {"TableMetadata": _table(answer["Table"])}

    def list_tables(self, request: Mapping[str, Any]) -> Json:
        answer = self._glue.get_tables(DatabaseName=request["DatabaseName"].lower(), **_paging(request))
        wanted = re.compile(request.get("Expression") or ".*")
        found = [each for each in answer["TableList"] if wanted.fullmatch(each["Name"])]
        return {"TableMetadataList": [_table(each) for each in found], **_next(answer)}


def metadata_error(text: str, code: str) -> AwsError:
    """Glue's error as Athena wraps it."""
    envelope = f"Service: AmazonDataCatalog; Status Code: 400; Error Code: {code}; Request ID: local; Proxy: null"
    return AwsError("MetadataException", f"{text} ({envelope})")


def _paging(request: Mapping[str, Any]) -> Json:
    return {name: request[name] for name in ("NextToken", "MaxResults") if name in request}


def _next(answer: Mapping[str, Any]) -> Json:
    return {"NextToken": answer["NextToken"]} if answer.get("NextToken") else {}


def _table(described: Mapping[str, Any]) -> Json:
    storage = described.get("StorageDescriptor", {})
    serde = storage.get("SerdeInfo", {})
    parameters = {
        **described.get("Parameters", {}),
        "location": storage.get("Location", ""),
        "inputformat": storage.get("InputFormat", ""),
        "outputformat": storage.get("OutputFormat", ""),
        "serde.serialization.lib": serde.get("SerializationLibrary", ""),
        **{f"serde.param.{name}": value for name, value in serde.get("Parameters", {}).items()},
    }
    if "comment" in parameters:
        parameters["comment"] = re.sub(r"\s+", " ", parameters["comment"])  # Athena shows a comment in one line
    table: Json = {
        "Name": described["Name"],
        "TableType": described.get("TableType", "EXTERNAL_TABLE"),
        "Columns": [_column(each) for each in storage.get("Columns", [])],
        "PartitionKeys": [_column(each) for each in described.get("PartitionKeys", [])],
        "Parameters": {name: value for name, value in parameters.items() if value},
    }
    created = described.get("CreateTime")
    return table if created is None else {**table, "CreateTime": getattr(created, "timestamp", lambda: created)()}


def _column(described: Mapping[str, Any]) -> Json:
    return {name: described[name] for name in ("Name", "Type", "Comment") if name in described}
