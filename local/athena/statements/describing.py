"""A Glue table as SHOW CREATE TABLE, SHOW TBLPROPERTIES and DESCRIBE write it: Hive's lines.

https://docs.aws.amazon.com/athena/latest/ug/show-create-table.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Described = Mapping[str, Any]
_WIDTH = 20
"""Hive pads each cell of a description to this many characters."""


def create_lines(described: Described, database: str) -> list[str]:
    """The CREATE EXTERNAL TABLE that makes such a table, a line a row."""
    storage = described["StorageDescriptor"]
    serde = storage.get("SerdeInfo", {})
    parameters = described.get("Parameters", {})
    lines = [f"CREATE EXTERNAL TABLE `{database}.{described['Name']}`(", *_columns(storage.get("Columns", []))]
    if parameters.get("comment"):
        lines += [f"COMMENT '{parameters['comment']}'"]
    if described.get("PartitionKeys"):
        lines += ["PARTITIONED BY ( ", *_columns(described["PartitionKeys"])]
    if storage.get("BucketColumns"):
        buckets = [f"  {name}" for name in storage["BucketColumns"]]
        lines += ["CLUSTERED BY ( ", ", \n".join(buckets) + ") ", f"INTO {storage['NumberOfBuckets']} BUCKETS"]
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    if serde.get("Parameters"):
        lines += ["WITH SERDEPROPERTIES ( ", *_pairs(serde["Parameters"])]
    lines += ["STORED AS INPUTFORMAT ", f"  '{storage.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{storage.get('OutputFormat', '')}'"]
    lines += ["LOCATION", f"  '{storage.get('Location', '')}'"]
    shown = {name: value for name, value in parameters.items() if name not in ("EXTERNAL", "comment")}
    return lines + (["TBLPROPERTIES (", *_pairs(shown)] if shown else [])


def property_rows(described: Described, wanted: str) -> list[tuple[str, str]]:
    """The table's properties, or the one that is wanted."""
    parameters = described.get("Parameters", {})
    if not wanted:
        return sorted(parameters.items())
    missing = f"Table {described['Name']} does not have property: {wanted}"
    return [(wanted, parameters.get(wanted, missing))]


def describe_lines(described: Described, database: str, formatted: bool) -> list[str]:
    """The columns, then the partition keys again; `formatted` adds what is known of the table."""
    storage = described["StorageDescriptor"]
    keys = described.get("PartitionKeys", [])
    all_columns = [*storage.get("Columns", []), *keys]
    lines = [_cells("# col_name", "data_type", "comment"), _cells("", "", "")] if formatted else []
    lines += [_column(each) for each in all_columns]
    if keys:
        lines += [
            _cells("", "", ""),
            _cells("# Partition Information", "", ""),
            _cells("# col_name", "data_type", "comment"),
        ]
        lines += [_cells("", "", ""), *(_column(each) for each in keys)]
    return lines + list(_details(described, database)) if formatted else lines


def _details(described: Described, database: str) -> Iterator[str]:
    storage = described["StorageDescriptor"]
    yield _cells("", "", "")
    yield _cells("# Detailed Table Information", "", "")
    yield _cells("Database:", database, "")
    yield _cells("Location:", storage.get("Location", ""), "")
    yield _cells("Table Type:", described.get("TableType", ""), "")
    yield _cells("Table Parameters:", "", "")
    for name, value in sorted(described.get("Parameters", {}).items()):
        yield _cells("", name, value)
    yield _cells("", "", "")
    yield _cells("# Storage Information", "", "")
    yield _cells("SerDe Library:", storage.get("SerdeInfo", {}).get("SerializationLibrary", ""), "")
    yield _cells("InputFormat:", storage.get("InputFormat", ""), "")
    yield _cells("OutputFormat:", storage.get("OutputFormat", ""), "")


def padded(text: str) -> str:
    """A cell of a description."""
    return text.ljust(_WIDTH)


def _column(described: Mapping[str, str]) -> str:
    return _cells(described["Name"], described.get("Type", "string"), described.get("Comment", ""))


def _cells(*cells: str) -> str:
    return "\t".join(padded(cell) for cell in cells)


def _columns(described: Sequence[Mapping[str, str]]) -> list[str]:
    shown = [
        f"  `{each['Name']}` {each.get('Type', 'string')}"
        + (f" COMMENT '{each['Comment']}'" if each.get("Comment") else "")
        for each in described
    ]
    return [f"{line}, " for line in shown[:-1]] + [f"{line})" for line in shown[-1:]]


def _pairs(parameters: Mapping[str, str]) -> list[str]:
    shown = [f"  '{_escaped(name)}'='{_escaped(value)}'" for name, value in sorted(parameters.items())]
    return [f"{line}, " for line in shown[:-1]] + [f"{line})" for line in shown[-1:]]


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("'", "\\'").replace("\t", "\\t").replace("\n", "\\n")
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04X}" for letter in plain)
