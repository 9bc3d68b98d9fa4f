"""Contracts read from YAML, with errors that name the file, the key, what was wrong and what would be right."""

import os
import re
from pathlib import Path

import msgspec
import yaml
from msgspec import inspect

from schemas.contract import Contract

DATASETS = Path(os.environ.get("STANDPIPE_DATASETS", Path(__file__).parent / "datasets"))
"""The folder of contracts: beside this file, or where STANDPIPE_DATASETS points."""

_AT = re.compile(r" - at `(?:key in )?\$\.?(?P<path>.*?)`$")


class ContractError(Exception):
    """A contract that cannot be used. `file` and `key` say where; `valid` says what would be right, if known."""

    def __init__(self, file: Path, key: str, problem: str, valid: str = "") -> None:
        super().__init__(f"{file}: {key + ': ' if key else ''}{problem}{'; valid: ' + valid if valid else ''}")
        self.file = file
        self.key = key
        self.problem = problem
        self.valid = valid


def load_contract(file: Path) -> Contract:
    """The contract in `file`; raises `ContractError`."""
    try:
        document = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ContractError(file, "", f"not YAML: {error}") from error
    try:
        contract = msgspec.convert(document, Contract)
    except msgspec.ValidationError as error:
        raise _explained(file, str(error)) from error
    if contract.name != file.stem:
        raise ContractError(file, "dataset", f"{contract.name!r} is not the file's name", repr(file.stem))
    return contract


def load_contracts(folder: Path = DATASETS) -> dict[str, Contract]:
    """Every contract in `folder` by dataset name, sorted; raises `ContractError`."""
    if not folder.is_dir():
        raise ContractError(folder, "", "no such folder", "a folder of <dataset>.yaml files")
    return {file.stem: load_contract(file) for file in sorted(folder.glob("*.yaml"))}


def _explained(file: Path, message: str) -> ContractError:
    """msgspec's message, split into key and problem, with the valid values of that place added."""
    at = _AT.search(message)
    path = at["path"] if at else ""
    problem = message[: at.start()] if at else message
    return ContractError(file, path, problem, _valid_at(path, "unknown field" in problem))


def _valid_at(path: str, fields_wanted: bool) -> str:
    """What may stand at `path` (`columns[0].type`) of a contract, in words; empty if it is plain text."""
    kinds: list[inspect.Type] = [inspect.type_info(Contract)]
    tags: list[str] = []
    for step in re.findall(r"\w+|\[\.*\d*\]", path):
        structs = [kind for kind in _flat(kinds) if isinstance(kind, inspect.StructType)]
        tags = [str(kind.tag) for kind in structs if kind.tag_field == step]
        if step.startswith("["):
            kinds = [item for kind in _flat(kinds) for item in _items(kind)]
        else:
            kinds = [field.type for kind in structs for field in kind.fields if field.encode_name == step]
    return ", ".join(tags or [word for kind in _flat(kinds) for word in _words(kind, fields_wanted)])


def _flat(kinds: list[inspect.Type]) -> list[inspect.Type]:
    """`kinds` with unions and constraints opened."""
    found: list[inspect.Type] = []
    for kind in kinds:
        if isinstance(kind, inspect.UnionType):
            found += _flat(list(kind.types))
        elif isinstance(kind, inspect.Metadata):
            found += _flat([kind.type])
        else:
            found.append(kind)
    return found


def _items(kind: inspect.Type) -> list[inspect.Type]:
    return [kind.item_type] if isinstance(kind, inspect.VarTupleType) else []


def _words(kind: inspect.Type, fields_wanted: bool) -> list[str]:
    if isinstance(kind, inspect.LiteralType):
        return [str(value) for value in kind.values]
    if isinstance(kind, inspect.StructType) and fields_wanted:
        return [field.encode_name for field in kind.fields]
    return []
