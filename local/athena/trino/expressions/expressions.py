"""An expression of Trino as one for the engine, with its type; or why Trino refuses it."""

from dataclasses import replace

from sqlglot import exp

from local.athena.trino.expressions import literals
from local.athena.trino.expressions.calls import Calls
from local.athena.trino.expressions.predicates import Predicates, Subquery
from local.athena.trino.expressions.pruning import following
from local.athena.trino.expressions.scope import Scope, Translate, member
from local.athena.trino.functions import KNOWN_TO_TRINO
from local.athena.trino.language.strictness import UNSUPPORTED_TYPES
from local.athena.trino.operations.agreement import agreed, one_type
from local.athena.trino.operations.casts import cast, coerced
from local.athena.trino.operations.equality import looked_up
from local.athena.trino.operations.operators import calculated, concatenated, negated
from local.athena.trino.problems import Problems
from local.athena.trino.signatures import Typed, member_at
from local.athena.trino.type_names import type_of
from local.athena.trino.types import BIGINT, BOOLEAN, DAY_TO_SECOND, MAX_CHAR, VARCHAR, Type, array, common, quoted, row

_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}

_PARTS: dict[type[exp.Expr], set[str]] = {
    exp.Cast: {"this", "to"},
    exp.TryCast: {"this", "to", "safe"},
    exp.Is: {"this", "expression", "negate"},
    exp.Like: {"this", "expression", "negate"},
    exp.Between: {"this", "low", "high"},
    exp.In: {"this", "expressions", "query"},
    exp.Case: {"this", "ifs", "default"},
    exp.If: {"this", "true", "false"},
    exp.Array: {"expressions"},
    exp.Bracket: {"this", "expressions"},
    exp.AtTimeZone: {"this", "zone"},
    exp.Trim: {"this", "expression", "position"},
    exp.Anonymous: {"this", "expressions"},
    exp.GroupConcat: {"this", "separator"},
    exp.Substring: {"this", "start", "length"},
    exp.StrPosition: {"this", "substr"},
}
"""The parts of expressions for which other dialects have more."""


class Expressions:
    """Translates the expressions of one statement. `query` translates a subquery to its SQL and its columns' types."""

    def __init__(self, problems: Problems, query: Subquery, now: str) -> None:
        self.problems = problems
        self._query = query
        self._predicates = Predicates(problems, self.typed, query)
        self._calls = Calls(problems, self.typed, now)
        self.rendered: dict[int, str] = {}
        self._handlers: dict[type[exp.Expr], Translate] = {
            exp.Column: self._column,
            exp.Identifier: self._column,
            exp.Dot: self._dot,
            exp.Paren: lambda node, scope: self.typed(node.this, scope),
            exp.Cast: self._cast,
            exp.TryCast: self._cast,
            exp.Neg: self._negation,
            exp.Not: self._not,
            exp.And: self._logic,
            exp.Or: self._logic,
            exp.Subquery: self._subquery,
            exp.DPipe: self._concatenation,
            exp.Case: self._case,
            exp.If: self._if,
            exp.Array: self._array,
            exp.Bracket: self._subscript,
            exp.Tuple: self._row,
            exp.AtTimeZone: self._at_time_zone,
            **dict.fromkeys(_ARITHMETIC, self._arithmetic),
            **self._predicates.handlers,
        }

    def typed(self, node: exp.Expr, scope: Scope) -> Typed:
        """The expression in the engine's SQL; raises `QueryError`."""
        literal = literals.literal(node, self.problems)
        if literal is not None:
            return self._known(node, literal, scope)
        self.problems.check(node, _PARTS.get(type(node), node.args))
        handler = self._handlers.get(type(node))
        if handler is not None:
            return self._known(node, handler(node, scope), scope)
        called = self._calls.call(node, scope)
        if called is None:
            raise self.problems.at(node, "NOT_SUPPORTED", f"{node.sql(dialect='trino')} is not supported here")
        return self._known(node, called, scope)

    def _known(self, node: exp.Expr, value: Typed, scope: Scope) -> Typed:
        sql = scope.rendered(value.sql)
        value = value if sql == value.sql else Typed(sql, value.type)
        self.rendered[id(node)] = value.sql
        return value

    def boolean(self, node: exp.Expr, scope: Scope, what: str) -> str:
        """A condition; `what` names it, as in `WHERE clause`."""
        value = self.typed(node, scope)
        if value.type.name not in ("boolean", "unknown"):
            message = f"{what} must evaluate to a boolean: actual type {value.type}"
            raise self.problems.at(node, "TYPE_MISMATCH", message)
        return value.sql

    def filtering(self, node: exp.Expr, scope: Scope, what: str) -> str:
        """A condition on the rows that are wanted, with what follows from it for the files that are read."""
        return " AND ".join([self.boolean(node, scope, what), *following(node, scope, self.rendered)])

    def _column(self, node: exp.Expr, scope: Scope) -> Typed:
        parts = [part.name for part in node.parts] if isinstance(node, exp.Column) else [node.name]
        found = scope.found(parts)
        if len(found) > 1:
            raise self.problems.at(node, "AMBIGUOUS_NAME", f"Column '{parts[-1]}' is ambiguous")
        if not found and parts[0].lower() in KNOWN_TO_TRINO and parts[0].lower().startswith("current_"):
            raise self.problems.at(node, "NOT_SUPPORTED", f"Function '{parts[0].lower()}' is not supported here")
        if not found:
            raise self.problems.at(node, "COLUMN_NOT_FOUND", f"Column '{'.'.join(parts)}' cannot be resolved")
        return found[0]

    def _dot(self, node: exp.Expr, scope: Scope) -> Typed:
        value = self.typed(node.this, scope)
        inner = member(value, node.expression.name)
        if inner is None:
            if value.type.name != "row":
                raise self.problems.at(node, "TYPE_MISMATCH", f"Expression {node.this.sql()} is not of type ROW")
            raise self.problems.at(node, "COLUMN_NOT_FOUND", f"Column '{node.sql()}' cannot be resolved")
        return inner

    def _cast(self, node: exp.Expr, scope: Scope) -> Typed:
        for each in node.args["to"].find_all(exp.DataType):
            if each.meta.get("unknown") in UNSUPPORTED_TYPES:
                raise self.problems.at(node, "NOT_SUPPORTED", f"Type {each.meta['unknown']} is not supported here")
            if "unknown" in each.meta:
                raise self.problems.at(node, "TYPE_NOT_FOUND", f"Unknown type: {each.meta['unknown']}")
        wanted = type_of(node.args["to"])
        value = self.typed(node.this, scope)
        changed = cast(value, wanted, strict=not isinstance(node, exp.TryCast))
        if changed is None:
            raise self.problems.at(node, "TYPE_MISMATCH", f"Cannot cast {value.type} to {wanted}")
        return changed

    def _negation(self, node: exp.Expr, scope: Scope) -> Typed:
        value = self.typed(node.this, scope)
        changed = negated(value)
        if changed is None:
            raise self.problems.at(node, "TYPE_MISMATCH", f"Cannot negate {value.type}")
        return changed

    def _not(self, node: exp.Expr, scope: Scope) -> Typed:
        return Typed(f"(NOT {self.boolean(node.this, scope, 'Value of logical NOT expression')})", BOOLEAN)

    def _logic(self, node: exp.Expr, scope: Scope) -> Typed:
        sign = "AND" if isinstance(node, exp.And) else "OR"
        terms = [self.boolean(each, scope, "Logical expression term") for each in node.flatten()]
        return Typed("(" + f" {sign} ".join(terms) + ")", BOOLEAN)

    def _subquery(self, node: exp.Expr, scope: Scope) -> Typed:
        sql, types = self._query(node, scope)
        if len(types) != 1:
            return Typed(f"({_packed(sql, row(*types))})", row(*types))
        return Typed(f"({sql})", types[0])

    def _arithmetic(self, node: exp.Expr, scope: Scope) -> Typed:
        left, right = self.typed(node.this, scope), self.typed(node.expression, scope)
        sign = _ARITHMETIC[type(node)]
        value = calculated(sign, left, right)
        if value is None:
            raise self.problems.at(node, "TYPE_MISMATCH", f"Cannot apply operator: {left.type} {sign} {right.type}")
        return value

    def _concatenation(self, node: exp.Expr, scope: Scope) -> Typed:
        left, right = self.typed(node.this, scope), self.typed(node.expression, scope)
        value = concatenated(left, right)
        if value is None:
            types = ", ".join(str(each.type) for each in (left, right))
            raise self.problems.at(node, "FUNCTION_NOT_FOUND", self._calls.unexpected("concat", types))
        if value.type.name == "char" and value.type.precision > MAX_CHAR:
            raise self.problems.at(node, "TYPE_NOT_FOUND", f"Unknown type: {value.type}")
        return value

    def _case(self, node: exp.Expr, scope: Scope) -> Typed:
        operand = self.typed(node.this, scope) if node.this else None
        conditions = []
        for branch in node.args["ifs"]:
            if operand is None:
                conditions.append(self.boolean(branch.this, scope, "CASE WHEN clause"))
            else:
                conditions.append(
                    self._predicates.compared(branch.this, "=", operand, self.typed(branch.this, scope)).sql
                )
        values = [self.typed(branch.args["true"], scope) for branch in node.args["ifs"]]
        default = node.args.get("default")
        results = [*values, self.typed(default, scope)] if default is not None else values
        nodes = [*(branch.args["true"] for branch in node.args["ifs"]), *([default] if default is not None else [])]
        together = one_type(results, nodes, "All CASE results", self.problems)
        outcomes = [coerced(value, together).sql for value in results]
        branches = " ".join(f"WHEN {when} THEN {then}" for when, then in zip(conditions, outcomes, strict=False))
        otherwise = f" ELSE {outcomes[-1]}" if default is not None else ""
        return Typed(f"CASE {branches}{otherwise} END", together)

    def _if(self, node: exp.Expr, scope: Scope) -> Typed:
        condition = self.boolean(node.this, scope, "IF condition")
        given = [node.args["true"], node.args.get("false")]
        values = [self.typed(each, scope) for each in given if each is not None]
        together = agreed([value.type for value in values])
        if together is None:
            message = f"Result types for IF must be the same: {values[0].type} vs {values[1].type}"
            raise self.problems.at(node, "TYPE_MISMATCH", message)
        outcomes = [coerced(value, together).sql for value in values]
        otherwise = f" ELSE {outcomes[1]}" if len(outcomes) > 1 else ""
        return Typed(f"CASE WHEN {condition} THEN {outcomes[0]}{otherwise} END", together)

    def _array(self, node: exp.Expr, scope: Scope) -> Typed:
        elements = [self.typed(each, scope) for each in node.expressions]
        together = one_type(elements, node.expressions, "All ARRAY elements", self.problems)
        return Typed(f"[{', '.join(coerced(each, together).sql for each in elements)}]", array(together))

    def _row(self, node: exp.Expr, scope: Scope) -> Typed:
        return self._calls.row([self.typed(each, scope) for each in node.expressions])

    def _subscript(self, node: exp.Expr, scope: Scope) -> Typed:
        base, index = self.typed(node.this, scope), self.typed(node.expressions[0], scope)
        if base.type.name == "array" and index.type.is_integer:
            return Typed(f"subscript({base.sql}, {coerced(index, BIGINT).sql})", base.type.inner[0])
        if base.type.name == "map" and common(base.type.inner[0], index.type) == base.type.inner[0]:
            sought = coerced(index, base.type.inner[0])
            return Typed(looked_up(base, sought, strict=True), base.type.inner[1])
        place = node.expressions[0]
        if base.type.name == "row" and isinstance(place, exp.Literal) and index.type.is_integer:
            if not 0 < int(place.name) <= len(base.type.inner):
                message = f"ROW index out of bounds: {place.name}"
                raise self.problems.at(node, "INVALID_FUNCTION_ARGUMENT", message)
            return member_at(base, int(place.name) - 1)
        raise self.problems.at(node, "TYPE_MISMATCH", f"Cannot use {index.type} for subscript of {base.type}")

    def _at_time_zone(self, node: exp.Expr, scope: Scope) -> Typed:
        value, zone = self.typed(node.this, scope), self.typed(node.args["zone"], scope)
        if zone.type == DAY_TO_SECOND:
            zone = Typed(f"zone_of_interval({zone.sql})", VARCHAR)
        if not zone.type.is_text and zone.type.name != "unknown":
            message = f"Type of time zone must be varchar or interval day to second: {zone.type}"
            raise self.problems.at(node, "TYPE_MISMATCH", message)
        return self._calls.called(node, "at_timezone", [value, replace(zone, type=VARCHAR)])


def _packed(sql: str, kind: Type) -> str:
    members = ", ".join(f"{quoted(name)} := q.c{index}" for index, name in enumerate(kind.members))
    return f"SELECT struct_pack({members}) FROM ({sql}) q"
