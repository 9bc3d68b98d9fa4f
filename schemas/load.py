"""Contracts read from YAML, with errors that name the file, the key, what was wrong and what would be right."""

import os
from pathlib import Path

import msgspec
import yaml

from schemas.contract import Contract
from schemas.mistakes import mistake, steps

DATASETS = Path(os.environ.get("STANDPIPE_DATASETS", Path(__file__).parent / "datasets"))
"""The folder of contracts: beside this file, or where STANDPIPE_DATASETS points."""
_LIKE_YAML = (".yml", ".yaml")
_OF_TEXTS = ("booleans", "nulls")
"""Keys whose values are texts as files have them, whatever YAML makes of those."""


class ContractError(Exception):
    """A contract that cannot be used. `file`, `line` and `key` say where, `valid` what would be right, if known."""

    def __init__(self, file: Path, key: str, problem: str, valid: str = "", line: int | None = None) -> None:
        where = f"{file}:{line}" if line else file
        super().__init__(f"{where}: {key + ': ' if key else ''}{problem}{'; valid: ' + valid if valid else ''}")
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
            for key, value in node.value:
                if key.value in _OF_TEXTS:
                    _as_written(value)
            _check_keys([key for key, _ in node.value if isinstance(key, yaml.ScalarNode)])
        super().flatten_mapping(node)


def _as_written(node: yaml.Node) -> None:
    """Everything in `node` is text: `yes`, `true` and `0` too."""
    if isinstance(node, yaml.ScalarNode):
        node.tag = "tag:yaml.org,2002:str"
        return
    for below in node.value:
        for each in below if isinstance(below, tuple) else (below,):
            _as_written(each)


def _check_keys(keys: list[yaml.ScalarNode]) -> None:
    seen = set()
    for key in keys:
        if key.value in seen:
            raise _TwiceError(key.value, key.start_mark.line + 1)
        seen.add(key.value)


def load_contract(file: Path) -> Contract:
    """The contract in `file`; raises `ContractError`."""
    try:
        text = file.read_bytes()
        document = yaml.load(text, _Loader)  # noqa: S506 - it is a SafeLoader
    except _TwiceError as error:
        said = f"it occurs twice, the second time in line {error.line}"
        raise ContractError(file, error.key, said, "each key once") from error
    except yaml.YAMLError as error:
        raise ContractError(file, "", f"not YAML: {error}") from error
    try:
        contract = msgspec.convert(document, Contract)
    except msgspec.ValidationError as error:
        found = mistake(error, document, Contract)
        raise ContractError(
            file, *found, line=_line(text, f"{found.key}.{found.problem.partition(': ')[0]}")
        ) from error
    if contract.name != file.stem:
        problem = f"{contract.name!r} is not the file's name"
        raise ContractError(file, "dataset", problem, repr(file.stem), _line(text, "dataset"))
    return contract


def _line(text: bytes, path: str) -> int | None:
    """Where the YAML `text` has what is at `path`, as far as there is such a thing."""
    node, line = yaml.compose(text, _Loader), None
    for step in steps(path):
        if not (node := _below(node, step)):
            break
        line = node.start_mark.line + 1
    return line


def _below(node: yaml.Node | None, step: str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and step.startswith("["):
        found: yaml.Node = node.value[int(step[1:-1])]
        return found
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None


def load_contracts(folder: Path = DATASETS) -> dict[str, Contract]:
    """Every contract in `folder` by dataset name, sorted; raises `ContractError`."""
    if not folder.is_dir():
        raise ContractError(folder, "", "no such folder", "a folder of <dataset>.yaml files")
    for file in sorted(folder.iterdir()):
        if file.suffix != ".yaml" and file.suffix.lower() in _LIKE_YAML:
            raise ContractError(file, "", "contracts are named .yaml, this one would be ignored", f"{file.stem}.yaml")
    return {file.stem: load_contract(file) for file in sorted(folder.glob("*.yaml"))}
