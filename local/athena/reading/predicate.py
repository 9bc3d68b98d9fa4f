"""What a query's filter says, and as much of it as decides which pages of a file can match.

The engine hands its filter over as Arrow's expression, Arrow writes it down as Substrait, and DataFusion, which reads
pages, gets the comparisons that it can use to skip. A filter that says less than the query does is safe: whoever
reads pages applies the whole of it to the rows that come.
https://substrait.io/expressions/extended_expression/
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, reduce

import datafusion
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import Message
from substrait.proto import Expression, ExtendedExpression

_COMPARISONS: Mapping[str, Callable[[datafusion.Expr, datafusion.Expr], datafusion.Expr]] = {
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

    def for_pages(self, names: Mapping[str, str]) -> datafusion.Expr | None:
        """What the filter says of a file whose columns are `names` (the file's by the table's); None for nothing."""
        if self._written is None:
            return None
        expression, functions = self._written
        usable = list(_Translation(self.schema, names, functions).conjuncts(expression))
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


@dataclass(frozen=True)
class _Translation:
    schema: pa.Schema
    names: Mapping[str, str]
    functions: Mapping[int, str]

    def conjuncts(self, node: Expression) -> Iterator[datafusion.Expr]:
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

    def _condition(self, node: Expression) -> datafusion.Expr:
        kind, function = node.WhichOneof("rex_type"), self._function(node)
        if kind == "if_then":  # the engine's IN: null where the column is, which no row with a match is
            return self._condition(node.if_then.ifs[0].then)
        if kind == "singular_or_list":
            column = self._column(node.singular_or_list.value)
            return reduce(operator.or_, (column == self._literal(each) for each in node.singular_or_list.options))
        if kind != "scalar_function":
            raise _UnusableError
        arguments = [argument.value for argument in node.scalar_function.arguments]
        if function == "or":
            return reduce(operator.or_, (self._every(argument) for argument in arguments))
        if function in ("is_null", "is_not_null"):
            column = self._column(arguments[0])
            return column.is_null() if function == "is_null" else column.is_not_null()
        if function not in _COMPARISONS:
            raise _UnusableError
        return _COMPARISONS[function](self._column(arguments[0]), self._literal(arguments[1]))

    def _every(self, node: Expression) -> datafusion.Expr:
        usable = list(self.conjuncts(node))
        if not usable:
            raise _UnusableError
        return reduce(operator.and_, usable)

    def _column(self, node: Expression) -> datafusion.Expr:
        reference = node.selection.direct_reference.struct_field
        if node.WhichOneof("rex_type") != "selection" or reference.HasField("child"):
            raise _UnusableError
        name = self.names.get(self.schema.names[reference.field])
        if name is None:
            raise _UnusableError
        return column(name)

    def _literal(self, node: Expression) -> datafusion.Expr:
        kind = str(node.literal.WhichOneof("literal_type")) if node.WhichOneof("rex_type") == "literal" else ""
        if kind == "decimal":
            decimal = node.literal.decimal
            unscaled = int.from_bytes(decimal.value, "little", signed=True)
            return datafusion.lit(pa.scalar(Decimal(f"{unscaled}e-{decimal.scale}"), pa.decimal128(38, decimal.scale)))
        if kind not in _LITERALS:
            raise _UnusableError
        stored, kind_of = _LITERALS[kind]
        return datafusion.lit(pa.scalar(getattr(node.literal, kind), stored).cast(kind_of))


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
