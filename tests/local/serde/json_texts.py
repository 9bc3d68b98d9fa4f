"""Hypothesis strategies: tables, and records of JSON text from clean to hostile."""

import json

from hypothesis import strategies as st

from local.serde.columns import Columns
from local.serde.hive_types import HiveType, parse_type
from local.serde.options import HiveJson, OpenX

WORDS = st.sampled_from(
    r"""
    "2024-01-02" | "2024-02-30" | "0000-01-01" | "2024-01-02 03:04:05" | "2024-01-02 03:04:05.25" | 1e3 | -0 | -0.0 |
    "2024-01-02T03:04:05Z" | "2024-01-02T03:04:05+01:00" | "9999-01-01 00:00:00" | "2024-01-02 24:00:00" | 1.50 |
    "2024-01-02T03:04:05" | "2024-01-02 03:04" | "2024-1-2" | "2024-01-02 03:04:05.1234567891" | "1677-09-21 00:12:43" |
    " 2024-01-02 03:04:05" | "2024-01-02 03:04:60" | 1700000000 | 1700000000.5 | 9999999999999999 | "-001-01-01" |
    1e400 | -1e400 | 1e-400 | -Infinity | NaN | Inf | 9223372036854775807 | 9223372036854775808 | 300 | "12" | "true" |
    "" | "\ud800" | "\uD83D\uDE00" | "\u0000" | "a\/b" | "}" | "{" | "\"" | "NaN" | [NaN] | {"z":NaN} | "null" |
    [] | {} | [{"a":null}] | [1,2.5] | ["x",null] | {"a":1,"A":2} | {"B":1,"a":{"C":[1]}} | null | true | false |
    01 | +1 | .5 | 1. | 'x' | tru | 26.7999992371 | 123456789012345678901234567890 | [1,] |
    0.1234567890123456789012345 | {"a":1,} | [[[[[[]]]]]]
    """.replace("\n", " ")
    .strip()
    .split(" | ")
)
TEXTS = st.text(max_size=5).map(lambda text: json.dumps(text, ensure_ascii=False))
NESTED = "[" * 70 + "]" * 70
VALUES = st.one_of(
    WORDS, TEXTS, st.integers(-(2**65), 2**65).map(str), st.floats().map(json.dumps), st.just(NESTED), st.just("{}")
)
INTEGERS = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}
REALS = st.floats(allow_nan=False, allow_infinity=False).map(json.dumps)
_SCALARS = {
    "boolean": st.sampled_from(["true", "false", "null"]),
    "float": REALS,
    "double": REALS | st.integers(-(2**65), 2**65).map(str),
    "string": TEXTS,
    "date": st.dates().map(lambda day: f'"{day}"'),
    "timestamp": st.datetimes().map(lambda time: f'"{time}"')
    | st.datetimes().map(lambda time: f'"{time.isoformat()}Z"'),
    "varchar": st.text(max_size=2).map(json.dumps),
    "char": st.text(max_size=2).map(json.dumps),
    "decimal": st.decimals(-1000, 1000, places=2).map(str)
    | st.sampled_from(['"1."', '".5"', "1e3", '"-1.50"', "1.234"]),
} | {kind: st.integers(-(2**bits), 2**bits - 1).map(str) for kind, bits in INTEGERS.items()}
NAMES = ("n", "flag", "a_b", "ts", "é", "x", "y", "z")
_TIMES = [
    "2024-01-02 03:04",
    "2024-01-02",
    "2024-01-02 03:04:05Z",
    "2024-01-02T03:04:05ZZ",
    "2024-01-02T03:04",
    "0000-01-01",
]
_NO_REALS = ["NaN", "-Infinity", "1e400", '"NaN"', '"1.5"']
_HALVES = [r'"\ud800"', r'"\uD83D\uDE00"', r'"\\ud800"']
_ODD = {
    "timestamp": [f'"{text}"' for text in _TIMES],
    "date": ['"0000-01-01"', '"2024-1-2"', '"2024-02-30"'],
    "float": _NO_REALS,
    "double": _NO_REALS,
    "string": _HALVES,
    "varchar": [*_HALVES, '"abc"', "1"],
    "char": [*_HALVES, '"a "', '"abc"'],
    "boolean": ['"true"', "1"],
} | {key: ["1.0", "1e3", '"1"', "9223372036854775808"] for key in INTEGERS}
_PLAIN = [kind for kind in _SCALARS if kind not in ("varchar", "char", "decimal")]
NESTED_KINDS = [
    *["array<double>", "array<timestamp>", "array<array<int>>", "array<struct<a:int,b:date>>", "array<float>"],
    *["struct<a:int,b:string>", "struct<B:string,a:array<varchar(1)>,c:double>", "map<string,bigint>"],
]
KINDS = st.sampled_from([*_PLAIN, "decimal(10,2)", "varchar(2)", "char(2)"]) | st.sampled_from(NESTED_KINDS)
TABLES = st.lists(st.tuples(st.sampled_from(NAMES), KINDS), min_size=1, max_size=5, unique_by=lambda pair: pair[0]).map(
    lambda pairs: Columns(tuple(name for name, _ in pairs), tuple(parse_type(kind) for _, kind in pairs))
)
DESERIALIZERS = st.sampled_from(
    [
        *3 * [OpenX()],
        OpenX(case_insensitive=False),
        OpenX(dots_to_underscores=True),
        OpenX(mappings={"n": "N", "ts": "a.b", "x": "y", "y": "other"}),
        HiveJson(),
        HiveJson(("millis", "yyyy-MM-dd'T'HH:mm:ss")),
    ]
)
GARBAGE = [
    *["", " ", "null", "[]", "{", "}", "{}", '{"n":{}', ',"n":1}', '{"n":', "1}", '{"s":"', '{"n":1}null{"n":2}'],
    *['{"n":{}\n,"x":{}}', '{"n":1}}', '{"n":1}{', "\ufeff{}", '{"n":1,}', '{"n" 1}', '{"x":"\n"}', '{"n":1}\n{"n"'],
]
KEYS = st.sampled_from([*NAMES, "N", "other", "a.b", "A.B", r"\u006e", "É", "_"])


def values_of(hive: HiveType) -> st.SearchStrategy[str]:
    """JSON of values that a column of the type takes, null among them."""
    children = [values_of(child) for child in hive.children]
    if hive.kind == "array":
        return st.lists(children[0], max_size=3).map(lambda items: f"[{','.join(items)}]")
    if hive.kind == "struct":
        members = st.fixed_dictionaries({}, optional=dict(zip(hive.names, children, strict=True)))
        return members.map(lambda found: "{" + ",".join(f'"{name}":{value}' for name, value in found.items()) + "}")
    if hive.kind == "map":
        return children[1].map(lambda value: f'{{"K":{value}}}')
    usual = _SCALARS[hive.kind]
    return usual | usual | st.sampled_from(["null", *_ODD.get(hive.kind, ())])


def fitting(columns: Columns) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Members that a row of the table may have: some or all columns, in their order, and perhaps one more."""
    known = {name: values_of(hive) for name, hive in zip(columns.names, columns.types, strict=True)}
    members = st.fixed_dictionaries({}, optional={**known, "more": VALUES}) | st.fixed_dictionaries(known)
    return members.map(lambda found: list(found.items()))


def documents(columns: Columns) -> st.SearchStrategy[str]:
    """JSON objects, from rows that fit to anything."""
    anything = st.lists(st.tuples(KEYS, VALUES), max_size=4)
    members = st.one_of(fitting(columns), fitting(columns), anything)
    return members.map(lambda pairs: "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}")


def _joined(texts: list[str], separator: str) -> str:
    return separator.join(texts)


def records(columns: Columns) -> st.SearchStrategy[bytes]:
    """One or several documents with something or nothing between, garbage, and documents that are cut off."""
    several = st.lists(documents(columns), min_size=1, max_size=4)
    separators = st.sampled_from(["", "\n", "\n", " \r\n\t", ",", "null", "\nnull\n", "x", "\ufeff", "\x00", "[]"])
    texts = st.builds(_joined, several, separators) | documents(columns) | documents(columns) | st.sampled_from(GARBAGE)
    cut = st.tuples(texts, st.integers(0, 3)).map(lambda pair: pair[0][: len(pair[0]) - pair[1]])
    return (texts | texts | cut).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.sampled_from(
        [b"\xff", b'{"x":"\xff"}', b'{"x":"\xed\xa0\x80"}', b'{"x":"\xc0\x80"}', b'\xef\xbb\xbf{"x":1}']
    )
