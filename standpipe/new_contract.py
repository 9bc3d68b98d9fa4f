"""A contract made of the table that the crawler has made of ad-hoc files.

What the catalogue knows is names and types. The rest is asked of the data: which texts are dates, from which year on
there are rows, and whether the key that was chosen names a row.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import yaml

from cdk.config import AD_HOC_FOLDER, AD_HOC_PREFIX
from schemas.contract import DELETED, LINEAGE, UNPARTITIONED, ColumnType, Unit
from schemas.load import ContractError, load_contract
from standpipe.connection import Connection

_TYPES: Final[dict[str, ColumnType]] = {
    "tinyint": "int", "smallint": "int", "int": "int", "bigint": "bigint", "float": "double", "double": "double",
    "boolean": "boolean", "date": "date", "timestamp": "timestamp", "string": "string",
}  # fmt: skip
_NESTED: Final = ("struct<", "array<", "map<", "binary")
_MOMENTS: Final = ("date", "timestamp")
_TAKEN: Final = {UNPARTITIONED, *(column.name for column in (*LINEAGE, DELETED)), *get_args(Unit)}
"""Names that a contract's columns may not have: they are added to every dataset, or name its partition."""
_NAME_CHARS: Final = 63
_FIRST_YEAR: Final = 1990
"""Where a contract's partitions begin unless it says otherwise."""


class NewContractError(Exception):
    """No contract can be made; the text says why and what would help."""


@dataclass(frozen=True)
class Found:
    """A column of the ad-hoc table. `original` is its name there, `type` None if a contract cannot hold it."""

    name: str
    original: str
    hive: str
    type: ColumnType | None


@dataclass(frozen=True)
class Draft:
    """What is known of a dataset before its key and partition are chosen."""

    dataset: str
    table: str
    location: str
    columns: tuple[Found, ...]
    folder_keys: tuple[str, ...]

    @property
    def usable(self) -> list[Found]:
        return [column for column in self.columns if column.type is not None]

    @property
    def moments(self) -> list[str]:
        """Columns that rows can be partitioned by."""
        return [column.name for column in self.columns if column.type in _MOMENTS]


@dataclass(frozen=True)
class Chosen:
    """How rows are named and stored; `by` is None for a dataset without partitions."""

    key: tuple[str, ...]
    by: str | None
    unit: Unit


def draft(connection: Connection, ad_hoc: str, dataset: str | None) -> Draft:
    """The columns of the table of `drop/adhoc/<ad_hoc>/`, for a dataset of that name unless another is given.

    Raises `NewContractError` and `QueryError`.
    """
    glue, database = connection.client("glue"), connection.environment.database
    plain = re.sub(r"[^a-z0-9_]", "_", ad_hoc.lower())  # as crawlers name tables
    table = f"{AD_HOC_PREFIX}{plain}"
    try:
        described = glue.get_table(DatabaseName=database, Name=table)["Table"]
    except glue.exceptions.EntityNotFoundException:
        raise NewContractError(
            f"there is no table {table}: drop files under {AD_HOC_FOLDER}{ad_hoc}/, then run `standpipe crawl`"
        ) from None
    storage = described["StorageDescriptor"]
    columns = _named([(each["Name"], each["Type"]) for each in storage["Columns"]])
    keys = tuple(each["Name"] for each in described.get("PartitionKeys", []))
    return Draft(dataset or plain, table, storage["Location"], _dated(connection, table, columns), keys)


def check(connection: Connection, made: Draft, chosen: Chosen) -> int:
    """The first year that there are rows of, at most the usual one.

    Raises `NewContractError` when rows lack or share the key, and `QueryError`.
    """
    known = {column.name: column for column in made.usable}
    for name in (*chosen.key, *filter(None, [chosen.by])):
        if name not in known:
            raise NewContractError(f"{made.table} has no column {name!r} for it; valid: {', '.join(known)}")
    if not chosen.key:
        raise NewContractError(f"a row needs a key; choose columns that name it, of {', '.join(known)}")
    if chosen.by and chosen.by not in made.moments:
        raise NewContractError(f"{chosen.by!r} is no date; valid: {', '.join(made.moments) or 'none'}")
    key = [_quoted(known[name].original) for name in chosen.key]
    distinct = f"count(DISTINCT ({', '.join(key)}))" if len(key) > 1 else f"count(DISTINCT {key[0]})"
    missing = " OR ".join(f"{column} IS NULL" for column in key)
    year = f"min(substr(CAST({_quoted(known[chosen.by].original)} AS varchar), 1, 4))" if chosen.by else "NULL"
    sql = f'SELECT count(*), {distinct}, count_if({missing}), {year} FROM "{made.table}"'
    ((rows, keys, lacking, first),) = connection.query(sql).rows
    if int(lacking or 0):
        raise NewContractError(f"{lacking} rows have no value in the key {', '.join(chosen.key)}; choose another")
    if rows != keys:
        raise NewContractError(f"{rows} rows have {keys} different keys {', '.join(chosen.key)}; add columns to it")
    return min(int(first or _FIRST_YEAR), _FIRST_YEAR)


def write(made: Draft, chosen: Chosen, since: int, folder: Path) -> Path:
    """The contract's file, written; raises `NewContractError` if it is there already or would not be a contract."""
    file = folder / f"{made.dataset}.yaml"
    text = "".join(f"{line}\n" for line in _lines(made, chosen, since))
    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(scratch) / file.name
        trial.write_text(text, encoding="utf-8")
        try:
            load_contract(trial)
        except ContractError as error:
            valid = f"; valid: {error.valid}" if error.valid else ""
            raise NewContractError(f"{error.key}: {error.problem}{valid}") from None
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise NewContractError(f"{file} is there already; choose another name by --dataset") from None
    except OSError as error:
        raise NewContractError(f"{file} cannot be written: {error.strerror}") from None
    return file


def _named(columns: Sequence[tuple[str, str]]) -> tuple[Found, ...]:
    """Names that a contract may have: `Trade ID` becomes `trade_id`, a second one `trade_id_2`."""
    found: list[Found] = []
    for original, hive in columns:
        plain = re.sub(r"[^a-z0-9]+", "_", original.lower()).strip("_") or "column"
        if not plain[0].isalpha() or plain in _TAKEN:
            plain = f"column_{plain}"
        plain, name, number = plain[: _NAME_CHARS - 4], plain[:_NAME_CHARS], 2
        while name in {column.name for column in found}:
            name, number = f"{plain}_{number}", number + 1
        found.append(Found(name, original, hive, _type(hive)))
    return tuple(found)


def _type(hive: str) -> ColumnType | None:
    if hive.startswith("decimal"):
        return "double"
    if hive.startswith(("char(", "varchar(")):
        return "string"
    return None if hive.startswith(_NESTED) else _TYPES.get(hive)


def _dated(connection: Connection, table: str, columns: tuple[Found, ...]) -> tuple[Found, ...]:
    """The same with the type of texts that are all dates, or all timestamps, as the transform reads them."""
    texts = [column for column in columns if column.type == "string"]
    if not texts:
        return columns
    day, moment = r"^\d{4}-\d{2}-\d{2}$", r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?$"
    counts = ", ".join(
        f"count({name}), count_if(regexp_like({name}, '{day}')), count_if(regexp_like({name}, '{moment}'))"
        for name in (_quoted(column.original) for column in texts)
    )
    (row,) = connection.query(f'SELECT {counts} FROM "{table}"').rows
    numbers = iter(int(cell or 0) for cell in row)
    kinds: dict[str, ColumnType] = {}
    for column in texts:
        values, days, moments = next(numbers), next(numbers), next(numbers)
        kinds[column.name] = "date" if values == days > 0 else "timestamp" if values == moments > 0 else "string"
    return tuple(Found(each.name, each.original, each.hive, kinds.get(each.name, each.type)) for each in columns)


def _lines(made: Draft, chosen: Chosen, since: int) -> Iterator[str]:
    yield f"# Made of the table {made.table}, files under {made.location}"
    yield "# Say what a row and each column is, and which rules rows must pass: docs/contracts.md"
    if made.folder_keys:
        yield f"# The folders' {', '.join(made.folder_keys)} are not in the files, so no columns of this dataset."
    yield f"dataset: {made.dataset}"
    yield f"description: {_flow(f'Rows of the files dropped under drop/{made.dataset}/.')}"
    yield "source: {kind: files}"
    yield f"key: {_flow(list(chosen.key))}"
    if chosen.by:
        first = {"since": since} if since < _FIRST_YEAR else {}
        yield f"partition: {_flow({'by': chosen.by, 'unit': chosen.unit, **first})}"
    yield "columns:"
    for column in made.columns:
        if column.type is None:
            yield f"  # {column.original} is {column.hive}, and a contract's columns are flat: it is left out"
            continue
        source = {"from": column.original} if column.original != column.name else {}
        yield f"  - {_flow({'name': column.name, 'type': column.type, **source, 'description': ''})}"
    yield "# checks:"
    yield "#   - {rule: positive, columns: [...]}"


def _flow(value: Any) -> str:
    """One line of YAML."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
