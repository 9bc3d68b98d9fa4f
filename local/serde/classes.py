"""The Hive classes that a Glue table names for reading its files.

https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
"""

from typing import Final

_IO: Final = "org.apache.hadoop.hive.ql.io"

PARQUET: Final = f"{_IO}.parquet.serde.ParquetHiveSerDe"
ORC: Final = f"{_IO}.orc.OrcSerde"
LAZY_SIMPLE: Final = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV: Final = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
OPENX_JSON: Final = "org.openx.data.jsonserde.JsonSerDe"
HIVE_JSON: Final = ("org.apache.hive.hcatalog.data.JsonSerDe", "org.apache.hadoop.hive.serde2.JsonSerDe")
"""The name that new tables get, and an alias."""

PARQUET_INPUT: Final = f"{_IO}.parquet.MapredParquetInputFormat"
PARQUET_OUTPUT: Final = f"{_IO}.parquet.MapredParquetOutputFormat"
TEXT_INPUT: Final = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT: Final = f"{_IO}.HiveIgnoreKeyTextOutputFormat"
