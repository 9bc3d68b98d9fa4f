"""Where a text leaves Trino's grammar but sqlglot, which reads many dialects, continues.

https://github.com/trinodb/trino/blob/master/core/trino-grammar/src/main/antlr4/io/trino/grammar/sql/SqlBase.g4
"""

import re
from collections.abc import Sequence

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


def reserved(tokens: Sequence[Token]) -> Token | None:
    """The first SKIP that is used as a name: the word is reserved for AFTER MATCH SKIP."""
    words = ["", *(token.text.upper() for token in tokens)]
    for before, word, token in zip(words, words[1:], tokens, strict=False):
        if word == "SKIP" and before != "MATCH" and token.token_type is TokenType.VAR:
            return token
    return None
