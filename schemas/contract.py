"""The contract of a dataset: its columns, its key, its partition, its checks and where it comes from.

One YAML file in `schemas/datasets/` holds one `Contract`; everything else (Glue table, Firehose stream, transform,
Arrow schema, view SQL, QuickSight data set) is derived from it.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

from msgspec import Meta, structs

from schemas.alpha_vantage import AlphaVantage
from schemas.checks import AtLeast, Check, OneOf, check_values
from schemas.files import Booleans, Files, Numbers
from schemas.sql import Sql
from schemas.value import Line, Lines, Name, Names, Value

ColumnType = Literal["string", "boolean", "int", "bigint", "double", "decimal", "date", "timestamp"]
Unit = Literal["year", "month", "day"]
PARTITION_CHARS: Final[dict[Unit, int]] = {"year": len("2010"), "month": len("2010-01"), "day": len("2010-01-04")}
"""How many characters of an ISO date name its partition."""
NUMBERS: Final[frozenset[ColumnType]] = frozenset({"int", "bigint", "double", "decimal"})
MAX_PRECISION: Final = 38
"""Digits that a decimal has at most, in Hive and in Trino."""


class Column(Value, frozen=True, rename={"source_names": "from"}):
    """One column. `source_names` (`from:` in YAML) are the field's names at the source, if they differ.

    A decimal has `precision` digits, `scale` of them after the point. Raises `ValueError` where that does not fit.
    """

    name: Name
    type: ColumnType
    description: Line = ""
    source_names: str | tuple[str, ...] = ()
    required: bool = False
    precision: Annotated[int, Meta(ge=0, le=MAX_PRECISION)] = 0
    scale: Annotated[int, Meta(ge=0, le=MAX_PRECISION)] = 0

    def __post_init__(self) -> None:
        if self.type != "decimal" and (self.precision or self.scale):
            raise ValueError(f"{self.name} is a {self.type}; precision and scale are for decimals")
        if self.type == "decimal" and not 0 < self.precision >= self.scale:
            raise ValueError(f"{self.name} needs a precision: how many digits it has, at least its scale")

    @property
    def accepted_names(self) -> tuple[str, ...]:
        """Every name the field may come under, the likeliest first; the column's own name always is one of them."""
        names = (self.source_names,) if isinstance(self.source_names, str) else self.source_names
        return (*names, self.name)


class Partition(Value, frozen=True):
    """Rows are stored by `unit` of the date or timestamp column `by`; `since` is the first year that can occur."""

    by: Name
    unit: Unit = "year"
    since: Annotated[int, Meta(ge=1900, le=2100)] = 1990


class Put(Value, frozen=True, tag="put", tag_field="kind"):
    """Anybody who puts records to the stream."""


class Internal(Value, frozen=True, tag="internal", tag_field="kind"):
    """Standpipe itself, which writes rows in their final form: the stream has no transform."""


Source = AlphaVantage | Sql | Files | Put | Internal

LINEAGE = (
    Column("source", "string", "Where the row came from: a file's URI and version, an API call, a query."),
    Column("ingested_at", "timestamp", "When the reading of its source began, or else the row was transformed; UTC."),
)
"""Columns that every landed row carries and no contract declares."""

DELETED = Column("is_deleted", "boolean", "Whether this version says that the row is gone at its source.")
"""One more of them, for datasets from a SQL database, whether deletes are compared now or were once: what is gone stays
gone. In rows that landed before it is null."""

UNPARTITIONED = "part"
"""The partition key of a curated table whose contract has no partition: a partition is exchanged in one call."""

WATERMARKS: frozenset[ColumnType] = frozenset({"timestamp", "date", "int", "bigint"})
"""Types that a watermark may have."""


class Contract(Value, frozen=True, rename={"name": "dataset"}):
    """A dataset. Raises `ValueError` when its parts do not fit together."""

    name: Name
    description: Lines
    columns: Annotated[tuple[Column, ...], Meta(min_length=1)]
    key: Names
    nest: tuple[Name, ...] = ()
    """Columns whose values are the keys of a nested document, outermost first; empty for flat rows."""
    partition: Partition | None = None
    """None: stored by arrival only, for small reference tables."""
    checks: tuple[Check, ...] = ()
    source: Source = Put()

    def __post_init__(self) -> None:
        added = [column.name for column in (*LINEAGE, DELETED)]
        names = [*(column.name for column in self.columns), *added]
        if len(set(names)) < len(names):
            raise ValueError(f"columns: {_repeated(names)!r} occurs twice; {' and '.join(added)} are Standpipe's own")
        for where, named in (("key", self.key), ("nest", self.nest)):
            self._known(where, named)
            if len(set(named)) < len(named):
                raise ValueError(f"{where}: {_repeated(named)!r} is listed twice")
        if outside := [name for name in self.nest if name not in self.key]:
            raise ValueError(
                f"nest: {outside[0]!r} names a row, so it must be part of the key; the key is {list(self.key)}"
            )
        if found := [name for name in self.nest if self.column(name).type == "decimal"]:
            raise ValueError(f"nest: {found[0]!r} is a decimal; the keys of a document cannot be")
        self._check_partition()
        self._check_source()
        self._check_fixed_width()
        self._check_nest_is_plain()
        for number, check in enumerate(self.checks):
            self._check_check(f"checks[{number}]", check)
        check_values(self.checks)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The declared columns, then the lineage columns: the order of the landed table."""
        return (*self.columns, *LINEAGE, *((DELETED,) if self.tracks_deletes else ()))

    @property
    def tracks_deletes(self) -> bool:
        """Whether rows may land that say that a row is gone."""
        return isinstance(self.source, Sql)

    @property
    def key_implies_partition(self) -> bool:
        """Whether all versions of a key are in one partition."""
        return self.partition is None or self.partition.by in self.key

    def column(self, name: str) -> Column:
        """The column called `name`; raises KeyError."""
        for column in self.all_columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def is_required(self, column: Column) -> bool:
        """Whether a row without a value in `column` is rejected: key and partition columns always are needed."""
        by = self.partition.by if self.partition else None
        return column.required or column.name in self.key or column.name == by

    def _known(self, where: str, names: Iterable[str]) -> None:
        declared = [column.name for column in self.columns]
        for name in names:
            if name not in declared:
                raise ValueError(f"{where}: {name!r} is not a column; the columns are {', '.join(declared)}")

    def _check_partition(self) -> None:
        names = {column.name for column in self.columns}
        if self.partition is None:
            if UNPARTITIONED in names:
                raise ValueError(
                    f"columns: {UNPARTITIONED!r} is what curated rows without a partition are stored by; rename it"
                )
            return
        self._known("partition.by", [self.partition.by])
        if (found := self.column(self.partition.by).type) not in ("date", "timestamp"):
            raise ValueError(f"partition.by: {self.partition.by!r} is a {found}; it must be a date or a timestamp")
        if self.partition.unit in names:
            raise ValueError(f"partition.unit: a column is already called {self.partition.unit!r}; rename it")

    def _check_source(self) -> None:
        if isinstance(self.source, AlphaVantage):
            self.source.check_nest(self.nest, [self.column(name).type for name in self.nest])
        if not isinstance(self.source, Sql) or (watermark := self.source.watermark) is None:
            return
        self._known("source.watermark", [watermark])
        if (found := self.column(watermark).type) not in WATERMARKS:
            raise ValueError(f"source.watermark: {watermark!r} is a {found}; it must be {_either(WATERMARKS)}")
        if self.partition and self.partition.by == watermark and watermark not in self.key:
            raise ValueError(
                f"partition.by: {watermark!r} is the watermark, so every change would move its row to another "
                "partition; partition by a column that stays"
            )

    def _check_fixed_width(self) -> None:
        if not isinstance(self.source, Files) or not self.source.fixed_width:
            return
        fields = {field.name for field in self.source.fixed_width.fields}
        for column in self.columns:
            if self.is_required(column) and fields.isdisjoint(column.accepted_names):
                raise ValueError(f"source.fixed_width.fields: no field is {column.name!r}, which every row needs")

    def _check_nest_is_plain(self) -> None:
        if not isinstance(self.source, Files):
            return
        written: dict[str, tuple[bool, frozenset[ColumnType]]] = {
            "numbers": (self.source.numbers != Numbers(), NUMBERS),
            "dates": (bool(self.source.dates), frozenset({"date", "timestamp"})),
            "booleans": (self.source.booleans != Booleans(), frozenset({"boolean"})),
        }
        for what, (is_said, types) in written.items():
            for name in self.nest:
                if is_said and (found := self.column(name).type) in types:
                    raise ValueError(f"source.{what}: {name!r} is a {found} in nest; such keys are plain {what}")

    def _check_check(self, where: str, check: Check) -> None:
        names = [check.column] if isinstance(check, OneOf) else list(check.columns)
        if isinstance(check, AtLeast):
            names.append(check.column)
        self._known(where, names)
        valid = {"string"} if isinstance(check, OneOf) else NUMBERS
        for name in names:
            if (found := self.column(name).type) not in valid:
                raise ValueError(f"{where}: {name!r} is a {found}; this rule is for {', '.join(sorted(valid))} columns")


def _either(types: Iterable[str]) -> str:
    *others, last = sorted(types)
    return f"{', '.join(others)} or {last}"


def _repeated(names: Sequence[str]) -> str:
    return next(name for name in names if names.count(name) > 1)


def key_contract(contract: Contract) -> Contract:
    """`contract` for rows of which only the key, and what their partition needs, is known."""
    needed = {*contract.key, *((contract.partition.by,) if contract.partition else ())}
    columns = tuple(column for column in contract.columns if column.name in needed)
    return structs.replace(contract, columns=columns, nest=(), checks=(), source=Put())
