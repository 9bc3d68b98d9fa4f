"""Every value that the upstream OpenX SerDe was given: read alike, or listed as a deliberate deviation with its reason.

`openx-serde-cases.tsv` is what the upstream SerDe did, `openx-serde-deviations.tsv` is where Firehose's copy of it,
or we, do otherwise. Values are written as Java shows them.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local.firehose.configuration.config import Conversion
from local.firehose.configuration.formats import Parquet
from local.firehose.conversion.catalog import UnusableTableError, read_columns
from local.serde.columns import Columns
from local.serde.deserializer import deserializer_of
from local.serde.exact import RefusedError, record_reader, table_of
from local.serde.hive_types import HiveType
from local.serde.options import OpenX
from tests.local.firehose.fakes import FakeGlue
from tests.tables import cases

HERE = Path(__file__).parent
SHOWN = {"tinyint": "Byte", "smallint": "Short", "int": "Integer", "bigint": "Long", "string": "String"}
SHOWN |= {"varchar": "HiveVarchar", "char": "HiveChar"}


CASES = list(cases(HERE / "openx-serde-cases.tsv"))
DEVIATIONS = {(kind, value): (ours, reason) for kind, value, ours, reason in cases(HERE / "openx-serde-deviations.tsv")}


def shown(hive: HiveType, value: Any) -> str:
    if value is None:
        return "null"
    if hive.kind == "array":
        return f"[{', '.join(shown(hive.children[0], item) for item in value)}]"
    if hive.kind == "struct":
        pairs = zip(hive.children, (value[name] for name in hive.names), strict=True)
        return f"[{', '.join(shown(child, item) for child, item in pairs)}]"
    if hive.kind == "map":
        return "{" + ", ".join(f"{shown(hive.children[0], k)}: {shown(hive.children[1], v)}" for k, v in value) + "}"
    return f"{SHOWN.get(hive.kind, hive.kind.title())}({_scalar(hive, value)})"


def _scalar(hive: HiveType, value: Any) -> str:
    if hive.kind in ("float", "double"):
        number = np.float32(value) if hive.kind == "float" else np.float64(value)
        return "Infinity" if math.isinf(value) else "NaN" if math.isnan(value) else str(number)
    if hive.kind == "boolean":
        return str(value).lower()
    if hive.kind == "timestamp":
        whole, _, fraction = str(value).partition(".")
        return f"{whole}.{fraction.rstrip('0') or '0'}"
    return value.ljust(hive.numbers[0]) if hive.kind == "char" else str(value)


def ours(kind: str, text: str) -> str:
    conversion = Conversion("db", "t", "LATEST", {}, OpenX(), Parquet())
    try:
        columns = read_columns(FakeGlue({("db", "t"): [("v", kind)]}), conversion)
        rows = record_reader(deserializer_of(columns, OpenX()))(f'{{"v": {text}}}'.encode())
    except (RefusedError, UnusableTableError) as error:
        return f"FAIL {error}"
    return shown(columns.types[0], value_of(rows, columns))


def value_of(rows: list[list[Any]], columns: Columns) -> Any:
    value = table_of(rows, columns).column(0)[0]
    return value if columns.types[0].kind == "timestamp" and value.is_valid else value.as_py()


def theirs(outcome: str, value: str) -> str:
    if outcome == "OK":
        return value
    exception, _, message = value.partition(": ")
    return f"FAIL {'' if exception == 'ClassCastException' else f'Data does not match the schema. {message}'}"


@pytest.mark.parametrize(
    ("kind", "text", "outcome", "value"), CASES, ids=[f"{kind} {text}" for kind, text, *_ in CASES]
)
def test_a_value_is_read_as_upstream_reads_it(kind: str, text: str, outcome: str, value: str) -> None:
    got, upstream = ours(kind, text), theirs(outcome, value)
    deviation = DEVIATIONS.get((kind, text))
    same = got.startswith(upstream) if upstream == "FAIL " else got.rstrip(" )") == upstream.rstrip(" )")
    if deviation is None:
        assert same, (got, upstream)
    else:
        assert (got, same) == (deviation[0], False)


def test_every_deviation_is_of_a_case_and_has_a_reason() -> None:
    cases = {(kind, value) for kind, value, *_ in CASES}
    assert cases >= DEVIATIONS.keys()
    assert all(len(reason) > 20 for _, reason in DEVIATIONS.values())
