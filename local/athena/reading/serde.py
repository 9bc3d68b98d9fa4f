"""Which reader a table's SerDe asks for.

https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
"""

from local.athena.catalogue.glue import Table
from local.athena.errors import QueryError
from local.athena.reading.json_lines import JsonReader, openx_options
from local.athena.reading.lazy_simple import Delimiters, LazySimpleReader
from local.athena.reading.open_csv import OpenCsvReader, Quoting
from local.athena.reading.orc import OrcReader
from local.athena.reading.parquet import ParquetReader
from local.athena.reading.pieces import Reader
from local.athena.reading.scan import Objects
from local.serde.classes import HIVE_JSON, LAZY_SIMPLE, OPEN_CSV, OPENX_JSON, ORC, PARQUET
from local.serde.options import HiveJson

_READ = (PARQUET, ORC, LAZY_SIMPLE, OPEN_CSV, OPENX_JSON, *HIVE_JSON)
_PLAIN = {
    "line.delim": ("\n", "10"),
    "serialization.encoding": ("UTF-8", "utf-8", "UTF8", "utf8"),
    "skip.footer.line.count": ("0",),
    "timestamp.formats": (),
    "serialization.last.column.takes.rest": ("false",),
}
"""Parameters that would change how text is read, and the values of them that do not."""


def reader_of(table: Table, objects: Objects) -> Reader:
    """The reader of the table's files; raises `QueryError` for a SerDe or a parameter that is not read here."""
    if table.parameters.get("table_type", "").upper() in ("ICEBERG", "DELTA"):
        kind = table.parameters["table_type"]
        raise _unsupported(table, f"is of type {kind}; tables of files with a SerDe can be queried here")
    if table.serde == PARQUET:
        return ParquetReader(objects)
    if table.serde == ORC:
        return OrcReader(objects)
    settings = {**table.parameters, **table.serde_parameters}
    if table.serde in (OPENX_JSON, *HIVE_JSON):
        openx = table.serde == OPENX_JSON
        options = openx_options(settings) if openx else HiveJson(_formats(settings), rounds_decimals=True)
        malformed = openx and settings.get("ignore.malformed.json", "false").lower() == "true"
        return JsonReader(objects, table.columns, options, ignore_malformed=malformed)
    if table.serde not in (LAZY_SIMPLE, OPEN_CSV):
        raise _unsupported(table, f"has the SerDe '{table.serde}'; read here are {', '.join(_READ)}")
    for name, plain in _PLAIN.items():
        if settings.get(name) not in (None, *plain):
            raise _unsupported(table, f"has the parameter '{name}' = '{settings[name]}', which is not read here")
    names = [column.name for column in table.columns]
    skip = int(settings.get("skip.header.line.count", "0"))
    if table.serde == LAZY_SIMPLE:
        return LazySimpleReader(objects, names, Delimiters.of(settings), skip)
    return OpenCsvReader(objects, names, Quoting.of(settings), skip)


def _formats(settings: dict[str, str]) -> tuple[str, ...]:
    return tuple(filter(None, settings.get("timestamp.formats", "").split(",")))


def _unsupported(table: Table, why: str) -> QueryError:
    return QueryError("HIVE_UNSUPPORTED_FORMAT", f"Table {table.database}.{table.name} {why}")
