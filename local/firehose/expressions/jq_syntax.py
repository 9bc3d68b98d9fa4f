"""Queries read as by jq 1.6, which Firehose runs: the library used here is a later jq.

https://github.com/jqlang/jq/blob/jq-1.6/src/parser.y
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)
    |(?P<quote>")
    |(?P<format>@[a-zA-Z0-9_]+)
    |(?P<field>\.[a-zA-Z_]\w*)
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>\$?[a-zA-Z_][\w:]*(?<!:))
    |(?P<sign>\?//|//=|//|[-+*/%|=!<>]=|\.\.|.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_IN_QUOTES = re.compile(r'(?:[^"\\]|\\[^(])*')
_INEXACT = re.compile(r"[0-9.]{16}|[eE]|\.[0-9]*0$|^0[0-9]|0\.0000|\.$")
"""Numbers that jq 1.6 may print differently than they are written: it keeps doubles."""

_KEYWORDS = {
    *("def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try", "catch", "label", "import"),
    *("include", "and", "or", "__loc__"),
}
_NO_TERMS = {"if", "reduce", "foreach", "try", "and", "or"}
_OPERATORS = {"+", "*", "/", "%", "//", "?//", "=", "==", "!=", "<", "<=", ">", ">="} | {
    f"{sign}=" for sign in ("|", "+", "-", "*", "/", "%", "//")
}
_CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int = 0

    @property
    def ends_term(self) -> bool:
        if self.kind == "name":
            return self.text not in _KEYWORDS or self.text == "end"
        return self.kind != "sign" or self.text in {")", "]", "}", "?", ".", ".."}


@dataclass
class _Group:
    """What is between two brackets: `in_value` after the colon of an object's member."""

    opener: str
    in_value: bool = False
    has_else: list[bool] = field(default_factory=list)
    """Of each `if` that is open."""
    folds: str = ""
    """Where a `reduce` or `foreach` is: in its `source`, after its `as`; of the brackets of its body, `body`."""


def newer_syntax(text: str) -> list[str]:
    """The names of syntax newer than jq 1.6 that a query, which compiles here, uses."""
    found: dict[str, None] = {}
    groups = [_Group("")]
    before, last = _Token("sign", ""), _Token("sign", "")
    for token in _tokens(text):
        found.update(dict.fromkeys(_newer(groups[-1], before, last, token)))
        before, last = last, _followed(groups, token)
    return list(found)


def with_doubles(text: str) -> str:
    """The query with every number in it a double, as jq 1.6 reads it, not the text that it is written as."""
    numbers = [token for token in _tokens(text) if token.kind == "number" and _INEXACT.search(token.text)]
    for token in reversed(numbers):
        end = token.start + len(token.text)
        text = f"{text[: token.start]}({token.text} * 1){text[end:]}"
    return text


def _tokens(text: str) -> Iterator[_Token]:
    """A query's tokens; of a string its quotes and what is interpolated, in brackets."""
    position, brackets = 0, [""]
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None, "any character is a sign"
        kind, token, start = str(match.lastgroup), match[0], position
        position = match.end()
        if kind == "sign" and token in _CLOSES:
            brackets.append(token)
        in_string = kind == "sign" and token in _CLOSES.values() and brackets.pop() == '"'
        if kind != "blank" and kind != "quote":
            yield _Token(kind, token, start)
        if kind == "quote" or in_string:
            position = _IN_QUOTES.match(text, position).end()  # type: ignore[union-attr]
            if text.startswith("\\(", position):
                brackets.append('"')
                yield _Token("sign", "(", position)
                position += 2
            else:
                yield _Token("text", '"', position)
                position += 1


def _followed(groups: list[_Group], token: _Token) -> _Token:
    """Process a token; returns it, or the `end` of a fold whose body it closes."""
    group = groups[-1]
    if token.kind == "sign" and token.text in _CLOSES:
        body = token.text == "(" and group.folds == "as"
        group.folds = "" if body else group.folds
        groups.append(_Group(token.text, folds="body" if body else ""))
    elif token.kind == "sign" and token.text in _CLOSES.values():
        if groups.pop().folds == "body":
            return _Token("name", "end")
    elif group.opener == "{" and token.text in {":", ","}:
        group.in_value = token.text == ":"
    elif token.kind == "name" and not _is_key(group):
        _note_word(group, token.text)
    return token


def _note_word(group: _Group, word: str) -> None:
    if word in {"reduce", "foreach"}:
        group.folds = "source"
    elif word == "as" and group.folds:
        group.folds = "as"
    elif word == "if":
        group.has_else.append(False)
    elif word == "else":
        group.has_else[-1] = True
    elif word == "end":
        group.has_else.pop()


def _newer(group: _Group, before: _Token, last: _Token, token: _Token) -> Iterator[str]:
    if token.text == "@urid":
        yield "@urid"
    if token.text == "[" and last.text == "." and before.ends_term:
        yield ".[ after a term"
    if token.text.startswith("$") and token.text[1:] in _KEYWORDS - {"__loc__"}:
        yield f"variable {token.text}"
    if (last.kind, last.text) == ("name", "end") and (token.kind == "field" or token.text in {"[", ".", "as"}):
        yield f"{token.text} after if, reduce or foreach"
    if token.kind == "name" and token.text == "end" and not _is_key(group) and not group.has_else[-1]:
        yield "if without else"
    if group.in_value and not _is_in_value(last, token):
        yield f"{token.text} in an object's value that is not in parentheses"


def _is_key(group: _Group) -> bool:
    return group.opener == "{" and not group.in_value


def _is_in_value(last: _Token, token: _Token) -> bool:
    """Whether a value of an object may have the token: it is terms between `|`, each perhaps with a `-`."""
    if token.kind == "name":
        return token.text not in _NO_TERMS
    if token.text == "-":
        return last.text in {":", "|", "-"}
    if token.text == "?":
        return last.kind in {"field", "text"} or last.text == "]"
    return token.kind != "sign" or token.text not in _OPERATORS
