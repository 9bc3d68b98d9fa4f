"""Calls of functions: which of a name's ways to be called is meant, and what it is to the engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from local.athena.trino.expressions.scope import Names, Scope, Translate
from local.athena.trino.expressions.special import plain_call
from local.athena.trino.expressions.windows import check_neighbour, ordered, window_clause
from local.athena.trino.functions import FUNCTIONS, KNOWN_TO_TRINO, WAYS_KNOWN_TO_TRINO
from local.athena.trino.operations.agreement import one_type
from local.athena.trino.operations.casts import coerced
from local.athena.trino.operations.equality import alike_keys, key
from local.athena.trino.operations.operators import compared
from local.athena.trino.problems import Problems
from local.athena.trino.signatures import Binding, Call, Function, Typed, row_of
from local.athena.trino.types import BIGINT, UNKNOWN, VARCHAR, Type, as_char, row, text

_MOST_WIDENINGS = 4
"""Trino gives up after as many too."""
_VALUES = ("first_value", "last_value", "nth_value", "lag", "lead")
"""The functions that can ignore NULLs."""


@dataclass(frozen=True)
class Around:
    """What is around a call: FILTER and OVER in the engine's SQL, IGNORE NULLS, and whether there is an OVER."""

    over: str = ""
    nulls: str = ""
    windowed: bool = False


_NOTHING = Around()


class Calls:
    """Translates calls; `typed` translates their arguments."""

    def __init__(self, problems: Problems, typed: Translate, now: str) -> None:
        self._problems = problems
        self._typed = typed
        self._now = now
        self._names = Names()
        self.aggregates: set[int] = set()
        """The calls, by id of node, of aggregate functions that are not window functions."""

    def call(self, node: exp.Expr, scope: Scope, around: Around = _NOTHING) -> Typed | None:
        """The call in the engine's SQL; None if `node` is not a known call; raises `QueryError`."""
        if isinstance(node, exp.Window):
            return self._windowed(node, scope)
        if isinstance(node, exp.Filter):
            condition = self._typed(node.expression.this, scope if around.windowed else replace(scope, groups={}))
            if condition.type.name != "boolean":
                raise self._problems.at(node, "TYPE_MISMATCH", f"Filter expression must be boolean: {condition.type}")
            filtered = f" FILTER (WHERE {condition.sql}){around.over}"
            return self.call(node.this, scope, replace(around, over=filtered))
        if isinstance(node, exp.IgnoreNulls | exp.RespectNulls):
            self._check_nulls(node, around.windowed)
            word = " IGNORE NULLS" if isinstance(node, exp.IgnoreNulls) else ""
            return self.call(node.this, scope, replace(around, nulls=word))
        plain = plain_call(node)
        if plain is None:
            return None
        return self._named(node, *plain, scope, around)

    def _windowed(self, node: exp.Window, scope: Scope) -> Typed | None:
        inner = node.this.this if isinstance(node.this, exp.IgnoreNulls | exp.RespectNulls) else node.this
        name, _ = plain_call(inner) or ("", [])
        if name in ("lag", "lead"):
            check_neighbour(name, node, scope, self._problems)
        clause = window_clause(node, scope, self._typed, self._problems)
        return self.call(node.this, scope, Around(f" OVER ({clause})", windowed=True))

    def _named(self, node: exp.Expr, name: str, nodes: Sequence[exp.Expr], scope: Scope, around: Around) -> Typed:
        conditional = CONDITIONAL.get(name)
        if conditional is not None:
            return conditional(self, node, nodes, scope)
        if name not in FUNCTIONS:
            raise self._missing(node, name)
        kind = FUNCTIONS[name][0].kind
        if kind != "scalar":
            self._check_place(node, name, kind, around.windowed)
        elif around.over or around.nulls:
            raise self._problems.at(
                node, "FUNCTION_NOT_AGGREGATE", f"'{name}' is neither aggregate nor window function"
            )
        if kind == "aggregate" and not around.windowed:
            scope = replace(scope, groups={})
        nodes, distinct, order = self._modifiers(nodes, scope)
        if around.windowed and distinct:
            raise self._problems.at(node, "NOT_SUPPORTED", "DISTINCT in window function parameters not yet supported")
        if around.windowed and order:
            raise self._problems.at(node, "NOT_SUPPORTED", "Window function with ORDER BY is not supported")
        values = [None if isinstance(each, exp.Lambda) else self._value(each, scope) for each in nodes]
        function, call = self._chosen(node, name, values, nodes, scope)
        call = replace(call, over=around.over, distinct=distinct, order=f"{order}{around.nulls}", now=self._now)
        value = Typed(function.rendered(call), call.returns)
        return alike_keys(value) if value.type.name == "map" else value

    def _check_nulls(self, node: exp.Expr, windowed: bool) -> None:
        """Raise `QueryError` where IGNORE NULLS and RESPECT NULLS cannot be written."""
        if not windowed:
            raise self._problems.syntax(node, "IGNORE" if isinstance(node, exp.IgnoreNulls) else "RESPECT")
        name, _ = plain_call(node.this) or ("", [])
        if name in FUNCTIONS and name not in _VALUES:
            message = f"Cannot specify null treatment clause for {name} function"
            raise self._problems.at(node, "NULL_TREATMENT_NOT_ALLOWED", message)

    def _check_place(self, node: exp.Expr, name: str, kind: str, windowed: bool) -> None:
        if kind == "window" and not windowed:
            raise self._problems.at(node, "MISSING_OVER", f"Window function {name} requires an OVER clause")
        if not windowed:
            self.aggregates.add(id(node))

    def _missing(self, node: exp.Expr, name: str) -> Exception:
        if name in KNOWN_TO_TRINO:
            return self._problems.at(node, "NOT_SUPPORTED", f"Function '{name}' is not supported here")
        return self._problems.at(node, "FUNCTION_NOT_FOUND", f"Function '{name}' not registered")

    def _modifiers(self, nodes: Sequence[exp.Expr], scope: Scope) -> tuple[list[exp.Expr], str, str]:
        """The arguments without DISTINCT before and ORDER BY after them, and those two in the engine's SQL."""
        given, distinct, order = list(nodes), "", None
        if given and isinstance(given[-1], exp.Order):
            order = given[-1]
            given[-1] = order.this
        if given and isinstance(given[0], exp.Distinct):
            given = [*given[0].expressions, *given[1:]]
            distinct = "DISTINCT "
        if order is None:
            return given, distinct, ""
        if distinct:
            self._check_sorted(order, given, scope)
        return given, distinct, " ORDER BY " + self._ordering(order, scope)

    def _check_sorted(self, order: exp.Order, given: Sequence[exp.Expr], scope: Scope) -> None:
        """Raise `QueryError` if DISTINCT arguments are ordered by something else."""
        arguments = {self._typed(each, scope).sql for each in given}
        for each in order.expressions:
            if self._typed(each.this, scope).sql not in arguments:
                message = "For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments"
                raise self._problems.at(each.this, "EXPRESSION_NOT_IN_DISTINCT", message)

    def _ordering(self, order: exp.Order, scope: Scope) -> str:
        return ", ".join(
            ordered(key(self._typed(each.this, scope)), each, self._problems) for each in order.expressions
        )

    def called(self, node: exp.Expr, name: str, values: Sequence[Typed]) -> Typed:
        """A call with arguments that are already translated."""
        function, call = self._chosen(node, name, values, [], Scope())
        return Typed(function.rendered(call), call.returns)

    def _chosen(
        self, node: exp.Expr, name: str, values: Sequence[Typed | None], nodes: Sequence[exp.Expr], scope: Scope
    ) -> tuple[Function, Call]:
        """The way to call `name` that takes the arguments; a lambda among them has no value yet."""
        for exact in (True, False):
            for function in FUNCTIONS[name]:
                call = self._bound(node, function, exact, values, nodes, scope)
                if call is not None:
                    return function, call
        raise self._unexpected(node, name, values)

    def _value(self, node: exp.Expr, scope: Scope) -> Typed:
        return Typed("*", Type("*")) if isinstance(node, exp.Star) else self._typed(node, scope)

    def _bound(
        self,
        node: exp.Expr,
        function: Function,
        exact: bool,
        values: Sequence[Typed | None],
        nodes: Sequence[exp.Expr],
        scope: Scope,
    ) -> Call | None:
        """The call; None if the function does not take such arguments.

        What a lambda gives can widen a type that lambdas take, as in `reduce`: then all is translated again with it.
        """
        if not function.takes(len(values)):
            return None
        wanted = [function.parameter(index) for index in range(len(values))]
        letters: dict[str, Type] = {}
        for _ in range(_MOST_WIDENINGS):
            binding = Binding(exact, dict(letters))
            if not all(_is_taken(value, parameter, binding) for value, parameter in zip(values, wanted, strict=True)):
                return None
            before = dict(binding.letters)
            arguments = [
                self._lambda(nodes[index], parameter, binding, scope)
                if value is None
                else _as_wanted(value, parameter, binding)
                for index, (value, parameter) in enumerate(zip(values, wanted, strict=True))
            ]
            if any(argument is None for argument in arguments):
                return None
            letters = {name: binding.letters[name] for name in before}
            if letters == before:
                break
        else:
            return None
        given = [argument for argument in arguments if argument is not None]
        call = Call(function.name, given, nodes, UNKNOWN, binding.letters, place=self._problems.place(node))
        kind = function.returns(call) if callable(function.returns) else binding.filled(function.returns)
        return replace(call, returns=kind)

    def _lambda(self, node: exp.Expr, wanted: Type, binding: Binding, scope: Scope) -> Typed | None:
        parameters, result = wanted.inner[:-1], wanted.inner[-1]
        if len(node.expressions) != len(parameters):
            return None
        names = [self._names.new("l") for _ in parameters]
        typed = [Typed(name, binding.filled(kind)) for name, kind in zip(names, parameters, strict=True)]
        written = [each.name.lower() for each in node.expressions]
        body = self._typed(node.this, scope.within(dict(zip(written, typed, strict=True))))
        if not binding.fits(body.type, result):
            return None
        body = coerced(body, binding.filled(result))
        return Typed(f"lambda {', '.join(names)}: {body.sql}", Type("function"))

    def _unexpected(self, node: exp.Expr, name: str, values: Sequence[Typed | None]) -> Exception:
        way = WAYS_KNOWN_TO_TRINO.get((name, len(values)))
        if way is not None:
            return self._problems.at(node, "NOT_SUPPORTED", f"{way} is not supported here")
        types = ", ".join("function" if value is None else str(value.type) for value in values)
        return self._problems.at(node, "FUNCTION_NOT_FOUND", self.unexpected(name, types))

    def unexpected(self, name: str, types: str) -> str:
        """What Trino says of arguments that a function does not take."""
        expected = ", ".join(function.shown() for function in FUNCTIONS[name])
        return f"Unexpected parameters ({types}) for function {name}. Expected: {expected}"

    def row(self, values: Sequence[Typed]) -> Typed:
        """ROW(...): its fields have no names."""
        return row_of(values, row(*(value.type for value in values)))

    def _row(self, _node: exp.Expr, nodes: Sequence[exp.Expr], scope: Scope) -> Typed:
        return self.row([self._typed(each, scope) for each in nodes])

    def _coalesce(self, _node: exp.Expr, nodes: Sequence[exp.Expr], scope: Scope) -> Typed:
        values = [self._typed(each, scope) for each in nodes]
        together = one_type(values, nodes, "All COALESCE operands", self._problems)
        return Typed(f"coalesce({', '.join(coerced(value, together).sql for value in values)})", together)

    def _nullif(self, node: exp.Expr, nodes: Sequence[exp.Expr], scope: Scope) -> Typed:
        one, other = (self._typed(each, scope) for each in nodes)
        same = compared("=", one, other)
        if same is None:
            message = f"Types are not comparable with NULLIF: {one.type} vs {other.type}"
            raise self._problems.at(node, "TYPE_MISMATCH", message)
        return Typed(f"CASE WHEN {same.sql} THEN NULL ELSE {one.sql} END", one.type)

    def _try(self, _node: exp.Expr, nodes: Sequence[exp.Expr], scope: Scope) -> Typed:
        value = self._typed(nodes[0], scope)
        return Typed(f"TRY({value.sql})", value.type)

    def _typeof(self, _node: exp.Expr, nodes: Sequence[exp.Expr], scope: Scope) -> Typed:
        return Typed(text(str(self._typed(nodes[0], scope).type)), VARCHAR)

    def _grouping(self, node: exp.Expr, nodes: Sequence[exp.Expr], scope: Scope) -> Typed:
        self.aggregates.add(id(node))
        columns = (key(self._typed(each, replace(scope, groups={}))) for each in nodes)
        return Typed(f"grouping({', '.join(columns)})", BIGINT)


CONDITIONAL: dict[str, Callable[[Calls, exp.Expr, Sequence[exp.Expr], Scope], Typed]] = {
    "row": Calls._row,
    "coalesce": Calls._coalesce,
    "nullif": Calls._nullif,
    "try": Calls._try,
    "typeof": Calls._typeof,
    "grouping": Calls._grouping,
}


def _is_taken(value: Typed | None, parameter: Type, binding: Binding) -> bool:
    """Whether the parameter takes the argument; no value is a lambda."""
    return parameter.name == "function" if value is None else binding.fits(value.type, parameter)


def _digits(kind: Type) -> tuple[int, ...]:
    """The digits of a second that a time of the type keeps as one of another."""
    return {"date": (0,), "unknown": (3,)}.get(kind.name, kind.parameters)


def _as_wanted(value: Typed, parameter: Type, binding: Binding) -> Typed:
    wanted = binding.filled(parameter)
    if wanted.name == value.type.name and not wanted.parameters and not wanted.inner:
        return value
    if wanted == Type("char"):
        wanted = as_char(value.type)
    if wanted.name in ("decimal", "timestamp", "timestamp with time zone", "time") and not wanted.parameters:
        wanted = replace(wanted, parameters=(38, 0) if wanted.name == "decimal" else _digits(value.type))
    return coerced(value, wanted) if wanted.name != "*" else value
