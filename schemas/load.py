"""Contracts read from YAML, with errors that name the file, the key, what was wrong and what would be right."""

import os
import re
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import inspect

from schemas.contract import Contract

DATASETS = Path(os.environ.get("STANDPIPE_DATASETS", Path(__file__).parent / "datasets"))
"""The folder of contracts: beside this file, or where STANDPIPE_DATASETS points."""

_AT = re.compile(r" - at (?P<key>`key` in )?`\$\.?(?P<path>.*?)`$")
_PATTERN = re.compile(r"^Expected `str` matching regex .*")
_OF_OBJECTS = ("Object ", "Expected `object`")
"""What msgspec's messages begin with when an object is not what it should be."""


class ContractError(Exception):
    """A contract that cannot be used. `file` and `key` say where; `valid` says what would be right, if known."""

    def __init__(self, file: Path, key: str, problem: str, valid: str = "") -> None:
        super().__init__(f"{file}: {key + ': ' if key else ''}{problem}{'; valid: ' + valid if valid else ''}")
        self.file = file
        self.key = key
        self.problem = problem
        self.valid = valid


class _TwiceError(yaml.YAMLError):
    """A mapping has `key` twice, the second time in `line`."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(key, line)
        self.key = key
        self.line = line


class _Loader(yaml.CSafeLoader):
    """Refuses a mapping that has a key twice, of which PyYAML keeps the last."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(stream)
        self._flat: set[yaml.MappingNode] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """What is merged into a mapping (`<<: *other`) it may have, too; a node can come here again after that."""
        if node not in self._flat:
            self._flat.add(node)
            _check_keys([key for key, _ in node.value if isinstance(key, yaml.ScalarNode)])
        super().flatten_mapping(node)


def _check_keys(keys: list[yaml.ScalarNode]) -> None:
    seen = set()
    for key in keys:
        if key.value in seen:
            raise _TwiceError(key.value, key.start_mark.line + 1)
        seen.add(key.value)


def load_contract(file: Path) -> Contract:
    """The contract in `file`; raises `ContractError`."""
    try:
        document = yaml.load(file.read_bytes(), _Loader)  # noqa: S506 - it is a SafeLoader
    except _TwiceError as error:
        said = f"it occurs twice, the second time in line {error.line}"
        raise ContractError(file, error.key, said, "each key once") from error
    except yaml.YAMLError as error:
        raise ContractError(file, "", f"not YAML: {error}") from error
    try:
        contract = msgspec.convert(document, Contract)
    except msgspec.ValidationError as error:
        raise _explained(file, str(error), document) from error
    if contract.name != file.stem:
        raise ContractError(file, "dataset", f"{contract.name!r} is not the file's name", repr(file.stem))
    return contract


def load_contracts(folder: Path = DATASETS) -> dict[str, Contract]:
    """Every contract in `folder` by dataset name, sorted; raises `ContractError`."""
    if not folder.is_dir():
        raise ContractError(folder, "", "no such folder", "a folder of <dataset>.yaml files")
    return {file.stem: load_contract(file) for file in sorted(folder.glob("*.yaml"))}


def _explained(file: Path, message: str, document: Any) -> ContractError:
    """msgspec's message of `document`, split into key and problem, with the valid values of that place added."""
    at = _AT.search(message)
    path = at["path"] if at else ""
    problem = message[: at.start()] if at else message
    kinds, value = _place(path, document)
    if at and at["key"]:
        return ContractError(file, path, f"{problem} as a key", _form(_structs(kinds, value)))
    if problem.startswith(_OF_OBJECTS):
        return ContractError(file, path, problem, _form(_structs(kinds, value)))
    problem = _PATTERN.sub(lambda _: f"Invalid value {value!r}", problem)
    return ContractError(file, path, problem, ", ".join(word for kind in _flat(kinds) for word in _words(kind)))


def _place(path: str, document: Any) -> tuple[list[inspect.Type], Any]:
    """What may stand at `path` (`columns[0].type`) of a contract, and what stands there in `document`."""
    kinds: list[inspect.Type] = [inspect.type_info(Contract)]
    for step in re.findall(r"\w+|\[\d+\]", path):
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
