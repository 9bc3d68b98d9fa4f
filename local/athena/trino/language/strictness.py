"""Where a text leaves Trino's grammar but sqlglot, which reads many dialects, continues.

https://github.com/trinodb/trino/blob/master/core/trino-grammar/src/main/antlr4/io/trino/grammar/sql/SqlBase.g4
"""

import re
from collections.abc import Iterable, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

TYPES = frozenset(
    [
        "array",
        "bigint",
        "boolean",
        "char",
        "date",
        "decimal",
        "double",
        "double precision",
        "int",
        "integer",
        "interval",
        "json",
        "map",
        "real",
        "row",
        "smallint",
        "time",
        "timestamp",
        "tinyint",
        "uuid",
        "varbinary",
        "varchar",
    ]
)
"""The names of types; sqlglot knows those of other dialects as well."""

UNSUPPORTED_TYPES = frozenset(
    ["bingtile", "geometry", "hyperloglog", "ipaddress", "qdigest", "setdigest", "sphericalgeography", "tdigest"]
)
"""Trino's types that are not supported here."""
RESERVED = frozenset([
    "ALTER", "AND", "AS", "BETWEEN", "BY", "CASE", "CAST", "CONSTRAINT", "CREATE", "CROSS", "CUBE",
    "CURRENT_CATALOG", "CURRENT_DATE", "CURRENT_PATH", "CURRENT_ROLE", "CURRENT_SCHEMA", "CURRENT_TIME",
    "CURRENT_TIMESTAMP", "CURRENT_USER", "DEALLOCATE", "DELETE", "DESCRIBE", "DISTINCT", "DROP", "ELSE", "END",
    "ESCAPE", "EXCEPT", "EXECUTE", "EXISTS", "EXTRACT", "FALSE", "FIRST", "FOR", "FROM", "FULL", "GROUP",
    "GROUPING", "HAVING", "IN", "INNER", "INSERT", "INTERSECT", "INTO", "IS", "JOIN", "JSON_ARRAY", "JSON_EXISTS",
    "JSON_OBJECT", "JSON_QUERY", "JSON_VALUE", "LAST", "LEFT", "LIKE", "LISTAGG", "LOCALTIME", "LOCALTIMESTAMP",
    "NATURAL", "NORMALIZE", "NOT", "NULL", "OF", "ON", "OR", "ORDER", "OUTER", "PREPARE", "RECURSIVE", "RIGHT",
    "ROLLUP", "SELECT", "SKIP", "TABLE", "THEN", "TRIM", "TRUE", "UESCAPE", "UNESCAPE", "UNION", "UNNEST", "USING",
    "VALUES", "WHEN", "WHERE", "WITH",
])  # fmt: skip
"""The words that are names only in double quotes: those that Athena lists for SELECT, and Trino's.

Trino alone would accept `first`, `last` and `of`. https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html
"""
DIGIT_FIRST = "identifiers must not start with a digit; surround the identifier with double quotes"
_WORD = re.compile(r"\w+", re.ASCII)
_NUMBER = re.compile(r"\d+|(\d+\.\d*|\d*\.?\d+)([eE][+-]?\d+)?|\d+\.[eE][+-]?\d+")
_BEFORE_ITEMS = {
    TokenType.COMMA,
    TokenType.FROM,
    TokenType.GROUP_BY,
    TokenType.L_BRACKET,
    TokenType.L_PAREN,
    TokenType.ORDER_BY,
    TokenType.SELECT,
    TokenType.VALUES,
}
_AFTER_ITEMS = {
    TokenType.COMMA,
    TokenType.EXCEPT,
    TokenType.FROM,
    TokenType.GROUP_BY,
    TokenType.HAVING,
    TokenType.INTERSECT,
    TokenType.ORDER_BY,
    TokenType.R_BRACKET,
    TokenType.R_PAREN,
    TokenType.SEMICOLON,
    TokenType.UNION,
    TokenType.WHERE,
}
"""What stands around a list, not in it: all of these words are reserved."""
_OTHERS = {TokenType.ISNULL, TokenType.NOTNULL}
"""Words of other dialects."""
_COUNTS = {TokenType.NUMBER, TokenType.PLACEHOLDER}
_NOW = {
    TokenType.CURRENT_TIME,
    TokenType.CURRENT_TIMESTAMP,
    TokenType.LOCALTIME,
    TokenType.LOCALTIMESTAMP,
}
_PAIRS = {
    (TokenType.ALIAS, TokenType.STRING),
    (TokenType.ASC, TokenType.DESC),
    (TokenType.DESC, TokenType.ASC),
    (TokenType.CURRENT_DATE, TokenType.L_PAREN),
    (TokenType.INTERVAL, TokenType.NUMBER),
    (TokenType.STRING, TokenType.STRING),
}
"""What never follows the other."""
_TRIPLES = {
    (TokenType.IN, TokenType.L_PAREN, TokenType.R_PAREN),
    *((word, TokenType.L_PAREN, TokenType.R_PAREN) for word in _NOW),
    *((TokenType.LIMIT, count, after) for count in _COUNTS for after in (TokenType.COMMA, TokenType.OFFSET)),
    *((TokenType.COMMA, TokenType.LIMIT, count) for count in _COUNTS),
}


def misplaced(tokens: Sequence[Token], sql: str) -> Token | None:
    """The first token that cannot stand where it does; None if sqlglot may judge."""
    kinds = [token.token_type for token in tokens]
    for index, (token, kind) in enumerate(zip(tokens, kinds, strict=True)):
        before = kinds[index - 1] if index else None
        if token.text == "==" or kind in _OTHERS or (kind is TokenType.HEX_STRING and sql[token.start] == "0"):
            return token
        if before is TokenType.COMMA and kind in _AFTER_ITEMS:
            return token
        if kind is TokenType.COMMA and (before is None or before in _BEFORE_ITEMS):
            return token
        if before is TokenType.ALIAS and tokens[index - 2].text.upper() == "DEFINED":
            continue  # Hive's NULL DEFINED AS
        if (before, kind) in _PAIRS or tuple(kinds[max(index - 2, 0) : index + 1]) in _TRIPLES:
            return token
    return None


def digit_first(tokens: Sequence[Token], sql: str) -> Token | None:
    """The first word that begins with a digit, such as `1x` or `1_000`: sqlglot takes it for a number and an alias."""
    for token in tokens:
        if token.token_type is not TokenType.NUMBER:
            continue
        word = _WORD.match(sql, token.start)
        rest = max(0, word.end() - token.end - 1) if word else 0
        if rest or sql[token.end + 1 : token.end + 2] == "_" or not _NUMBER.fullmatch(token.text):
            end = token.end + rest
            return Token(TokenType.VAR, sql[token.start : end + 1], token.line, token.col + rest, token.start, end)
    return None


def reserved(trees: Iterable[exp.Expr | None]) -> Token | None:
    """The first name that is a reserved word and not in double quotes."""
    for tree in trees:
        for name in tree.find_all(exp.Identifier) if tree else ():
            if not name.quoted and name.name.upper() in RESERVED and not _is_call(name):
                place = [name.meta.get(key, 0) for key in ("line", "col", "start", "end")]
                return Token(TokenType.VAR, name.name, *place)
    return None


def _is_call(name: exp.Identifier) -> bool:
    """Whether it is a function without parentheses, such as `current_schema`: sqlglot takes some for columns."""
    column = name.parent
    return name.name.upper().startswith("CURRENT_") and isinstance(column, exp.Column) and column.parts == [name]
