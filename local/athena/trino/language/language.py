"""Trino's SQL as sqlglot parses it, without what other dialects have and Trino refuses.

Functions keep the names and arguments they were written with: what they mean is defined in `functions`.
"""

import re
from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.parser import Parser
from sqlglot.parsers.athena import AthenaTrinoParser
from sqlglot.tokenizer_core import Token, TokenType

from local.athena.trino.language.strictness import DIGIT_FIRST, TYPES, digit_first, misplaced, reserved

_SPECIAL = (
    "CAST",
    "EXTRACT",
    "JSON_QUERY",
    "JSON_VALUE",
    "LISTAGG",
    "NORMALIZE",
    "POSITION",
    "SUBSTRING",
    "TRIM",
    "TRY_CAST",
)
"""Functions with a syntax of their own."""
_RANGES = (TokenType.BETWEEN, TokenType.IN, TokenType.IS, TokenType.LIKE)
_BINARY: dict[type[exp.Expr], TokenType] = {
    exp.EQ: TokenType.EQ,
    exp.NEQ: TokenType.NEQ,
    exp.GT: TokenType.GT,
    exp.GTE: TokenType.GTE,
    exp.LT: TokenType.LT,
    exp.LTE: TokenType.LTE,
    exp.Add: TokenType.PLUS,
    exp.Sub: TokenType.DASH,
    exp.Mul: TokenType.STAR,
    exp.Div: TokenType.SLASH,
    exp.Mod: TokenType.MOD,
    exp.DPipe: TokenType.DPIPE,
    exp.Union: TokenType.UNION,
    exp.Intersect: TokenType.INTERSECT,
    exp.Except: TokenType.EXCEPT,
}
"""Operators of two operands, which errors point at."""


_DEPTHS = {
    TokenType.R_PAREN: 1,
    TokenType.R_BRACKET: 1,
    TokenType.L_PAREN: -1,
    TokenType.L_BRACKET: -1,
}
_AROUND_CALLS = (exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls)


def _kept(table: dict[Any, Any], names: tuple[Any, ...]) -> dict[Any, Any]:
    return {name: table[name] for name in names}


def _end(last: Token) -> Token:
    """Where a text ends too early, after `last`."""
    return Token(TokenType.STRING, "", last.line, last.col, last.end + 1, last.end)


def check(parser: Parser, tokens: list[Token], sql: str) -> None:
    """Raise the parser's error for a token that cannot stand where it does."""
    parser.sql = sql
    token = misplaced(tokens, sql)
    if token is None and tokens and tokens[-1].token_type is TokenType.COMMA:
        token = _end(tokens[-1])
    if token is not None:
        parser.raise_error("mismatched input", token)


class QueryParser(AthenaTrinoParser):
    """Trino's own statements and expressions."""

    SUBQUERY_TOKENS = AthenaTrinoParser.SUBQUERY_TOKENS | {TokenType.VALUES}
    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS = _kept(AthenaTrinoParser.FUNCTION_PARSERS, _SPECIAL)
    RANGE_PARSERS = _kept(AthenaTrinoParser.RANGE_PARSERS, _RANGES)
    COLUMN_OPERATORS = _kept(AthenaTrinoParser.COLUMN_OPERATORS, (TokenType.DOT,))
    EQUALITY = _kept(AthenaTrinoParser.EQUALITY, (TokenType.EQ, TokenType.NEQ))
    FACTOR = _kept(AthenaTrinoParser.FACTOR, (TokenType.MOD, TokenType.SLASH, TokenType.STAR))
    TERM = _kept(AthenaTrinoParser.TERM, (TokenType.DASH, TokenType.PLUS))
    BITWISE: ClassVar[dict[Any, Any]] = {}
    UNARY_PARSERS = _kept(AthenaTrinoParser.UNARY_PARSERS, (TokenType.DASH, TokenType.NOT, TokenType.PLUS))

    def parse(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr | None]:
        check(self, raw_tokens, sql)
        word = digit_first(raw_tokens, sql)
        if word is not None:
            self.raise_error(DIGIT_FIRST, word)
        trees = super().parse(raw_tokens, sql)
        word = reserved(trees)
        if word is not None:
            self.raise_error("mismatched input", word)
        return trees

    def _parse_join(self, *args: Any, **options: Any) -> exp.Join | None:
        """A join has a condition, unless it is a comma, CROSS or NATURAL."""
        first = self._curr
        join = super()._parse_join(*args, **options)
        free = join is None or first.token_type is TokenType.COMMA or join.kind == "CROSS" or join.method
        if join is not None and not free and not (join.args.get("on") or join.args.get("using")):
            self.raise_error("mismatched input", self._curr or _end(self._prev))
        return join

    def _parse_types(self, *args: Any, **options: Any) -> exp.Expr | None:
        """A type that knows its name if Trino has no type of that name."""
        first = self._curr
        kind = super()._parse_types(*args, **options)
        if isinstance(kind, exp.DataType) and first and first.text.lower() not in TYPES:
            kind.meta["unknown"] = first.text.lower()
        return kind

    def _parse_bracket(self, this: exp.Expr | None = None) -> exp.Expr | None:
        if self._curr and (
            self._curr.token_type is TokenType.L_BRACE
            or (this is None and self._curr.token_type is TokenType.L_BRACKET)
        ):
            self.raise_error("mismatched input")
        return super()._parse_bracket(this)

    def _parse_select(self, *args: Any, **options: Any) -> exp.Expr | None:
        if self._curr and self._curr.token_type is TokenType.FROM:
            self.raise_error("mismatched input")
        return super()._parse_select(*args, **options)

    def parse_value(self) -> exp.Expr | None:
        """An expression that keeps its text."""
        return self._with_text(self._parse_expression)

    def _parse_ddl_select(self) -> exp.Expr | None:
        return self._with_text(super()._parse_ddl_select)

    def _with_text(self, parse: Callable[[], exp.Expr | None]) -> exp.Expr | None:
        """What is parsed, for `text_of`."""
        start = self._curr
        tree = parse()
        if tree is not None:
            tree.meta["text"] = self._find_sql(start, self._prev)
        return tree

    def _parse_cast(self, *args: Any, **options: Any) -> exp.Expr:
        """`CAST('...' AS date)` and `DATE '...'` become the same node: this one was called."""
        cast = super()._parse_cast(*args, **options)
        cast.meta["called"] = True
        return cast

    def _parse_function_call(self, *args: Any, **options: Any) -> exp.Expr | None:
        """A call stands where its name does."""
        token = self._curr
        call = inner = super()._parse_function_call(*args, **options)
        while inner is not None:
            inner.meta["start"] = token.start
            inner = inner.this if isinstance(inner, _AROUND_CALLS) else None
        return call

    def _parse_table_sample(self, as_modifier: bool = False) -> exp.TableSample | None:
        if as_modifier and self._match_text_seq("USING", "SAMPLE", advance=False):
            self.raise_error("mismatched input")
        return super()._parse_table_sample(as_modifier)

    def expression(self, instance: exp.Expr, *args: Any, **options: Any) -> Any:
        """A node that knows where it stands: an operator where its sign is, others near where they end."""
        made = super().expression(instance, *args, **options)
        if isinstance(made, exp.Condition | exp.SetOperation) and "start" not in made.meta and self._prev:
            sign = _BINARY.get(type(made))
            made.meta["start"] = self._prev.start if sign is None else self._start_of(sign)
        return made

    def _start_of(self, sign: TokenType) -> int:
        """Where the operator before what was just read stands: the last one that is in no parentheses of its own."""
        index, depth = self._index - 1, 0
        while index > 0 and (depth > 0 or self._tokens[index].token_type is not sign):
            depth += _DEPTHS.get(self._tokens[index].token_type, 0)
            index -= 1
        return int(self._tokens[index].start)


def _is_too_long(token: Token) -> bool:
    """Whether the number continues after a sign that does not follow its `e`."""
    return token.token_type is TokenType.NUMBER and bool(re.match(r"[\d.]+[eE]\d+[+-]", token.text))


class Language(Trino):
    """Trino's SQL: give it to sqlglot as `dialect`."""

    INDEX_OFFSET = 0  # sqlglot counts the elements of arrays from zero otherwise
    Parser = QueryParser

    class Tokenizer(Trino.Tokenizer):
        """sqlglot's, but `1e3-1` is two numbers: it would end the first one after the sign."""

        HEX_STRINGS: ClassVar[list[Any]] = []
        BYTE_STRINGS: ClassVar[list[Any]] = [("X'", "'"), ("x'", "'")]  # whatever they hold: see `literals`

        def tokenize(self, sql: str) -> list[Token]:
            masked, tokens = list(sql), super().tokenize(sql)
            while found := [token for token in tokens if _is_too_long(token)]:
                for token in found:  # as digits alone, the number ends where it should, and all places stay
                    exponent = token.start + token.text.upper().index("E")
                    masked[exponent] = "0"
                tokens = super().tokenize("".join(masked))
            for token in tokens:
                if token.token_type is TokenType.NUMBER:
                    token.text = sql[token.start : token.end + 1]
            return tokens


def text_of(tree: exp.Expr) -> str:
    """How the query of CREATE ... AS or a value of EXECUTE ... USING was written: sqlglot would use other words."""
    return str(tree.meta["text"])
