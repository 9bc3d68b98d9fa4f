"""Athena's statements that sqlglot leaves as mere text, parsed: SHOW, MSCK REPAIR, UNLOAD, EXPLAIN, PREPARE and others.

Athena hands most DDL to Hive and the rest to Trino; sqlglot's Athena tokenizer knows which.
https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.athena import Athena
from sqlglot.dialects.hive import Hive
from sqlglot.parsers.hive import HiveParser
from sqlglot.tokenizer_core import Token, TokenType

from local.athena.statements.nodes import (
    CreateDatabase,
    Deallocate,
    ExecutePrepared,
    Explain,
    Prepare,
    Repair,
    Show,
    Unload,
)
from local.athena.trino.language.language import Language, QueryParser, check

_QUERIES = ((TokenType.ALIAS, TokenType.TABLE), (TokenType.ALIAS, TokenType.VALUES))
"""The beginnings of a query after CREATE TABLE ... AS that sqlglot takes for Hive's."""


def parse(sql: str) -> list[exp.Expr]:
    """The statements of a text; raises sqlglot's errors."""
    kinds = [token.token_type for token in Athena().tokenize(sql)]
    hive = TokenType.HIVE_TOKEN_STREAM in kinds[:1] and not any(pair in _QUERIES for pair in pairwise(kinds))
    return [tree for tree in sqlglot.parse(sql, dialect=_HiveStatements if hive else _TrinoStatements) if tree]


def _word(parser: Any) -> str:
    """One name as it is written, whichever quotes it has: Hive reads a double-quoted one as a string."""
    token = parser._advance_any(ignore_reserved=True)
    if token is None:
        parser.raise_error("A name is required")
    return str(token.text)


def _name(parser: Any) -> str:
    """One name of the catalogue, which has lower case only."""
    return _word(parser).lower()


_SHOWN = (
    ("CREATE", "TABLE"),
    ("CREATE", "VIEW"),
    ("TABLES",),
    ("DATABASES",),
    ("SCHEMAS",),
    ("VIEWS",),
    ("COLUMNS",),
    ("PARTITIONS",),
    ("TBLPROPERTIES",),
)


def _show(parser: Any) -> exp.Expr:
    words = next((words for words in _SHOWN if parser._match_text_seq(*words)), None)
    if words is None:
        parser.raise_error("SHOW is followed by a word that is not known")
    show = Show(this=" ".join(words or ()).replace("SCHEMAS", "DATABASES"))
    quoted = words == ("CREATE", "VIEW")
    named = parser._match_texts(("IN", "FROM")) or quoted or not parser._match(TokenType.STRING, advance=False)
    if named and parser._curr and not parser._match_texts(("LIKE", ";"), advance=False):
        show.set("name", _name(parser))
        if parser._match(TokenType.DOT):
            show.set("schema", show.text("name"))
            show.set("name", _name(parser))
    if parser._match_texts(("IN", "FROM")):
        show.set("schema", _name(parser))
    wrapped = parser._match(TokenType.L_PAREN)
    parser._match_text_seq("LIKE")
    if parser._match(TokenType.STRING):
        show.set("like", parser._prev.text)
    if wrapped:
        parser._match_r_paren()
    return show


def _repair(parser: Any) -> exp.Expr:
    parser._match_text_seq("TABLE")
    return Repair(this=parser._parse_table())


def _unload(parser: Any) -> exp.Expr:
    query = parser._parse_wrapped(parser._parse_statement)
    if not parser._match_text_seq("TO"):
        parser.raise_error("TO is required")
    place = parser._parse_string()
    properties = parser._parse_wrapped_csv(parser._parse_property) if parser._match(TokenType.WITH) else []
    return Unload(this=query, to=place, properties=exp.Properties(expressions=properties))


def _explain(parser: Any) -> exp.Expr:
    analyze = parser._match_text_seq("ANALYZE")
    parser._match_text_seq("VERBOSE")
    options = []
    if parser._match(TokenType.L_PAREN, advance=False) and parser._next.text.upper() in ("TYPE", "FORMAT"):
        options = parser._parse_wrapped_csv(lambda: exp.var(f"{_name(parser)} {_name(parser)}".upper()))
    return Explain(this=parser._parse_statement(), analyze=bool(analyze), options=options)


def _prepare(parser: Any) -> exp.Expr:
    name = _word(parser)
    if not parser._match_text_seq("FROM"):
        parser.raise_error("FROM is required")
    start = parser._curr
    parser._parse_statement()
    return Prepare(this=exp.to_identifier(name), text=parser._find_sql(start, parser._prev))


def _execute(parser: Any) -> exp.Expr:
    name = exp.to_identifier(_word(parser))
    values = parser._parse_csv(parser.parse_value) if parser._match_text_seq("USING") else []
    return ExecutePrepared(this=name, expressions=values)


def _deallocate(parser: Any) -> exp.Expr:
    return Deallocate(this=exp.to_identifier(_word(parser)))


def _create_database(parser: Any) -> exp.Expr:
    exists = parser._parse_exists(not_=True)
    created = CreateDatabase(this=exp.to_identifier(_name(parser)), exists=bool(exists))
    if parser._match_text_seq("COMMENT"):
        created.set("comment", parser._parse_string())
    if parser._match_text_seq("LOCATION"):
        created.set("location", parser._parse_string())
    if parser._match_text_seq("WITH", "DBPROPERTIES"):
        created.set("properties", exp.Properties(expressions=parser._parse_wrapped_csv(parser._parse_property)))
    return created


def _add(parser: Any) -> Any:
    """What follows ALTER TABLE ADD; sqlglot knows one partition, Athena any number."""
    start = parser._index
    exists = parser._parse_exists(not_=True)
    added = []
    while partition := parser._parse_partition():
        place = parser._parse_string() if parser._match_text_seq("LOCATION") else None
        added.append(exp.AddPartition(this=partition, exists=bool(exists), location=place))
        parser._match(TokenType.COMMA)
    if added:
        return added
    parser._retreat(start)
    return parser._parse_alter_table_add()


def _whole(parser: Any) -> exp.Expr:
    """A statement that is always refused."""
    words = parser._find_sql(parser._tokens[0], parser._prev).upper()
    while parser._curr:
        parser._advance()
    return exp.Command(this=words)


def _rename(parser: Any) -> Any:
    """What follows ALTER TABLE RENAME; sqlglot does not know partitions there."""
    start = parser._index
    if parser._match_text_seq("TO") and (partition := parser._parse_partition()):
        return exp.AlterRename(this=partition)
    parser._retreat(start)
    return parser._parse_alter_table_rename()


_STATEMENTS: dict[tuple[str, ...], Callable[[Any], exp.Expr]] = {
    ("SHOW",): _show,
    ("MSCK REPAIR",): _repair,
    ("UNLOAD",): _unload,
    ("EXPLAIN",): _explain,
    ("PREPARE",): _prepare,
    ("EXECUTE",): _execute,
    ("DEALLOCATE PREPARE",): _deallocate,
    ("CREATE", "DATABASE"): _create_database,
    ("CREATE", "SCHEMA"): _create_database,
    ("VACUUM",): _whole,
    ("OPTIMIZE",): _whole,
    ("CREATE", "PROTECTED"): _whole,
    ("ALTER", "DATABASE"): _whole,
    ("ALTER", "SCHEMA"): _whole,
    ("USING", "EXTERNAL"): _whole,
}


def _statement(parser: Any) -> exp.Expr | None:
    return next((read(parser) for words, read in _STATEMENTS.items() if parser._match_text_seq(*words)), None)


class _TrinoParser(QueryParser):
    def _parse_statement(self) -> exp.Expr | None:
        return _statement(self) or super()._parse_statement()


class _HiveParser(HiveParser):
    ALTER_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        **HiveParser.ALTER_PARSERS,
        "ADD": _add,
        "RENAME": _rename,
    }

    def parse(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr | None]:
        check(self, raw_tokens, sql)
        return super().parse(raw_tokens, sql)

    def _parse_types(self, *args: Any, **options: Any) -> exp.Expr | None:
        """A type that keeps its text: sqlglot takes other dialects' types for Hive's."""
        start = self._curr
        kind = super()._parse_types(*args, **options)
        if isinstance(kind, exp.DataType):
            kind.meta["text"] = self._find_sql(start, self._prev)
        return kind

    def _parse_describe(self) -> exp.Describe:
        """With what follows the table, a column or a field of one, as `expressions`."""
        described = super()._parse_describe()
        if self._curr:
            described.set("expressions", [exp.column(str(self._curr.text))])
        while self._curr:
            self._advance()
        return described

    def _parse_statement(self) -> exp.Expr | None:
        return _statement(self) or super()._parse_statement()


class _TrinoStatements(Language):
    class Tokenizer(Language.Tokenizer):
        COMMANDS: ClassVar[set[TokenType]] = set()  # nothing is left as mere text

    Parser = _TrinoParser


class _HiveStatements(Hive):
    class Tokenizer(Hive.Tokenizer):
        COMMANDS: ClassVar[set[TokenType]] = set()

    Parser = _HiveParser
