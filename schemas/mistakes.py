"""What msgspec says of a document read from YAML, split into key and problem, with the valid values of that place."""

import re
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

_AT = re.compile(r" - at (?P<key>`key` in )?`\$\.?(?P<path>.*?)`$")
_PATTERN = re.compile(r"^Expected `str` matching regex .*")
_OF_OBJECTS = ("Object ", "Expected `object`")
"""What msgspec's messages begin with when an object is not what it should be."""


class Mistake(NamedTuple):
    """What is wrong at `key` (`columns[0].type`; empty for the whole), and what would be right, if that is known."""

    key: str
    problem: str
    valid: str


def mistake(error: msgspec.ValidationError, document: Any, model: type[msgspec.Struct]) -> Mistake:
    """msgspec's `error` about `document`, which is not a `model`, with the valid values of that place added."""
    message = str(error)
    at = _AT.search(message)
    path = at["path"] if at else ""
    problem = message[: at.start()] if at else message
    kinds, value = _place(path, document, model)
    if at and at["key"]:
        return Mistake(path, f"{problem} as a key", _form(_structs(kinds, value)))
    if problem.startswith(_OF_OBJECTS):
        return Mistake(path, problem, _form(_structs(kinds, value)))
    problem = _PATTERN.sub(lambda _: f"Invalid value {value!r}", problem)
    return Mistake(path, problem, ", ".join(word for kind in _flat(kinds) for word in _words(kind)))


def steps(path: str) -> list[str]:
    """The keys and, in brackets, numbers that `path` consists of."""
    return re.findall(r"\w+|\[\d+\]", path)


def _place(path: str, document: Any, model: type[msgspec.Struct]) -> tuple[list[inspect.Type], Any]:
    """What may stand at `path` of a `model`, and what stands there in `document`."""
    kinds: list[inspect.Type] = [inspect.type_info(model)]
    for step in steps(path):
        if step.startswith("["):
            kinds, document = [item for kind in _flat(kinds) for item in _items(kind)], document[int(step[1:-1])]
            continue
        structs = _structs(kinds, document)
        tags = tuple(struct.tag for struct in structs if struct.tag_field == step)
        fields = [field.type for struct in structs for field in struct.fields if field.encode_name == step]
        kinds, document = [inspect.LiteralType(tags)] if tags else fields, document[step]
    return kinds, document


def _structs(kinds: list[inspect.Type], value: Any) -> list[inspect.StructType]:
    """The objects among `kinds`; the one that `value` says it is, if it does."""
    found = [kind for kind in _flat(kinds) if isinstance(kind, inspect.StructType)]
    named = [
        kind for kind in found if kind.tag_field and isinstance(value, dict) and value.get(kind.tag_field) == kind.tag
    ]
    return named or found


def _form(structs: list[inspect.StructType]) -> str:
    """The fields of an object, or what distinguishes those that it may be."""
    if len(structs) > 1:
        return f"{structs[0].tag_field}: {', '.join(str(struct.tag) for struct in structs)}"
    tags = [struct.tag_field for struct in structs if struct.tag_field]
    return ", ".join([*tags, *(field.encode_name for struct in structs for field in struct.fields)])


def _flat(kinds: list[inspect.Type]) -> list[inspect.Type]:
    """`kinds` with unions opened, and constraints that say nothing in words."""
    found: list[inspect.Type] = []
    for kind in kinds:
        if isinstance(kind, inspect.UnionType):
            found += _flat(list(kind.types))
        elif isinstance(kind, inspect.Metadata) and not kind.extra_json_schema:
            found += _flat([kind.type])
        else:
            found.append(kind)
    return found


def _items(kind: inspect.Type) -> list[inspect.Type]:
    return [kind.item_type] if isinstance(kind, inspect.VarTupleType) else []


def _words(kind: inspect.Type) -> list[str]:
    if isinstance(kind, inspect.LiteralType):
        return [str(value) for value in kind.values]
    if isinstance(kind, inspect.Metadata) and kind.extra_json_schema:
        return [str(kind.extra_json_schema["description"])]
    return []
