"""Dates, numbers and booleans as people write them: columns at once mean what each text means alone."""

import io
import json
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.rows import Block, Row
from producers.files.formats import chunks
from producers.files.formats.arrow.written_text import plain_texts
from producers.files.formats.reading import RowError
from producers.files.formats.streams.opening import open_file
from producers.files.formats.written.booleans import BooleanNotation
from producers.files.formats.written.dates import DateNotation
from producers.files.formats.written.notation import Notation
from producers.files.formats.written.numbers import NumberNotation
from schemas.contract import Column, Contract, Partition
from schemas.date_formats import date_formats
from schemas.files import Booleans, Files, Numbers
from tests.producers.receiving import objects

FORMS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S.%f", "%m/%d/%Y %I:%M %p", "%Y%m%d", "%Y-%m-%d %H:%M:%S")
WORDS = Booleans(true=("yes", "Y"), false=("no", "N"))
NOTATIONS: list[Notation] = [
    DateNotation(date_formats(FORMS), days=False),
    DateNotation(date_formats(FORMS[:2]), days=True),
    DateNotation(date_formats(FORMS[3:4]), days=False),
    NumberNotation(Numbers(decimal=",", thousands=".")),
    BooleanNotation(WORDS),
    DateNotation(date_formats(["epoch_ms", "%d.%m.%Y"]), days=False),
]
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2049, 12, 31))  # noqa: DTZ001
WRITTEN = st.builds(lambda moment, form: moment.strftime(form), MOMENTS, st.sampled_from((*FORMS, "%Y-%m-%d")))
ODD = st.sampled_from([
    "31.02.2026", "3.2.2026", " 03.02.2026 ", "03.02.2026 00:00", "2026-02-03T10:00Z", "2026-02-30", "00.00.0000", "",
    "1772438400123", "1.234,5", "1.5", "+7", "yes", "NO", "True", "0", "maybe", "03.02.2026 24:00", "03.02.2026 10:60",
])  # fmt: skip


@given(st.sampled_from(NOTATIONS), st.lists(WRITTEN | st.none(), max_size=4), st.lists(ODD | st.none(), max_size=3))
def test_columns_at_once_mean_what_each_text_means_alone(
    notation: Notation, written: list[str | None], odd: list[str | None]
) -> None:
    texts = [*written, *odd]
    plain, wrong = plain_texts("c", pa.array(texts, pa.string()), notation)
    at_once = [str(wrong[at]) if at in wrong else _moment(value) for at, value in enumerate(plain.to_pylist())]
    assert at_once == [_alone(notation, text) for text in texts]


def _alone(notation: Notation, text: str | None) -> object:
    try:
        return None if text is None else _moment(notation.plain("c", text))
    except RowError as error:
        return str(error)


def _moment(text: str | None) -> object:
    """What a text says, however many digits its seconds have."""
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return text


OPTIONS = Files(dates=("%d.%m.%Y %H:%M", "%m/%d/%Y"), booleans=WORDS)
CONTRACT = Contract(
    "payments", "Payments.", (Column("id", "string"), Column("paid", "boolean"), Column("at", "timestamp")), ("id",),
    partition=Partition("at", "month"), source=OPTIONS,
)  # fmt: skip
PAYMENTS = [
    {"id": f"P{number}", "paid": ("yes", "N")[number % 2], "at": f"0{1 + number % 2}.02.2026 10:{number % 60:02}"}
    for number in range(5000)
]


@pytest.mark.parametrize("last", ["03.03.2026 10:00", "3/3/2026", "2026-03-03"])
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_rows_travel_with_those_of_their_partition(form: str, last: str) -> None:
    rows = [*PAYMENTS, {"id": "last", "paid": "no", "at": last}]
    lines = {
        "csv": ["id,paid,at", *(",".join(row.values()) for row in rows)],
        "ndjson": [json.dumps(row) for row in rows],
    }
    content: Any = io.BufferedReader(io.BytesIO("\n".join(lines[form]).encode()))  # type: ignore[arg-type]
    opened = open_file(f"t.{form}", f"t.{form}", content, OPTIONS)
    found = [item for chunk in chunks(opened, CONTRACT) for item in chunk.items if isinstance(item, Row | Block)]
    landed = [(item.partition, row) for item in found for row in objects(item.data, item.format)]
    assert landed[:2] == [
        ("2026-02", {"id": "P0", "paid": "true", "at": "2026-02-01 10:00:00"}),
        ("2026-02", {"id": "P1", "paid": "false", "at": "2026-02-02 10:01:00"}),
    ]
    assert [row["id"] for partition, row in landed if partition == "2026-03"] == ["last"]
    assert len(landed) == len(rows)


@pytest.mark.parametrize(
    ("notation", "text", "reason"),
    [
        (NOTATIONS[1], "2/3/26", "c is '2/3/26'; valid: %d.%m.%Y (31.12.2026) or %d.%m.%Y %H:%M (31.12.2026 18:30)"),
        (NOTATIONS[1], "31.02.2026", " or yyyy-MM-dd"),
        (NOTATIONS[1], "03.02.2026 10:00", "c is '03.02.2026 10:00', which is not a midnight; the column holds dates"),
        (NOTATIONS[2], "02/13/2026 10", "%m/%d/%Y %I:%M %p (12/31/2026 06:30 PM) or yyyy-MM-dd[ HH:mm[:ss]]"),
        (NOTATIONS[3], "1.5", "c is '1.5'; a number is written like 1.234,56"),
        (NOTATIONS[4], "maybe", "c is 'maybe'; valid: true, yes, Y; false, no, N"),
        (NOTATIONS[5], "x", "c is 'x'; valid: epoch_ms (1798741800000) or %d.%m.%Y (31.12.2026) or yyyy-MM-dd"),
    ],
)  # fmt: skip
def test_a_wrong_text_is_named_with_what_would_be_right(notation: Notation, text: str, reason: str) -> None:
    with pytest.raises(RowError) as caught:
        notation.plain("c", text)
    assert reason in str(caught.value)
    assert caught.value.column == "c"
