"""What a function takes and gives, and how the engine is to compute it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlglot import exp

from local.athena.trino.origins import Origin
from local.athena.trino.types import Type, becomes, common, quoted

Kind = Literal["scalar", "aggregate", "window"]


@dataclass(frozen=True)
class Typed:
    """An expression in the engine's SQL and its type in Trino; a row that is written out has its `fields`.

    `origin` says of which column of a table a bare name is.
    """

    sql: str
    type: Type
    fields: tuple["Typed", ...] = ()
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Call:
    """A call whose arguments have become the types that the function takes.

    `over` follows each aggregate, `order` its arguments. `now` is the moment at which the query began, as a timestamp
    of the engine, `place` where the call stands, as `line 1:8`.
    """

    name: str
    arguments: Sequence[Typed]
    nodes: Sequence[exp.Expr]
    returns: Type
    bound: dict[str, Type]
    over: str = ""
    distinct: str = ""
    order: str = ""
    now: str = ""
    place: str = ""


Template = str | Callable[[Call], str]
Returns = Type | Callable[[Call], Type]


@dataclass(frozen=True)
class Function:
    """One way to call a function. Single capital letters are types that the arguments decide.

    `sql` names the arguments {0}, {1}, ..., and all of them {all}; a last parameter that `repeats` may come any number
    of times, not at all included.
    """

    name: str
    parameters: tuple[Type, ...]
    returns: Returns
    sql: Template
    kind: Kind = "scalar"
    repeats: bool = False

    def rendered(self, call: Call) -> str:
        """The call in the engine's SQL."""
        if callable(self.sql):
            return self.sql(call)
        arguments = [argument.sql for argument in call.arguments]
        parts = {"over": call.over, "distinct": call.distinct, "order": call.order}
        return self.sql.format(*arguments, all=", ".join(arguments), returns=call.returns.engine, **parts)

    def shown(self) -> str:
        """`lpad(varchar, bigint, varchar)`, as errors and documents show it."""
        parameters = [str(each) for each in self.parameters]
        if self.repeats:
            parameters[-1] += "..."
        return f"{self.name}({', '.join(parameters)})"

    def takes(self, count: int) -> bool:
        return count >= len(self.parameters) - 1 if self.repeats else count == len(self.parameters)

    def parameter(self, index: int) -> Type:
        return self.parameters[min(index, len(self.parameters) - 1)]


@dataclass
class Binding:
    """What the letters of one call stand for."""

    exact: bool = False
    letters: dict[str, Type] = field(default_factory=dict)

    def fits(self, given: Type, wanted: Type) -> bool:
        """Whether an argument of type `given` can be passed for `wanted`, whose letters are bound on the way."""
        if is_letter(wanted):
            return self._binds(given, wanted)
        if given.name == "unknown":
            return not self.exact or wanted.name == "unknown"
        if wanted.name == "varchar":
            return given.name == "varchar"
        if has_letters(wanted):
            same = given.name == wanted.name and len(given.inner) == len(wanted.inner)
            return same and all(map(self.fits, given.inner, wanted.inner))
        if wanted.name in _ANY_PRECISION:
            return given.name == wanted.name or (not self.exact and _widens(given, wanted))
        return given == wanted if self.exact else becomes(given, wanted)

    def _binds(self, given: Type, letter: Type) -> bool:
        if letter.fields and given.name not in letter.fields and given.name != "unknown":
            return False
        if letter.fields and given.name == "unknown":
            given = Type(str(letter.fields[0]))
        bound = self.letters.get(letter.name)
        together = given if bound is None else common(bound, given)
        if together is None or (self.exact and bound is not None and bound != given):
            return False
        self.letters[letter.name] = together
        return True

    def filled(self, kind: Type) -> Type:
        """`kind` with what its letters stand for."""
        if is_letter(kind):
            return self.letters.get(kind.name, Type("unknown"))
        if not kind.inner:
            return kind
        return Type(kind.name, kind.parameters, tuple(map(self.filled, kind.inner)), kind.fields)


_ANY_PRECISION = ("decimal", "timestamp", "timestamp with time zone", "time", "char", "row")
_ORDER = ("date", "timestamp", "timestamp with time zone")


def _widens(given: Type, wanted: Type) -> bool:
    if given.name in _ORDER and wanted.name in _ORDER:
        return _ORDER.index(given.name) < _ORDER.index(wanted.name)
    return (wanted.name, given.name) == ("char", "varchar") or (wanted.name == "decimal" and given.is_integer)


def is_letter(kind: Type) -> bool:
    return len(kind.name) == 1 and kind.name.isupper()


def has_letters(kind: Type) -> bool:
    return is_letter(kind) or any(map(has_letters, kind.inner))


def letter(name: str, *of: str) -> Type:
    """A type that the arguments decide, one of the names in `of` if there are any."""
    return Type(name, fields=of)


def function_type(*inner: Type) -> Type:
    """The type of a lambda: its parameters' and, last, its result's."""
    return Type("function", inner=inner)


def same_type(call: Call) -> Type:
    """The type of the first argument."""
    return call.arguments[0].type


def row_of(fields: Sequence[Typed], kind: Type) -> Typed:
    """ROW(...) of fields that have the types of `kind`."""
    members = (f"{quoted(name)} := {field.sql}" for name, field in zip(kind.members, fields, strict=True))
    return Typed(f"struct_pack({', '.join(members)})", kind, tuple(fields))


def member_at(value: Typed, place: int) -> Typed:
    """The field of a row; cast, because the engine knows no type of what it takes from a constant NULL."""
    name, kind = quoted(value.type.members[place]), value.type.inner[place]
    return Typed(f"CAST(({value.sql}).{name} AS {kind.engine})", kind)


def scalar(name: str, parameters: Sequence[Type], returns: Returns, sql: Template, repeats: bool = False) -> Function:
    return Function(name, tuple(parameters), returns, sql, "scalar", repeats)


def aggregate(name: str, parameters: Sequence[Type], returns: Returns, sql: Template) -> Function:
    return Function(name, tuple(parameters), returns, sql, "aggregate")


def window(name: str, parameters: Sequence[Type], returns: Returns, sql: Template) -> Function:
    return Function(name, tuple(parameters), returns, sql, "window")


@dataclass(frozen=True)
class Native:
    """A function of ours that the engine calls for each value, or once for Arrow's `columns` of them; it is not called
    for NULL unless `nulls`."""

    run: Callable[..., Any]
    returns: str
    nulls: bool = False
    columns: bool = False
