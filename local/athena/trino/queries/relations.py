"""What is in FROM and WITH, in the engine's SQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlglot import exp

from local.athena.trino.expressions.expressions import Expressions
from local.athena.trino.expressions.scope import Field, Names, Relation, Scope, Source, Translated
from local.athena.trino.operations.agreement import agreed
from local.athena.trino.operations.casts import coerced
from local.athena.trino.operations.equality import has_key
from local.athena.trino.origins import Mention, Origin
from local.athena.trino.problems import Problems
from local.athena.trino.queries.joins import joined_using
from local.athena.trino.queries.unnest import moved, spread, unnested
from local.athena.trino.signatures import Typed
from local.athena.trino.types import Type, common

_JOINS = {"LEFT": "LEFT JOIN", "RIGHT": "RIGHT JOIN", "FULL": "FULL JOIN", "": "JOIN"}
_KNOWN: dict[type[exp.Expr], set[str]] = {
    exp.Table: {"this", "db", "alias", "sample", "joins"},
    exp.Subquery: {"this", "alias", "sample", "joins"},
    exp.Values: {"expressions", "alias"},
    exp.Unnest: {"expressions", "alias", "offset"},
    exp.Lateral: {"this", "alias"},
}
"""The parts of what stands in FROM."""
Rendered = tuple[str, list[Relation]]


class Sources:
    """Translates FROM and WITH; `query` translates the queries in them."""

    def __init__(
        self,
        problems: Problems,
        expressions: Expressions,
        names: Names,
        tables: Mapping[tuple[str, str], Source],
        query: Callable[[exp.Expr, Scope | None], Translated],
    ) -> None:
        self._problems = problems
        self._expressions = expressions
        self._names = names
        self._tables = tables
        self._query = query
        self._with: dict[str, tuple[str, Translated, list[str]]] = {}

    @contextmanager
    def common(self, clause: exp.With, outer: Scope | None) -> Iterator[str]:
        """WITH in the engine's SQL; its queries are known by their names while the block runs."""
        before = dict(self._with)
        self._problems.check(clause, {"expressions", "recursive"})
        queries, named = [], set[str]()
        for each in clause.expressions:
            if not isinstance(each, exp.CTE):
                raise self._problems.at(clause, "NOT_SUPPORTED", "Functions in WITH are not supported here")
            self._problems.check(each, {"this", "alias"})
            if each.alias.lower() in named:
                message = f"WITH query name '{each.alias}' specified more than once"
                raise self._problems.at(each, "DUPLICATE_NAMED_QUERY", message)
            named.add(each.alias.lower())
            columns = [column.name for column in each.args["alias"].columns]
            name = self._names.new("w")
            if clause.args.get("recursive") and isinstance(each.this, exp.Union):
                queries.append(self._recursive(each, name, columns, outer))
            else:
                query = self._query(each.this, outer)
                self._counted(each, columns, len(query.columns))
                self._with[each.alias.lower()] = (name, query, columns)
                queries.append(f"{name} AS ({query.sql})")
        try:
            yield f"WITH {'RECURSIVE ' if clause.args.get('recursive') else ''}{', '.join(queries)}"
        finally:
            self._with = before

    def _recursive(self, node: exp.CTE, name: str, columns: list[str], outer: Scope | None) -> str:
        union = node.this
        first = replace(self._query(union.this, outer), origins={})
        self._counted(node, columns, len(first.columns))
        self._with[node.alias.lower()] = (name, first, columns)
        rest = self._query(union.expression, outer)
        changed = []
        for index, ((_, mine), (_, its)) in enumerate(zip(rest.columns, first.columns, strict=True)):
            if common(mine, its) != its:
                message = (
                    f"recursion step relation output type ({mine}) is not coercible to recursion base relation output "
                    f"type ({its}) at column {index + 1}"
                )
                raise self._problems.at(union, "TYPE_MISMATCH", message)
            changed.append(f"{coerced(Typed(f's.c{index}', mine), its).sql} AS c{index}")
        word = "UNION" if union.args.get("distinct") else "UNION ALL"
        if word == "UNION" and any(has_key(kind) for _, kind in first.columns):
            message = "A recursive UNION of zoned times or maps is not supported here: say UNION ALL"
            raise self._problems.at(union, "NOT_SUPPORTED", message)
        names = ", ".join(f"c{index}" for index in range(len(first.columns)))
        return f"{name}({names}) AS ({first.sql} {word} SELECT {', '.join(changed)} FROM ({rest.sql}) s)"

    def _counted(self, node: exp.Expr, columns: Sequence[str], count: int) -> None:
        if columns and len(columns) != count:
            message = f"Column alias list has {len(columns)} entries but relation has {count} columns"
            raise self._problems.at(node, "MISMATCHED_COLUMN_ALIASES", message)

    def values(self, node: exp.Values, outer: Scope | None) -> tuple[str, list[Type]]:
        """VALUES as a relation whose columns the engine names c0, c1, ..., and their types."""
        scope = Scope((), outer)
        rows = [[self._expressions.typed(each, scope) for each in _values(row)] for row in node.expressions]
        found = [agreed(value.type for value in column) for column in zip(*rows, strict=False)]
        kinds = [kind for kind in found if kind is not None]
        if any(len(row) != len(kinds) for row in rows):
            raise self._problems.at(node, "TYPE_MISMATCH", "Values rows have mismatched types")
        listed = ", ".join(
            f"({', '.join(coerced(value, kind).sql for value, kind in zip(row, kinds, strict=True))})" for row in rows
        )
        names = ", ".join(f"c{index}" for index in range(len(kinds)))
        return f"(VALUES {listed}) AS v({names})", kinds

    def from_clause(self, node: exp.Select, outer: Scope | None) -> Rendered:
        """FROM in the engine's SQL, and its relations."""
        clause = node.args.get("from_")
        if clause is None:
            return "", []
        sql, relations = self._source(clause.this, outer, [])
        sql = self._sampled(node, sql)
        for join in node.args.get("joins") or []:
            sql, relations = self._joined(join, sql, relations, outer)
        return f" FROM {sql}", relations

    def _joined(self, join: exp.Join, sql: str, before: list[Relation], outer: Scope | None) -> Rendered:
        kind, side, method = (str(join.args.get(name) or "").upper() for name in ("kind", "side", "method"))
        if method or kind not in ("", "CROSS", "INNER", "OUTER"):
            raise self._problems.at(join, "NOT_SUPPORTED", f"{method or kind} JOIN is not supported")
        self._problems.check(join, {"this", "kind", "side", "on", "using"})
        on, using = join.args.get("on"), join.args.get("using")
        if isinstance(join.this, exp.Unnest):
            if side not in ("", "LEFT") or using:
                raise self._problems.at(join, "NOT_SUPPORTED", "UNNEST is supported in CROSS JOIN and LEFT JOIN only")
            return self._unnested(join, sql, before, outer, left=side == "LEFT")
        more, after = self._source(join.this, outer, before)
        word = _JOINS[side]
        if using:
            return joined_using(join, f"{sql} {word} {more}", before, after, self._problems)
        if on is None:
            return f"{sql} CROSS JOIN {more}", [*before, *after]
        scope = Scope([*before, *after], outer)
        condition = self._expressions.filtering(on, scope, "JOIN ON clause")
        return f"{sql} {word} {more} ON {condition}", [*before, *after]

    def _source(self, node: exp.Expr, outer: Scope | None, before: list[Relation]) -> Rendered:
        self._problems.check(node, _KNOWN.get(type(node), node.args))
        if isinstance(node, exp.Unnest):
            return self._unnested(node, "", [], outer, left=False)
        if isinstance(node, exp.Lateral):
            query = node.this
            if not isinstance(query, exp.Subquery):
                raise self._problems.syntax(node, node.sql())
            return self._queried(node, query.this, Scope(before, outer), "LATERAL ")
        if isinstance(node, exp.Table) and not node.args.get("joins"):
            return self._table(node)
        if isinstance(node, exp.Values):
            sql, kinds = self.values(node, outer)
            name = self._names.new("r")
            fields = [(f"_col{index}", kind) for index, kind in enumerate(kinds)]
            return sql.replace(" AS v(", f" AS {name}(", 1), [self._aliased(node, name, Translated("", fields))]
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            sql, relations = self._queried(node, node.this, outer, "")
            return self._sampled(node, sql), relations
        if isinstance(node, exp.Subquery | exp.Paren) and isinstance(node.this, exp.Table):
            return self._parenthesised(node, outer)
        raise self._problems.at(node, "NOT_SUPPORTED", f"{node.sql(dialect='trino')} in FROM is not supported here")

    def _parenthesised(self, node: exp.Expr, outer: Scope | None) -> Rendered:
        inner = node.this.copy()
        joins = [*(inner.args.pop("joins", None) or []), *(node.args.get("joins") or [])]
        sql, relations = self._source(inner, outer, [])
        for join in joins:
            sql, relations = self._joined(join, sql, relations, outer)
        return f"({sql})", relations

    def _queried(self, node: exp.Expr, query: exp.Expr, outer: Scope | None, word: str) -> Rendered:
        inner = self._query(query, outer)
        name = self._names.new("r")
        return f"{word}({inner.sql}) AS {name}", [self._aliased(node, name, inner)]

    def _aliased(self, node: exp.Expr, name: str, inner: Translated) -> Relation:
        written = _column_names(node)
        self._counted(node, written, len(inner.columns))
        return inner.relation(name, node.alias.lower(), written)

    def _table(self, node: exp.Table) -> Rendered:
        if not isinstance(node.this, exp.Identifier):
            if node.this.name.upper() == "TABLE":
                raise self._problems.at(node.this, "NOT_SUPPORTED", "Table functions are not supported here")
            message = f"Table function '{node.this.name.lower()}' not registered"
            raise self._problems.at(node.this, "FUNCTION_NOT_FOUND", message)
        key = node.name.lower()
        if not node.db and key in self._with:
            return self._common_table(node, key)
        alias = self._names.new("r")
        known = self._tables.get((node.db.lower(), key))
        if known is None:
            raise self._problems.at(node, "TABLE_NOT_FOUND", f"Table 'awsdatacatalog.{node.db}.{key}' does not exist")
        written = _column_names(node)
        self._counted(node, written, sum(not each.hidden for each in known.fields))
        shown, mention = iter(written), Mention(known.files) if known.files is not None else None
        fields = [
            Field(
                next(shown) if written and not each.hidden else each.name,
                Typed(f"{alias}.{each.value.sql}", each.value.type, origin=_origin(each, mention)),
                each.hidden,
            )
            for each in known.fields
        ]
        sql = f"{known.sql} AS {alias}"
        named = node.alias.lower() if node.alias else key
        relation = Relation(fields, named, "" if node.alias else node.db.lower())
        return self._sampled(node, sql), [relation]

    def _common_table(self, node: exp.Table, key: str) -> Rendered:
        source, query, columns = self._with[key]
        alias = self._names.new("r")
        relation = query.relation(alias, (node.alias or key).lower(), columns)
        written = _column_names(node)
        self._counted(node, written, len(relation.fields))
        if written:
            fields = [Field(name, each.value) for name, each in zip(written, relation.fields, strict=True)]
            relation = Relation(fields, relation.name)
        return self._sampled(node, f"{source} AS {alias}"), [relation]

    def _sampled(self, node: exp.Expr, sql: str) -> str:
        sample = node.args.get("sample")
        if sample is None:
            return sql
        method, percent = sample.text("method").upper(), sample.args.get("percent")
        if method not in ("BERNOULLI", "SYSTEM") or not isinstance(percent, exp.Literal):
            raise self._problems.syntax(node, "TABLESAMPLE")
        return f"{sql} TABLESAMPLE {method}({percent.name} PERCENT)"

    def _unnested(
        self, node: exp.Expr, source: str, before: list[Relation], outer: Scope | None, left: bool
    ) -> Rendered:
        join = node if isinstance(node, exp.Join) else None
        unnest = node.this if join is not None else node
        on = join.args.get("on") if join is not None else None
        if on is not None and not (isinstance(on, exp.Boolean) and on.this):
            message = "UNNEST on other than the right side of CROSS JOIN is not supported"
            raise self._problems.at(unnest, "NOT_SUPPORTED", message)
        scope = Scope(before, outer)
        arrays = [self._expressions.typed(each, scope) for each in unnest.expressions]
        offset = unnest.args.get("offset")
        written = [*_column_names(unnest), *([offset.name] if isinstance(offset, exp.Identifier) else [])]
        whole = len(written) == len(arrays) + bool(offset)
        columns = [
            each for index, value in enumerate(arrays) for each in spread(index, value, whole, unnest, self._problems)
        ]
        alias = self._names.new("r")
        kept = [field for relation in before for field in relation.fields]
        sql, types = unnested(source, kept, arrays, columns, bool(offset), left)
        self._counted(unnest, written, len(types))
        names = written or [each or f"_col{index}" for index, each in enumerate(name for name, _ in types)]
        fields = [
            Field(name, Typed(f"{alias}.c{index}", kind))
            for index, (name, (_, kind)) in enumerate(zip(names, types, strict=True))
        ]
        return f"({sql}) AS {alias}", [*moved(before, alias), Relation(fields, unnest.alias.lower())]


def _origin(field: Field, mention: Mention | None) -> Origin | None:
    """Of a table's field, which its files may decide; a view's has its own."""
    if mention is None:
        return field.value.origin
    return Origin(mention, field.name) if field.name in mention.files.names else None


def _values(row: exp.Expr) -> list[exp.Expr]:
    """The columns of a row of VALUES: `(1, 2)`, `ROW(1, 2)` or one value alone."""
    inner = row.expressions[0] if isinstance(row, exp.Tuple) and len(row.expressions) == 1 else row
    if isinstance(inner, exp.Anonymous) and inner.name.lower() == "row":
        return list(inner.expressions)
    return list(row.expressions) if isinstance(row, exp.Tuple) else [row]


def _column_names(node: exp.Expr) -> list[str]:
    alias = node.args.get("alias")
    return [column.name for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
