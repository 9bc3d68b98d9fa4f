"""Which names an expression can use, and what they mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from local.athena.trino.origins import Files, Origin
from local.athena.trino.signatures import Typed, member_at
from local.athena.trino.types import Type


@dataclass(frozen=True)
class Field:
    """A column of a relation. A hidden one is found by its name, `*` leaves it out."""

    name: str
    value: Typed
    hidden: bool = False


@dataclass(frozen=True)
class Relation:
    """What is in FROM, under a name and, for a table, in a database; both in lower case."""

    fields: Sequence[Field]
    name: str = ""
    database: str = ""


@dataclass(frozen=True)
class Source:
    """What the engine reads for a table or a view: a name or a query; its fields are named as that names them."""

    sql: str
    fields: Sequence[Field]
    files: Files | None = None


@dataclass(frozen=True)
class Translated:
    """A query in the engine's SQL. The engine names its columns c0, c1, ...; `columns` are their names and types,
    `origins` what is known of some of them, by number."""

    sql: str
    columns: list[tuple[str, Type]]
    origins: Mapping[int, Origin] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """What a query that names this one as a view reads."""
        return Source(f"({self.sql})", self._fields("", [name for name, _ in self.columns]))

    def relation(self, alias: str, name: str, columns: Sequence[str]) -> Relation:
        """What the query is under an alias of the engine and a name of the query that uses it."""
        names = [*columns, *(each for each, _ in self.columns[len(columns) :])]
        return Relation(self._fields(f"{alias}.", names), name)

    def _fields(self, alias: str, names: Sequence[str]) -> list[Field]:
        return [
            Field(shown, Typed(f"{alias}c{index}", kind, origin=self.origins.get(index)))
            for index, (shown, (_, kind)) in enumerate(zip(names, self.columns, strict=True))
        ]


@dataclass(frozen=True)
class WindowParts:
    """The parts of a window: PARTITION BY, ORDER BY and the frame."""

    partition: Sequence[exp.Expr] = ()
    order: exp.Expr | None = None
    frame: exp.Expr | None = None


@dataclass
class Scope:
    """The relations of one query, then those of the queries around it."""

    relations: Sequence[Relation] = ()
    parent: "Scope | None" = None
    arguments: dict[str, Typed] = field(default_factory=dict)
    windows: Mapping[str, WindowParts] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    """What stands, outside of aggregates, for an expression that is grouped by its key: both in the engine's SQL."""

    def within(self, arguments: dict[str, Typed]) -> "Scope":
        """The scope of a lambda's body."""
        return replace(self, arguments={**self.arguments, **arguments})

    def rendered(self, sql: str) -> str:
        """An expression in the engine's SQL: itself, unless something stands for it."""
        if sql in self.groups or self.parent is None:
            return self.groups.get(sql, sql)
        return self.parent.rendered(sql)

    def of_a_row(self, value: Typed) -> Typed:
        """The value of one row, as an aggregate takes it, for what may stand for it."""
        rows = {stand_in: sql for sql, stand_in in self.groups.items()}
        return replace(value, sql=rows[value.sql]) if value.sql in rows else value

    def found(self, parts: Sequence[str]) -> list[Typed]:
        """What the dotted name can mean: one value if it is good, none if it is unknown, several if ambiguous."""
        if parts[0].lower() in self.arguments:
            return _members(self.arguments[parts[0].lower()], parts[1:])
        for qualifiers in (1, 2, 3):
            if qualifiers < len(parts):
                values = self._of_relation([part.lower() for part in parts[:qualifiers]], parts[qualifiers:])
                if values:
                    return values
        values = [value for relation in self.relations for value in _columns(relation, parts)]
        return values if values or self.parent is None else self.parent.found(parts)

    def _of_relation(self, qualifiers: Sequence[str], parts: Sequence[str]) -> list[Typed]:
        *outer, name = qualifiers
        named = [each for each in self.relations if each.name == name and (not outer or each.database == outer[-1])]
        return [value for relation in named for value in _columns(relation, parts)]

    def fields(self, relation: str | None = None) -> list[Field] | None:
        """The columns that `*` or `relation.*` means; None for an unknown relation."""
        wanted = [each for each in self.relations if relation is None or each.name == relation.lower()]
        return [each for one in wanted for each in one.fields if not each.hidden] if wanted else None


Translate = Callable[[exp.Expr, Scope], Typed]
"""What translates an expression."""


def _columns(relation: Relation, parts: Sequence[str]) -> list[Typed]:
    named = [each.value for each in relation.fields if each.name.lower() == parts[0].lower()]
    return [member for value in named for member in _members(value, parts[1:])]


def _members(value: Typed, parts: Sequence[str]) -> list[Typed]:
    for part in parts:
        inner = member(value, part)
        if inner is None:
            return []
        value = inner
    return [value]


def member(value: Typed, name: str) -> Typed | None:
    """The field of a row; None if it has no field of that name."""
    if value.type.name != "row":
        return None
    for place, own in enumerate(value.type.fields):
        if own is not None and own.lower() == name.lower():
            return member_at(value, place)
    return None


@dataclass
class Names:
    """Names of the engine that nothing else has: r1, r2, ... for relations, w1, ... for common table expressions."""

    count: int = 0

    def new(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"
