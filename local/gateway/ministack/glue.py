"""Operations of Glue that MiniStack lacks.

https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeletePartition.html
https://docs.aws.amazon.com/glue/latest/webapi/API_SearchTables.html
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.protocol import Json

Table = Mapping[str, Any]


def batch_delete_partition(request: Mapping[str, Any], delete: Callable[[Json], object]) -> Json:
    """Delete each partition by MiniStack's own DeletePartition, which never fails."""
    table = {name: request[name] for name in ("DatabaseName", "TableName")}
    for partition in request["PartitionsToDelete"]:
        delete({**table, "PartitionValues": partition["Values"]})
    return {"Errors": []}


def search_tables(request: Mapping[str, Any], tables: Iterable[Table]) -> Json:
    """Tables whose name, description, columns or parameters contain the text, and that match all filters: one page."""
    text = request.get("SearchText", "").strip('"').lower()
    filters = request.get("Filters", [])
    found = [table for table in tables if text in _words(table) and all(_takes(each, table) for each in filters)]
    return {"TableList": found}


def _words(table: Table) -> str:
    columns = [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]
    said = [table["Name"], table.get("Description", ""), *table.get("Parameters", {}).values()]
    return "\n".join([*said, *(column["Name"] for column in columns)]).lower()


def _takes(wanted: Mapping[str, str], table: Table) -> bool:
    """Filter keys are names of members or parameters; values are compared as a whole."""
    return str(table.get(wanted["Key"], table.get("Parameters", {}).get(wanted["Key"], ""))) == wanted["Value"]
