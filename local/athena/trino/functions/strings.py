"""https://trino.io/docs/current/functions/string.html"""

import unicodedata
from typing import Any, Literal

from local.athena.errors import QueryError
from local.athena.trino.functions.failing import check_length, invalid
from local.athena.trino.functions.printf import formatted
from local.athena.trino.operations.casts import padded
from local.athena.trino.operations.operators import concatenated
from local.athena.trino.signatures import Call, Function, Native, Template, Typed, letter, same_type, scalar
from local.athena.trino.types import BIGINT, BOOLEAN, INTEGER, MAX_CHAR, VARBINARY, VARCHAR, Type, array, mapping, text

T = letter("T", "varchar", "char")
_CHAR = Type("char")
"""After the varchar, which becomes a char, in every list of ways to call a function."""
A = letter("A")
_LISTS = array(VARCHAR)


def _format(call: Call) -> str:
    kinds = [text(str(kind.type)) for kind in call.arguments[1:]]
    values = [
        f"trino_shortest({value.sql})" if value.type.name == "real" else padded(value) for value in call.arguments[1:]
    ]
    packed = ", ".join(f"v{index} := {value}" for index, value in enumerate(values))
    return f"trino_format({call.arguments[0].sql}, [{', '.join(kinds)}], struct_pack({packed}))"


def _as_varchar(call: Call) -> Type:
    """A varchar as long as the first argument can be."""
    return Type("varchar", call.arguments[0].type.parameters)


def _of_padded(sql: str) -> Template:
    """A function of a text that sees the blanks at the end of a char."""
    return lambda call: sql.format(padded(call.arguments[0]), *(value.sql for value in call.arguments[1:]))


def _trims(name: str) -> tuple[Function, ...]:
    """A function that takes blanks, or the letters of a second text, off a text; a char has none at its end."""

    def letters(call: Call) -> str:
        value, sign = call.arguments
        trimmed = f"{name}({value.sql}, {sign.sql})"
        return f"rtrim({trimmed}, ' ')" if value.type.name == "char" else trimmed

    return (
        scalar(name, [T], _as_varchar, f"{name}({{0}}, blanks())"),
        scalar(name, [T, VARCHAR], _as_varchar, letters),
    )


FUNCTIONS: tuple[Function, ...] = (
    scalar("chr", [BIGINT], Type("varchar", (1,)), "chr(CAST({0} AS INTEGER))"),
    scalar("codepoint", [VARCHAR], INTEGER, "trino_codepoint({0})"),
    scalar("concat", [VARCHAR, VARCHAR], VARCHAR, lambda call: _joined(call), repeats=True),
    scalar("concat", [_CHAR, _CHAR], lambda call: _chars(call).type, lambda call: _chars(call).sql),
    scalar("concat", [array(A), array(A)], array(A), lambda call: _arrays(call), repeats=True),
    scalar("concat", [VARBINARY, VARBINARY], VARBINARY, lambda call: _joined(call), repeats=True),
    scalar(
        "concat_ws",
        [VARCHAR, _LISTS],
        VARCHAR,
        "CASE WHEN {1} IS NOT NULL THEN coalesce(array_to_string({1}, {0}), '') END",
    ),
    scalar("concat_ws", [VARCHAR, VARCHAR], VARCHAR, "concat_ws({all})", repeats=True),
    scalar("ends_with", [VARCHAR, VARCHAR], BOOLEAN, "suffix({0}, {1})"),
    scalar("format", [VARCHAR, A], VARCHAR, _format),
    *(
        scalar("format", [VARCHAR, *(letter(name) for name in "BCDEFGHIJKLM"[:count])], VARCHAR, _format)
        for count in range(2, 11)
    ),
    scalar("hamming_distance", [VARCHAR, VARCHAR], BIGINT, "trino_hamming({0}, {1})"),
    scalar("length", [VARCHAR], BIGINT, "length({0})"),
    scalar("length", [_CHAR], BIGINT, _of_padded("length({0})")),
    scalar("length", [VARBINARY], BIGINT, "octet_length({0})"),
    scalar("levenshtein_distance", [VARCHAR, VARCHAR], BIGINT, "levenshtein({0}, {1})"),
    scalar("lower", [T], same_type, "lower({0})"),
    scalar("lpad", [VARCHAR, BIGINT, VARCHAR], VARCHAR, "padded('lpad', {0}, {1}, {2})"),
    scalar("lpad", [_CHAR, BIGINT, VARCHAR], VARCHAR, _of_padded("padded('lpad', {0}, {1}, {2})")),
    *_trims("ltrim"),
    scalar("luhn_check", [VARCHAR], BOOLEAN, "trino_luhn({0})"),
    scalar("normalize", [VARCHAR], VARCHAR, "trino_normalize({0}, 'NFC')"),
    scalar("normalize", [VARCHAR, VARCHAR], VARCHAR, "trino_normalize({0}, {1})"),
    scalar("replace", [VARCHAR, VARCHAR], VARCHAR, "replace({0}, {1}, '')"),
    scalar("replace", [VARCHAR, VARCHAR, VARCHAR], VARCHAR, "trino_replace({0}, {1}, {2})"),
    scalar("reverse", [T], same_type, _of_padded("trino_reverse({0})")),
    scalar("reverse", [VARBINARY], VARBINARY, "trino_reverse_bytes({0})"),
    scalar("reverse", [array(A)], array(A), "list_reverse({0})"),
    scalar("rpad", [VARCHAR, BIGINT, VARCHAR], VARCHAR, "padded('rpad', {0}, {1}, {2})"),
    *_trims("rtrim"),
    scalar("soundex", [VARCHAR], VARCHAR, "trino_soundex({0})"),
    scalar("split", [VARCHAR, VARCHAR], _LISTS, "parts({0}, {1})"),
    scalar("split", [VARCHAR, VARCHAR, BIGINT], _LISTS, "trino_split({0}, {1}, {2})"),
    scalar("split_part", [VARCHAR, VARCHAR, BIGINT], VARCHAR, "part({0}, {1}, {2})"),
    scalar("split_to_map", [VARCHAR, VARCHAR, VARCHAR], mapping(VARCHAR, VARCHAR), "trino_split_to_map({0}, {1}, {2})"),
    scalar(
        "split_to_multimap",
        [VARCHAR, VARCHAR, VARCHAR],
        mapping(VARCHAR, _LISTS),
        "trino_split_to_multimap({0}, {1}, {2})",
    ),
    scalar("starts_with", [VARCHAR, VARCHAR], BOOLEAN, "starts_with({0}, {1})"),
    scalar("strpos", [VARCHAR, VARCHAR], BIGINT, "strpos({0}, {1})"),
    scalar("strpos", [VARCHAR, VARCHAR, BIGINT], BIGINT, "trino_strpos({0}, {1}, {2})"),
    *(
        function
        for name in ("substr", "substring")
        for function in (
            scalar(name, [T, BIGINT], _as_varchar, _of_padded("cut({0}, {1}, 9223372036854775807)")),
            scalar(name, [T, BIGINT, BIGINT], _as_varchar, _of_padded("cut({0}, {1}, {2})")),
            scalar(name, [VARBINARY, BIGINT], VARBINARY, "trino_cut({0}, {1}, NULL)"),
            scalar(name, [VARBINARY, BIGINT, BIGINT], VARBINARY, "trino_cut({0}, {1}, {2})"),
        )
    ),
    scalar("translate", [VARCHAR, VARCHAR, VARCHAR], VARCHAR, "translate({0}, {1}, {2})"),
    *_trims("trim"),
    scalar("upper", [T], same_type, "upper({0})"),
    scalar("uuid", [], Type("uuid"), "uuid()"),
)


def _joined(call: Call) -> str:
    _check_count(call)
    return "(" + " || ".join(value.sql for value in call.arguments) + ")"


def _chars(call: Call) -> Typed:
    value = concatenated(*call.arguments)
    assert value is not None
    if value.type.precision > MAX_CHAR:
        raise QueryError("TYPE_NOT_FOUND", f"{call.place}: Unknown type: {value.type}")
    return value


def _check_count(call: Call) -> None:
    if len(call.arguments) == 1:
        message = f"{call.place}: There must be two or more concatenation arguments"
        raise QueryError("INVALID_FUNCTION_ARGUMENT", message)


def _arrays(call: Call) -> str:
    _check_count(call)
    sql = call.arguments[0].sql
    for value in call.arguments[1:]:
        sql = f"arrays_joined({sql}, {value.sql})"
    return sql


_FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")


def codepoint(value: str) -> int:
    if len(value) != 1:
        raise invalid(f"Input string must be a single character string, was: {value}")
    return ord(value)


def hamming(one: str, other: str) -> int:
    if len(one) != len(other):
        raise invalid("The input strings to hamming_distance function must have the same length")
    return sum(mine != its for mine, its in zip(one, other, strict=True))


def luhn(value: str) -> bool:
    if not value.isdigit():
        raise invalid("Input contains non-digit characters")
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(value))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def normalize(value: str, form: str) -> str:
    wanted = next((each for each in _FORMS if each == form.upper()), None)
    if wanted is None:
        raise invalid(f"Normalization form must be one of [NFD, NFC, NFKD, NFKC]: {form}")
    return unicodedata.normalize(wanted, value)


def replaced(value: str, search: str, replacement: str) -> str:
    check_length(len(value) + value.count(search) * (len(replacement) - len(search)))
    return value.replace(search, replacement)


def soundex(value: str) -> str:
    codes = {letter_: code for letters, code in _SOUNDS for letter_ in letters}
    letters = [each for each in value.upper() if each.isalpha()]
    if not letters:
        return ""
    if any(not each.isascii() for each in letters):
        raise invalid(f"The character is not mapped: {value}")
    result, last = letters[0], codes.get(letters[0], "")
    for each in letters[1:]:
        code = codes.get(each, "")
        if code and code != last:
            result += code
        if each not in "HW":
            last = code
    return result[:4].ljust(4, "0")


_SOUNDS = (("BFPV", "1"), ("CGJKQSXZ", "2"), ("DT", "3"), ("L", "4"), ("MN", "5"), ("R", "6"))


def split(value: str, delimiter: str, limit: int) -> list[str]:
    if limit <= 0:
        raise invalid("Limit must be positive")
    if not delimiter:
        raise invalid("The delimiter may not be the empty string")
    return value.split(delimiter, limit - 1)


def split_to_map(value: str, entries: str, pairs: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, held in _pairs(value, entries, pairs):
        if key in found:
            raise invalid(f"Duplicate keys ({key}) are not allowed")
        found[key] = held
    return found


def split_to_multimap(value: str, entries: str, pairs: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, held in _pairs(value, entries, pairs):
        found.setdefault(key, []).append(held)
    return found


def _pairs(value: str, entries: str, pairs: str) -> list[tuple[str, str]]:
    if not entries or not pairs or entries == pairs:
        raise invalid("entryDelimiter and keyValueDelimiter must be different and not empty")
    found = []
    for entry in value.split(entries) if value else []:
        key, sign, held = entry.partition(pairs)
        if not sign or pairs in held:
            raise invalid(f"Key-value delimiter must appear exactly once in each entry. Bad input: '{entry}'")
        found.append((key, held))
    return found


def strpos(value: str, part: str, instance: int) -> int:
    if instance == 0:
        raise invalid("'instance' must not be a zero.")
    if not part:
        return 1
    place = -1 if instance > 0 else len(value) + 1
    for _ in range(abs(instance)):
        place = value.find(part, place + 1) if instance > 0 else value.rfind(part, 0, max(place - 1 + len(part), 0))
        if place < 0:
            return 0
    return place + 1


def cut(value: bytes | None, start: int | None, length: int | None = None) -> bytes | None:
    """Part of a binary; the length may be left out, which is what NULL means here."""
    if value is None or start is None or start == 0 or abs(start) > len(value):
        return None if value is None or start is None else b""
    begin = start - 1 if start > 0 else len(value) + start
    return value[begin:] if length is None else value[begin : begin + max(length, 0)]


def printed(pattern: str | None, kinds: list[str], values: dict[str, Any]) -> str | None:
    return None if pattern is None else formatted(pattern, kinds, list(values.values()))


NATIVES = {
    "trino_codepoint": Native(codepoint, "INTEGER"),
    "trino_cut": Native(cut, "BLOB", nulls=True),
    "trino_format": Native(printed, "VARCHAR", nulls=True),
    "trino_hamming": Native(hamming, "BIGINT"),
    "trino_luhn": Native(luhn, "BOOLEAN"),
    "trino_normalize": Native(normalize, "VARCHAR"),
    "trino_replace": Native(replaced, "VARCHAR"),
    "trino_reverse": Native(lambda value: value[::-1], "VARCHAR"),
    "trino_reverse_bytes": Native(lambda value: value[::-1], "BLOB"),
    "trino_soundex": Native(soundex, "VARCHAR"),
    "trino_split": Native(split, "VARCHAR[]"),
    "trino_split_to_map": Native(split_to_map, "MAP(VARCHAR, VARCHAR)"),
    "trino_split_to_multimap": Native(split_to_multimap, "MAP(VARCHAR, VARCHAR[])"),
    "trino_strpos": Native(strpos, "BIGINT"),
}
