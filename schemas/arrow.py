"""The Arrow face of a contract: the schema that a landed Parquet file has when it is read back."""

import pyarrow as pa

from schemas.contract import ColumnType, Contract

_TYPES: dict[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "decimal": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ns"),  # Firehose writes INT96, which reads as nanoseconds
}


def arrow_schema(contract: Contract) -> pa.Schema:
    """The columns inside the Parquet files, in the table's order; partition keys are not among them."""
    return pa.schema([pa.field(column.name, _TYPES[column.type]) for column in contract.all_columns])
