"""Makes the tables and views that a statement names known to the engine."""

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from local.athena.catalogue.glue import CATALOGUE, Catalogue, Table
from local.athena.catalogue.information_schema import SCHEMA, information, information_columns
from local.athena.catalogue.projection import Projection, projection_of
from local.athena.clients import Clients
from local.athena.errors import QueryError, position
from local.athena.reading.columns import conform
from local.athena.reading.dataset import DataFile, TableDataset, dataset
from local.athena.reading.files import Listing
from local.athena.reading.scan import Meter, Objects
from local.athena.reading.serde import reader_of
from local.athena.shared_values import SharedValues
from local.athena.stale_views import as_declared
from local.athena.trino import Language, Prelude, Source, translated
from local.athena.types import arrow_field, source_of

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_DEEPEST_VIEW = 32
_PARTITIONS = "$partitions"
"""`"table$partitions"`: https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog-listing-partitions.html"""


class Definitions:
    """Defines, for one query and in its engine, each named table as an Arrow dataset and each view by its text."""

    def __init__(
        self, clients: Clients, engine: duckdb.DuckDBPyConnection, prelude: Prelude, meter: Meter, now: datetime
    ) -> None:
        self._catalogue = Catalogue(clients.glue)
        self._listing = Listing(clients.s3)
        self._engine = engine
        self._prelude = prelude
        self._meter = meter
        self._objects = Objects(clients.s3, meter)
        self._now = now
        self.sources: dict[tuple[str, str], Source] = {}
        """What has been defined, by database and name."""

    def define(self, statement: exp.Expr, database: str, sql: str) -> None:
        """Define all that `statement` reads and write full names into it; raises `QueryError` for an unknown table."""
        self._define(statement, database, sql, depth=0, equal=_equalities(statement))

    def _define(self, statement: exp.Expr, database: str, sql: str, depth: int, equal: set[str]) -> None:
        if depth > _DEEPEST_VIEW:
            raise QueryError("VIEW_IS_RECURSIVE", f"views are nested more than {_DEEPEST_VIEW} deep")
        for reference in list(statement.find_all(exp.Table)):
            if not isinstance(reference.this, exp.Identifier) or _is_cte(reference):
                continue
            where = position(sql, reference)
            without_catalogue(reference)
            schema = (reference.db or database).lower()
            name = reference.name.lower()
            if (schema, name) not in self.sources:
                self.sources[schema, name] = self._named(schema, name, where, depth, equal)
            reference.set("db", exp.to_identifier(schema, quoted=True))
            reference.set("this", exp.to_identifier(name, quoted=True))

    def _named(self, schema: str, name: str, where: str, depth: int, equal: set[str]) -> Source:
        if schema == SCHEMA:
            return self._inform(name, where)
        if name.endswith(_PARTITIONS):
            return self._partitions(self._found(schema, name.removesuffix(_PARTITIONS), where))
        return self._source(self._found(schema, name, where), where, depth, equal)

    def _partitions(self, table: Table) -> Source:
        """The values of a table's registered partitions, its keys being the columns."""
        if not table.partition_keys or projection_of(table, self._now) is not None:
            raise QueryError("NOT_SUPPORTED", f"{table.name}{_PARTITIONS}: {table.name} has no registered partitions")
        schema = pa.schema([arrow_field(key) for key in table.partition_keys])
        found = [partition.values for partition in self._catalogue.partitions(table)]
        rows = [[_typed(value, field).as_py() for value, field in zip(each, schema, strict=True)] for each in found]
        name = f"{table.database}/{table.name}{_PARTITIONS}"
        self._engine.register(
            name, pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)
        )
        return source_of(name, table.partition_keys)

    def _inform(self, name: str, where: str) -> Source:
        columns = information_columns(name)
        if not columns:
            raise QueryError("TABLE_NOT_FOUND", f"{where}: Table '{CATALOGUE}.{SCHEMA}.{name}' does not exist")
        self._engine.register(f"{SCHEMA}/{name}", information(self._catalogue, name))
        return source_of(f"{SCHEMA}/{name}", columns)

    def _found(self, schema: str, name: str, where: str) -> Table:
        if not schema:
            raise QueryError("MISSING_SCHEMA_NAME", f"{where}: Schema must be specified when session schema is not set")
        table = self._catalogue.table(schema, name)
        if table is not None:
            return table
        if schema not in self._catalogue.databases():
            raise QueryError("SCHEMA_NOT_FOUND", f"{where}: Schema '{schema}' does not exist")
        raise QueryError("TABLE_NOT_FOUND", f"{where}: Table '{CATALOGUE}.{schema}.{name.lower()}' does not exist")

    def _source(self, table: Table, where: str, depth: int, equal: set[str]) -> Source:
        if table.is_foreign_view:
            raise QueryError("NOT_SUPPORTED", f"{where}: Hive views are not supported: '{table.database}.{table.name}'")
        if table.view_sql is None:
            name = f"{table.database}/{table.name}"
            data = self._data(table, equal)
            self._engine.register(name, data)
            keys = pa.schema([data.schema.field(key.name) for key in table.partition_keys])
            shared = SharedValues(self._engine, self._prelude, data.files, keys)
            return source_of(name, (*table.columns, *table.partition_keys), shared)
        body = sqlglot.parse_one(table.view_sql, dialect=Language)
        self._define(body, table.view_schema, table.view_sql, depth + 1, equal | _equalities(body))
        return as_declared(translated(body, self.sources, table.view_sql, self._now), table, where).source

    def _data(self, table: Table, equal: set[str]) -> TableDataset:
        schema = pa.schema([arrow_field(each) for each in (*table.columns, *table.partition_keys)])
        reader = reader_of(table, self._objects)
        return dataset(list(self._data_files(table, schema, equal)), schema, reader, self._meter)

    def _data_files(self, table: Table, schema: pa.Schema, equal: set[str]) -> Iterator[DataFile]:
        projection = projection_of(table, self._now)
        if projection is not None:
            yield from self._projected(projection, schema, equal)
        elif table.partition_keys:
            yield from self._registered(table, schema)
        else:
            yield from (DataFile(stored, {}) for stored in self._listing.under(table.location))

    def _projected(self, projection: Projection, schema: pa.Schema, equal: set[str]) -> Iterator[DataFile]:
        for name in sorted(projection.injected - equal):
            raise QueryError(
                "CONSTRAINT_VIOLATION",
                f"For the injected projected partition column {name}, the WHERE clause must contain only static "
                "equality conditions, and at least one such condition must be present.",
            )
        for stored in self._listing.under(projection.start):
            values = projection.values(stored.uri)
            if values is not None:
                yield DataFile(stored, {name: _typed(value, schema.field(name)) for name, value in values.items()})

    def _registered(self, table: Table, schema: pa.Schema) -> Iterator[DataFile]:
        if table.location:
            self._listing.under(table.location)
        for partition in self._catalogue.partitions(table):
            typed = {
                key.name: _typed(value, schema.field(key.name))
                for key, value in zip(table.partition_keys, partition.values, strict=True)
            }
            yield from (DataFile(stored, typed) for stored in self._listing.under(partition.location))


def without_catalogue(table: exp.Table) -> None:
    """Drop `awsdatacatalog` in front of a database; raises `QueryError` for another catalogue."""
    if table.catalog and table.catalog.lower() != CATALOGUE:
        raise QueryError("CATALOG_NOT_FOUND", f"line 1:1: Catalog '{table.catalog}' does not exist")
    table.set("catalog", None)


def _typed(value: str, key: pa.Field) -> pa.Scalar:
    """A partition value as its column's type; raises `QueryError` when it is not one of that type."""
    if value == _NO_VALUE:
        return pa.scalar(None, key.type)
    try:
        return conform(pa.array([value]).cast(key.type), key)[0]
    except pa.ArrowInvalid:
        raise QueryError("HIVE_INVALID_PARTITION_VALUE", f"Invalid partition value '{value}' for {key.type}") from None


def _equalities(statement: exp.Expr) -> set[str]:
    """Columns that the statement compares with a literal by `=` or `IN`."""
    found = set()
    for node in statement.find_all(exp.EQ, exp.In):
        values = node.expressions if isinstance(node, exp.In) else [node.expression]
        if isinstance(node.this, exp.Column) and values and all(isinstance(value, exp.Literal) for value in values):
            found.add(node.this.name.lower())
    return found


def _is_cte(reference: exp.Table) -> bool:
    """Whether the name means a WITH query in whose scope it stands."""
    if reference.db:
        return False
    inside: exp.Expr = reference
    while inside.parent is not None:
        inside, outer = inside.parent, inside
        clause = inside if isinstance(inside, exp.With) else inside.args.get("with_")
        if clause is None or outer is clause:
            continue
        for query in clause.expressions:
            if query is outer and not clause.args.get("recursive"):
                break
            if query.alias.lower() == reference.name.lower():
                return True
    return False
