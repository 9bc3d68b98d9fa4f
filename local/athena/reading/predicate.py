"""What a query's filter says, and as much of it as decides which row groups and pages of a file can match.

The engine hands its filter over as Arrow's expression, Arrow writes it down as Substrait, and DataFusion, which reads
pages, gets the comparisons that it can use to skip. A filter that says less than the query does is safe: the whole of
it is applied to the rows that come. It must say less of a column whose values a table shows otherwise than its files
have them: a time may have been rounded by a millisecond, a text cut or padded.
https://substrait.io/expressions/extended_expression/
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, reduce
from typing import Any, Generic, TypeVar, cast

import datafusion
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from google.protobuf.message import Message
from substrait.proto import Expression, ExtendedExpression

from local.athena.reading.columns import is_exact

_Expression = TypeVar("_Expression", pc.Expression, datafusion.Expr)
_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_LITERALS: Mapping[str, tuple[pa.DataType, pa.DataType]] = {
    "boolean": (pa.bool_(), pa.bool_()),
    "i8": (pa.int8(), pa.int8()),
    "i16": (pa.int16(), pa.int16()),
    "i32": (pa.int32(), pa.int32()),
    "i64": (pa.int64(), pa.int64()),
    "fp32": (pa.float32(), pa.float32()),
    "fp64": (pa.float64(), pa.float64()),
    "string": (pa.string(), pa.string()),
    "date": (pa.int32(), pa.date32()),
    "timestamp": (pa.int64(), pa.timestamp("us")),
}
"""Substrait's literals: Arrow's type of what is written, and of what it means."""


class _UnusableError(Exception):
    """A part of the filter that skips nothing."""


@dataclass(frozen=True)
class Predicate:
    """A filter on columns of `schema`; `expression` is None where every row is wanted."""

    expression: pc.Expression | None
    schema: pa.Schema

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that the filter looks at."""
        if self.expression is None:
            return frozenset()
        if self._written is None:
            return frozenset(self.schema.names)
        return frozenset(self.schema.names[each.field] for each in _references(self._written[0]))

    @cached_property
    def for_groups(self) -> pc.Expression | None:
        """What the filter says of the values in files, by the table's names; None for nothing."""
        if all(is_exact(self.schema.field(name)) for name in self.columns):
            return self.expression
        return self._said(pc.field, pc.scalar, {name: name for name in self.schema.names})

    def for_pages(self, names: Mapping[str, str]) -> datafusion.Expr | None:
        """What the filter says of a file whose columns are `names` (the file's by the table's); None for nothing."""
        return self._said(column, datafusion.lit, names)

    def _said(
        self,
        column: Callable[[str], _Expression],
        literal: Callable[[pa.Scalar], _Expression],
        names: Mapping[str, str],
    ) -> _Expression | None:
        if self._written is None:
            return None
        expression, functions = self._written
        usable = list(_Translation(self.schema, names, functions, column, literal).conjuncts(expression))
        return reduce(operator.and_, usable) if usable else None

    @cached_property
    def _written(self) -> tuple[Expression, Mapping[int, str]] | None:
        if self.expression is None:
            return None
        try:
            written = ExtendedExpression.FromString(bytes(self.expression.to_substrait(self.schema)))
        except pa.ArrowNotImplementedError:
            return None
        functions = (extension.extension_function for extension in written.extensions)
        return written.referred_expr[0].expression, {each.function_anchor: each.name for each in functions}


_MILLISECOND = 1000
_BOUNDS: Mapping[str, tuple[str, ...]] = {"equal": ("gte", "lte"), "lt": ("lte",), "gt": ("gte",)}
"""What a comparison of a rounded time says of the time itself: at least, or at most, about that."""


@dataclass(frozen=True)
class _Translation(Generic[_Expression]):
    schema: pa.Schema
    names: Mapping[str, str]
    functions: Mapping[int, str]
    column: Callable[[str], _Expression]
    literal: Callable[[pa.Scalar], _Expression]

    def conjuncts(self, node: Expression) -> Iterator[_Expression]:
        """The usable ones of the conditions that must all hold."""
        if self._function(node) == "and":
            for argument in node.scalar_function.arguments:
                yield from self.conjuncts(argument.value)
            return
        try:
            yield self._condition(node)
        except _UnusableError:
            return

    def _function(self, node: Expression) -> str:
        called = node.WhichOneof("rex_type") == "scalar_function"
        return self.functions[node.scalar_function.function_reference] if called else ""

    def _condition(self, node: Expression) -> _Expression:
        kind, function = node.WhichOneof("rex_type"), self._function(node)
        if kind == "if_then":  # the engine's IN: null where the column is, which no row with a match is
            return self._condition(node.if_then.ifs[0].then)
        if kind == "singular_or_list":
            column, options = node.singular_or_list.value, node.singular_or_list.options
            return reduce(operator.or_, (self._compared("equal", column, each) for each in options))
        if kind != "scalar_function":
            raise _UnusableError
        arguments = [argument.value for argument in node.scalar_function.arguments]
        if function == "or":
            return reduce(operator.or_, (self._every(argument) for argument in arguments))
        if function in ("is_null", "is_not_null"):
            found = self.column(self._name(arguments[0]))
            return found.is_null() if function == "is_null" else ~found.is_null()
        if function not in _COMPARISONS:
            raise _UnusableError
        return self._compared(function, arguments[0], arguments[1])

    def _compared(self, function: str, column: Expression, literal: Expression) -> _Expression:
        field = self._field(column)
        found, value = self.column(self._name(column)), self._literal(literal)
        if pt.is_timestamp(field.type):
            return self._about(function, found, value)
        if not is_exact(field):
            raise _UnusableError
        return cast("_Expression", _COMPARISONS[function](found, self.literal(value)))

    def _about(self, function: str, time: _Expression, value: pa.Scalar) -> _Expression:
        """What must be true of a time for the comparison to be true of it rounded; in whole milliseconds."""
        if function == "not_equal":
            raise _UnusableError
        earlier = value.value // _MILLISECOND - 1
        bounds = {"gte": earlier, "lte": earlier + 3}
        about = {name: self.literal(pa.scalar(bound, pa.timestamp("ms"))) for name, bound in bounds.items()}
        said = (_COMPARISONS[name](time, about[name]) for name in _BOUNDS.get(function, (function,)))
        return cast("_Expression", reduce(operator.and_, said))

    def _every(self, node: Expression) -> _Expression:
        usable = list(self.conjuncts(node))
        if not usable:
            raise _UnusableError
        return reduce(operator.and_, usable)

    def _field(self, node: Expression) -> pa.Field:
        reference = node.selection.direct_reference.struct_field
        if node.WhichOneof("rex_type") != "selection" or reference.HasField("child"):
            raise _UnusableError
        return self.schema.field(reference.field)

    def _name(self, node: Expression) -> str:
        """The file's name of a column."""
        name = self.names.get(self._field(node).name)
        if name is None:
            raise _UnusableError
        return name

    def _literal(self, node: Expression) -> pa.Scalar:
        kind = str(node.literal.WhichOneof("literal_type")) if node.WhichOneof("rex_type") == "literal" else ""
        if kind == "decimal":
            decimal = node.literal.decimal
            unscaled = int.from_bytes(decimal.value, "little", signed=True)
            return pa.scalar(Decimal(f"{unscaled}e-{decimal.scale}"), pa.decimal128(38, decimal.scale))
        if kind not in _LITERALS:
            raise _UnusableError
        stored, kind_of = _LITERALS[kind]
        return pa.scalar(getattr(node.literal, kind), stored).cast(kind_of)


def column(name: str) -> datafusion.Expr:
    """The file's column of that name, as it is spelled."""
    return datafusion.col('"{}"'.format(name.replace('"', '""')))


def _references(node: Message) -> Iterator[Expression.FieldReference]:
    """Every top-level column that is named anywhere below `node`."""
    for descriptor, value in node.ListFields():
        if descriptor.name == "direct_reference":
            yield value.struct_field
        elif descriptor.message_type is not None:
            for each in value if descriptor.is_repeated else (value,):
                yield from _references(each)
