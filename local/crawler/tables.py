"""Tables and partitions as crawlers write them to the catalogue."""

import hashlib
import re
from typing import Any, Final

from local.crawler.folders import Folder
from local.crawler.schema import Schema
from local.crawler.types import hive_text
from local.protocol import Json
from local.serde import classes

CRAWLER: Final = "UPDATED_BY_CRAWLER"
"""The table parameter that names the crawler that created it."""

_NAME_CHARS: Final = 128


def table_name(prefix: str, folder: str, location: str, *, is_taken: bool = False) -> str:
    """Lower case, with `_` for anything but letters and digits; a name that is taken gets a digest of the location."""
    digest = f"_{hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()}" if is_taken else ""
    plain = re.sub(r"[^a-z0-9_]", "_", f"{prefix}{folder}".lower())
    return plain[: _NAME_CHARS - len(digest)] + digest


def table_input(name: str, folder: Folder, schema: Schema, crawler: str) -> Json:
    """What CreateTable and UpdateTable take."""
    parameters = _parameters(schema, folder, crawler)
    return {
        "Name": name,
        "Owner": "owner",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in folder.keys],
        "Parameters": parameters,
        "StorageDescriptor": storage(schema, folder.location, parameters),
    }


def partition_input(values: tuple[str, ...], location: str, table: Json, schema: Schema | None) -> Json:
    """What CreatePartition takes: the table's descriptor at `location`, with the columns of `schema` if given."""
    described = {**table["StorageDescriptor"], "Location": location}
    if schema is not None:
        described["Columns"] = _columns(schema)
    return {"Values": list(values), "StorageDescriptor": described, "Parameters": described["Parameters"]}


def storage(schema: Schema, location: str, parameters: Json) -> Json:
    """The StorageDescriptor."""
    is_parquet = schema.format == "parquet"
    return {
        "Columns": _columns(schema),
        "Location": location,
        "InputFormat": classes.PARQUET_INPUT if is_parquet else classes.TEXT_INPUT,
        "OutputFormat": classes.PARQUET_OUTPUT if is_parquet else classes.TEXT_OUTPUT,
        "Compressed": schema.compression != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": _serde(schema),
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": parameters,
        "StoredAsSubDirectories": False,
    }


def shape(table: Any) -> Json:
    """The parts of a table's description that a change of its files may change."""
    described = table["StorageDescriptor"]
    return {
        "columns": [(each["Name"], each["Type"]) for each in described["Columns"]],
        "keys": [each["Name"] for each in table.get("PartitionKeys", [])],
        "serde": described["SerdeInfo"],
        "header": table["Parameters"].get("skip.header.line.count", "0"),
    }


def _columns(schema: Schema) -> list[Json]:
    return [{"Name": name, "Type": hive_text(kind)} for name, kind in schema.columns.items()]


def _parameters(schema: Schema, folder: Folder, crawler: str) -> Json:
    parameters = {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        CRAWLER: crawler,
        "classification": schema.format,
        "compressionType": schema.compression,
        "objectCount": str(len(folder.files)),
        "sizeKey": str(sum(stored.size for stored in folder.files)),
        "typeOfData": "file",
    }
    if schema.csv is not None:
        parameters |= {
            "areColumnsQuoted": str(schema.csv.is_quoted).lower(),
            "columnsOrdered": "true",
            "delimiter": schema.csv.delimiter,
        }
        if schema.csv.has_header:
            parameters["skip.header.line.count"] = "1"
    return parameters


def _serde(schema: Schema) -> Json:
    if schema.format == "parquet":
        library, parameters = classes.PARQUET, {"serialization.format": "1"}
    elif schema.csv is None:
        library, parameters = classes.OPENX_JSON, {"paths": ",".join(sorted(schema.columns))}
    elif schema.csv.is_quoted:
        library = classes.OPEN_CSV
        parameters = {"separatorChar": schema.csv.delimiter, "quoteChar": '"', "escapeChar": "\\"}
    else:
        library = classes.LAZY_SIMPLE
        parameters = {"field.delim": schema.csv.delimiter}
    return {"SerializationLibrary": library, "Parameters": parameters}
