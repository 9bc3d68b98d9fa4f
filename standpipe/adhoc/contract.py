"""The contract of a dataset made of ad-hoc files, checked against the data and written as YAML."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from cdk.contracts import check_contracts
from schemas.contract import Unit
from schemas.load import ContractError, load_contract, load_contracts
from standpipe.adhoc.columns import Found
from standpipe.adhoc.draft import Draft, NewContractError
from standpipe.connection import Connection

_FIRST_YEAR: Final = 1990
"""The default first year of a contract's partitions."""


@dataclass(frozen=True)
class Chosen:
    """The key and the partition; `by` is None for a dataset without partitions."""

    key: tuple[str, ...]
    by: str | None
    unit: Unit


def first_year(connection: Connection, made: Draft, chosen: Chosen) -> int:
    """The first year with rows, 1990 at the latest.

    Raises `NewContractError` if rows lack the key or the date of their partition, or share a key, and `QueryError`.
    """
    known = {column.name: column for column in made.usable}
    for name in (*chosen.key, *filter(None, [chosen.by])):
        if name not in known:
            raise NewContractError(f"{made.table} has no usable column {name!r}; valid: {', '.join(known)}")
    if not chosen.key:
        raise NewContractError(f"a dataset needs a key; choose from {', '.join(known)}")
    if chosen.by and chosen.by not in made.moments:
        raise NewContractError(f"{chosen.by!r} is not a date or timestamp; valid: {', '.join(made.moments) or 'none'}")
    key = [known[name].sql for name in chosen.key]
    distinct = f"count(DISTINCT ({', '.join(key)}))" if len(key) > 1 else f"count(DISTINCT {key[0]})"
    missing = " OR ".join(_is_empty(known[name]) for name in chosen.key)
    by = known[chosen.by] if chosen.by else None
    undated, year = (_is_empty(by), f"min(substr(CAST({by.sql} AS varchar), 1, 4))") if by else ("false", "NULL")
    sql = f'SELECT count(*), {distinct}, count_if({missing}), count_if({undated}), {year} FROM "{made.table}"'
    ((rows, keys, lacking, dateless, first),) = connection.query(sql).rows
    if int(lacking or 0):
        raise NewContractError(f"{lacking} rows have no value in the key {', '.join(chosen.key)}; choose another key")
    if int(dateless or 0):
        raise NewContractError(
            f"{dateless} rows have no value in {chosen.by}, so they would have no partition; choose another column, "
            "or - for none"
        )
    if rows != keys:
        raise NewContractError(f"{rows} rows have {keys} distinct keys {', '.join(chosen.key)}; add columns to the key")
    return min(int(first or _FIRST_YEAR), _FIRST_YEAR)


def write(made: Draft, chosen: Chosen, since: int, folder: Path) -> Path:
    """Write the contract and return its file.

    Raises `NewContractError` if the file exists, would not be valid or could not be deployed with the other contracts
    in `folder`, or those could not.
    """
    file = folder / f"{made.dataset}.yaml"
    try:
        others = [contract for contract in load_contracts(folder).values() if contract.name != made.dataset]
        check_contracts(others, folder)
    except ContractError as error:
        raise NewContractError(f"{error}; every .yaml file in {folder} must be a contract") from None
    text = "".join(f"{line}\n" for line in _lines(made, chosen, since))
    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(scratch) / file.name
        trial.write_text(text, encoding="utf-8")
        try:
            check_contracts([*others, load_contract(trial)], folder)
        except ContractError as error:
            valid = f"; valid: {error.valid}" if error.valid else ""
            raise NewContractError(f"{error.key}: {error.problem}{valid}") from None
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise NewContractError(f"{file} already exists; choose another name with --dataset") from None
    except OSError as error:
        raise NewContractError(f"{file} cannot be written: {error.strerror}") from None
    return file


def _lines(made: Draft, chosen: Chosen, since: int) -> Iterator[str]:
    yield f"# Made from the table {made.table}, files under {made.location}"
    yield "# Describe a row and each column, and add the rules that rows must pass: docs/contracts.md"
    if made.folder_keys:
        yield f"# The folders' {', '.join(made.folder_keys)} are not in the files, so they are not columns here."
    yield f"dataset: {made.dataset}"
    yield f"description: {_flow(f'Rows of the files dropped under drop/{made.dataset}/.')}"
    nulls = {"nulls": [""]} if made.empty_is_null else {}
    yield f"source: {_flow({'kind': 'files', **nulls})}"
    yield f"key: {_flow(list(chosen.key))}"
    if chosen.by:
        first = {"since": since} if since < _FIRST_YEAR else {}
        yield f"partition: {_flow({'by': chosen.by, 'unit': chosen.unit, **first})}"
    if made.is_json:
        yield "# The crawler writes names in lower case. Capitals matter in JSON: `from` must be as it is in the files."
    yield from (f"# {hint}" for hint in made.hints)
    yield "columns:"
    for column in made.columns:
        if column.type is None:
            yield f"  # {column.original} is {column.hive}, and a contract's columns are flat: left out"
            continue
        source = {"from": column.original} if column.original != column.name else {}
        yield f"  - {_flow({'name': column.name, 'type': column.type, **_digits(column), **source, 'description': ''})}"
    yield "# checks:"
    yield "#   - {rule: positive, columns: [...]}"


def _is_empty(column: Found) -> str:
    """The condition that a row has no value in a column."""
    return f"{column.sql} IS NULL" + (f" OR {column.sql} = ''" if column.hive == "string" else "")


def _digits(column: Found) -> dict[str, int]:
    if column.type != "decimal":
        return {}
    precision, scale = re.findall(r"\d+", column.hive)
    return {"precision": int(precision), "scale": int(scale)}


def _flow(value: Any) -> str:
    """One line of YAML."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")
