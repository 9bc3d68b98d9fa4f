"""How a table's files are stored: formats with their Hive classes, and compressions.

https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html
https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.athena.errors import QueryError
from local.serde import classes


@dataclass(frozen=True)
class Format:
    """A storage format: its name in statements and the Hive classes that stand for it in Glue.

    `writes` maps the compressions of `write_compression` that can be written to what pyarrow calls them, the default
    first; it is empty for a format that cannot be written here.
    """

    name: str
    serde: str
    input_format: str
    output_format: str
    writes: Mapping[str, str]

    def storage(self) -> dict[str, Any]:
        """The members of a Glue StorageDescriptor that name the format."""
        return {
            "InputFormat": self.input_format,
            "OutputFormat": self.output_format,
            "SerdeInfo": {"SerializationLibrary": self.serde, "Parameters": {}},
        }


_TEXT_WRITES = {"GZIP": "gzip", "BZIP2": "bz2", "ZSTD": "zstd", "NONE": "", "UNCOMPRESSED": ""}
_IO = "org.apache.hadoop.hive.ql.io"
PARQUET = Format(
    "PARQUET",
    classes.PARQUET,
    classes.PARQUET_INPUT,
    classes.PARQUET_OUTPUT,
    {"GZIP": "gzip", "SNAPPY": "snappy", "ZSTD": "zstd", "LZ4": "lz4", "NONE": "none", "UNCOMPRESSED": "none"},
)
ORC = Format(
    "ORC",
    classes.ORC,
    f"{_IO}.orc.OrcInputFormat",
    f"{_IO}.orc.OrcOutputFormat",
    {"ZLIB": "zlib", "SNAPPY": "snappy", "ZSTD": "zstd", "LZ4": "lz4", "NONE": "uncompressed"},
)
TEXTFILE = Format("TEXTFILE", classes.LAZY_SIMPLE, classes.TEXT_INPUT, classes.TEXT_OUTPUT, _TEXT_WRITES)
JSON = Format("JSON", classes.HIVE_JSON[0], classes.TEXT_INPUT, classes.TEXT_OUTPUT, _TEXT_WRITES)
AVRO = Format(
    "AVRO",
    "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    f"{_IO}.avro.AvroContainerInputFormat",
    f"{_IO}.avro.AvroContainerOutputFormat",
    {},
)
RCFILE = Format(
    "RCFILE",
    "org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe",
    f"{_IO}.RCFileInputFormat",
    f"{_IO}.RCFileOutputFormat",
    {},
)
SEQUENCEFILE = Format(
    "SEQUENCEFILE",
    classes.LAZY_SIMPLE,
    "org.apache.hadoop.mapred.SequenceFileInputFormat",
    f"{_IO}.HiveSequenceFileOutputFormat",
    {},
)
ION = Format("ION", "com.amazon.ionhiveserde.IonHiveSerDe", f"{_IO}.IonInputFormat", f"{_IO}.IonOutputFormat", {})
_FORMATS = {each.name: each for each in (PARQUET, ORC, TEXTFILE, JSON, AVRO, RCFILE, SEQUENCEFILE, ION)}


def format_named(name: str) -> Format:
    """The format of STORED AS and of `format = `; raises `QueryError`."""
    found = _FORMATS.get(name.upper())
    if found is None:
        raise QueryError("INVALID_TABLE_PROPERTY", f"line 1:1: Unable to set table property 'format' to ['{name}']")
    return found


def written_format(serde: str) -> Format:
    """The format in which rows are added to a table of this SerDe; raises `QueryError` when none can be."""
    lines = [each for each in (PARQUET, ORC, TEXTFILE, JSON) if each.serde == serde]
    if serde == classes.OPENX_JSON:
        return JSON
    if lines:
        return lines[0]
    raise QueryError(
        "NOT_SUPPORTED", f"A table with the SerDe '{serde}' cannot be written; Parquet, ORC, text and JSON can"
    )


def compression(stored: Format, asked: str | None) -> str:
    """The compression that a statement asks for, or the format's own, in Athena's words; raises `QueryError`."""
    if not stored.writes:
        raise QueryError("NOT_SUPPORTED", f"Files of the format {stored.name} cannot be written here")
    name = next(iter(stored.writes)) if asked is None else asked.upper()
    if name not in stored.writes:
        raise QueryError(
            "INVALID_TABLE_PROPERTY",
            f"Compression '{name}' cannot be written for format {stored.name}; {', '.join(stored.writes)} can",
        )
    return name
