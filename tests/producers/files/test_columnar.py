"""Columns travel as text where they can, as JSON arrays where they cannot: what lands is the same."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.header import Header
from producers.files.formats.arrow import columnar
from producers.files.formats.arrow.double_text import double_text
from schemas.contract import Column, Contract, Partition
from transforms.delimited import as_arrays
from transforms.record import Reader, Reading
from transforms.unnest import UnreadableError

CONTRACT = Contract(
    "odd", "Odd rows.",
    (Column("key", "string"), Column("text", "string"), Column("number", "double"), Column("whole", "bigint"),
     Column("flag", "boolean"), Column("day", "date"), Column("moment", "timestamp")),
    ("key",), partition=Partition("day", "month"),
)  # fmt: skip
TEXT = st.text(st.sampled_from('ab1",;\n\r\t\\ü\x00\x1f '), max_size=4)
DAYS = st.dates(date(1999, 12, 1), date(2000, 2, 1))
MOMENTS = st.datetimes(datetime(1999, 12, 1), datetime(2000, 2, 1))  # noqa: DTZ001
VALUES: list[tuple[Any, Any]] = [
    (pa.string(), TEXT),
    (pa.large_string(), TEXT),
    (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["a", "b;", ""])),
    (pa.float64(), st.floats()),
    (pa.float32(), st.floats(width=32)),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.uint8(), st.integers(0, 255)),
    (pa.bool_(), st.booleans()),
    (pa.decimal128(12, 3), st.decimals(-99999, 99999, places=3)),
    (pa.date32(), DAYS),
    (pa.timestamp("us"), MOMENTS),
    (pa.timestamp("ms"), MOMENTS.map(lambda moment: moment.replace(microsecond=0))),
    (pa.timestamp("us", "UTC"), MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
    (pa.list_(pa.int8()), st.lists(st.integers(0, 9), max_size=2)),
    (pa.binary(), st.just(b"a")),
]
ORDINARY = {
    "string": (0, 2), "double": (3, 4, 5, 8), "bigint": (5, 6), "boolean": (7,), "date": (9,), "timestamp": (10, 11),
}  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> dict[str, pa.Array]:
    """Some or all columns of the contract, mostly of types that fit."""
    count = draw(st.integers(1, 6))
    found = {}
    for column in CONTRACT.columns:
        at = draw(st.sampled_from(ORDINARY[column.type]) | st.integers(0, len(VALUES) - 1))
        kind, values = VALUES[at]
        found[column.name] = pa.array(draw(st.lists(values | st.none(), min_size=count, max_size=count)), kind)
    return found


def landed(columns: dict[str, pa.Array]) -> list[Any]:
    """What the transform makes of the blocks: rows by partition, and how many are refused."""
    found: list[Any] = []
    for block in columnar.blocks(columns, CONTRACT, 1):
        header = Header("s", columns=block.format.columns, delimiter=block.format.delimiter)
        body = as_arrays(block.data, header.delimiter) if header.delimiter else block.data
        try:
            reading = Reader(CONTRACT).read(body, {"source": "s"}, header)
        except UnreadableError:
            reading = Reading(())
        found.append(
            (block.partition, block.lines, reading.landings, [reject.broken.rule for reject in reading.rejects])
        )
    return found


@given(tables())
def test_text_lands_as_arrays_do(columns: dict[str, pa.Array]) -> None:
    found = landed(columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columnar, "_delimited", lambda columns, contract: None)
        assert landed(columns) == found


def test_clean_columns_travel_as_text() -> None:
    numbers, days = pa.array([Decimal("1.10"), None]), pa.array([date(2024, 1, 31)] * 2)
    (block,) = columnar.blocks({"key": pa.array(["a", "b"]), "number": numbers, "day": days}, CONTRACT, 2)
    assert block.data == b"a\x1f1.10\x1f2024-01-31\nb\x1f\x1f2024-01-31\n"
    assert (block.partition, block.lines) == ("2024-01", range(2, 4))


@pytest.mark.parametrize("text", ["", "a\nb", "a\x1fb"])
def test_text_that_lines_cannot_hold_travels_as_json(text: str) -> None:
    columns = {"key": pa.array(["a"]), "text": pa.array([text])}
    (block,) = columnar.blocks(columns, CONTRACT, 2)
    assert not block.format.delimiter


def test_a_column_alone_travels_as_json_so_that_no_row_is_an_empty_line() -> None:
    (block,) = columnar.blocks({"key": pa.array([None, "a"])}, CONTRACT, 2)
    assert block.data == b'[null]\n["a"]\n'


FEW_PLACES = st.builds(
    lambda count, places: count / 10**places, st.integers(-(10**9), 10**9), st.sampled_from([1, 2, 3, 4])
)
NUMBERS = (
    FEW_PLACES
    | st.integers(-(2**54), 2**54).map(float)
    | st.sampled_from([-0.0, 1e9, 1e10, 1e11, float("inf"), float("nan")])
)


@given(st.lists(st.none() | FEW_PLACES | st.integers(-9, 9).map(float), max_size=5), st.none() | NUMBERS | st.floats())
def test_the_text_of_a_double_means_it(values: list[float | None], odd: float | None) -> None:
    numbers = pa.array([*values, odd], pa.float64())
    texts = double_text(numbers).to_pylist()
    assert list(map(repr, numbers.to_pylist())) == [repr(None if text is None else float(text)) for text in texts]


def test_prices_are_written_with_two_places() -> None:
    assert double_text(pa.array([1.5, None, -0.01, 498.56])).to_pylist() == ["1.50", None, "-0.01", "498.56"]


@pytest.mark.parametrize("unit", ["us", "ns"])
@pytest.mark.parametrize(("fraction", "text"), [(0, "07"), (120_000, "07.120"), (120_001, "07.120001")])
def test_moments_are_written_in_few_digits(unit: str, fraction: int, text: str) -> None:
    moment = pa.array([datetime(2024, 1, 31, 5, 6, 7, fraction), None], pa.timestamp(unit))  # noqa: DTZ001
    found, none = columnar._shortened(moment).cast(pa.string()).to_pylist()
    assert (found.removesuffix("000" if unit == "ns" and fraction % 1000 else ""), none) == (
        f"2024-01-31 05:06:{text}",
        None,
    )
