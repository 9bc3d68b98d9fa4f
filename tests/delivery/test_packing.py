"""Every row travels exactly once, and no limit is passed."""

import json
from collections import Counter
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from delivery import packing
from delivery.header import OBJECTS, Format, Header, split_header
from delivery.limits import BILLING_STEP_BYTES, MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_RECORD_BYTES
from delivery.line_numbers import line_numbers
from delivery.packing import TARGET_RECORD_BYTES, batches, pack
from delivery.putting import billed_bytes
from delivery.rows import Block, Leaf, Oversized, Record, Row

HEADER = Header(source="s3://drop/trades/2024.csv?versionId=3")
PARTITIONS = st.sampled_from([None, "2009", "2010"])
FORMATS = st.sampled_from([OBJECTS, Format(("n",)), Format(("ticker", "n")), Format(("n",), ",")])
LINES = st.just(0) | st.integers(1, 10**9)
ROWS = st.lists(
    st.builds(Row, PARTITIONS, st.integers(0, 10**40).map(lambda number: b'{"n":%d}' % number), FORMATS, LINES),
    max_size=60,
)
LEAVES = st.lists(
    st.builds(
        Leaf,
        PARTITIONS,
        st.tuples(st.text(max_size=3), st.text(max_size=3)),
        st.integers().map(lambda number: b'{"open":"%d"}' % number),
        st.just(1),
    ),
    max_size=60,
)


def packed(rows: list[Row] | list[Leaf], target: int) -> list[Record]:
    records = list(pack(rows, HEADER, target))
    assert all(isinstance(record, Record) for record in records)
    return [record for record in records if isinstance(record, Record)]


def leaves_of(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(outer, inner, json.dumps(leaf)) for outer, below in document.items() for inner, leaf in below.items()]


@given(ROWS, st.integers(100, 400))
def test_every_row_is_in_one_record_of_its_own_partition_and_format(rows: list[Row], target: int) -> None:
    partitions: dict[tuple[bytes, Format], set[str | None]] = {}
    for row in rows:
        partitions.setdefault((row.data, row.format), set()).add(row.partition)
    found: Counter[tuple[bytes, Format]] = Counter()
    for record in packed(rows, target):
        header, body = split_header(record.data)
        found_format = Format(header.columns, header.delimiter)
        assert header == replace(HEADER, **found_format._asdict(), lines=header.lines)
        lines = [(line, found_format) for line in body.splitlines()]
        assert len(lines) == record.rows
        assert set.intersection(*map(partitions.__getitem__, lines))
        assert len(record.data) <= target or record.rows == 1
        found.update(lines)
    assert found == Counter((row.data, row.format) for row in rows)


@given(st.lists(st.tuples(PARTITIONS, st.integers(1, 9)), max_size=60), st.booleans(), st.integers(100, 400))
def test_every_row_travels_with_its_line(rows: list[tuple[str | None, int]], at_once: bool, target: int) -> None:
    """Each row holds the number of its line; a block's lines may follow each other or not."""
    lines = list(accumulate(step for _, step in rows))
    items: list[Row | Block] = [
        Row(partition, b"%d" % line, line=line) for (partition, _), line in zip(rows, lines, strict=True)
    ]
    if at_once and rows:
        data = b"".join(b"%d\n" % line for line in lines)
        is_run = lines == list(range(lines[0], lines[-1] + 1))
        items = [Block(None, data, len(rows), lines=range(lines[0], lines[-1] + 1) if is_run else lines)]
    found: list[int] = []
    for record in pack(items, HEADER, target):
        assert isinstance(record, Record)
        header, body = split_header(record.data)
        assert list(line_numbers(header.lines)) == [int(line) for line in body.splitlines()]
        assert len(record.data) <= target or record.rows == 1
        found += line_numbers(header.lines)
    assert sorted(found) == lines


@given(LEAVES, st.integers(100, 400))
def test_every_leaf_is_in_one_document_of_its_own_partition(leaves: list[Leaf], target: int) -> None:
    found: Counter[tuple[str, str, str]] = Counter()
    for record in packed(leaves, target):
        header, body = split_header(record.data)
        assert header == HEADER
        inside = leaves_of(json.loads(body))
        assert len(inside) == record.rows
        assert len(record.data) <= target or record.rows == 1
        found.update(inside)
    assert found == Counter((*leaf.path, json.dumps(json.loads(leaf.data))) for leaf in leaves)


@given(LEAVES)
def test_partitions_do_not_mix(leaves: list[Leaf]) -> None:
    marked = [leaf._replace(data=b'"%s"' % str(leaf.partition).encode()) for leaf in leaves]
    for record in packed(marked, TARGET_RECORD_BYTES):
        values = {value for *_, value in leaves_of(json.loads(split_header(record.data)[1]))}
        assert len(values) == 1


def test_records_come_close_to_the_target_and_never_pass_it() -> None:
    rows = [Row("2010", b'{"n":"%s"}' % (b"x" * 90))] * 20_000
    *full, last = packed(rows, TARGET_RECORD_BYTES)
    assert all(TARGET_RECORD_BYTES - BILLING_STEP_BYTES < len(record.data) <= TARGET_RECORD_BYTES for record in full)
    assert 0 < last.rows < full[0].rows
    assert sum(record.rows for record in [*full, last]) == 20_000


@pytest.mark.parametrize("make", [lambda data: Row(None, data), lambda data: Leaf(None, ("USD", "GBP"), data)])
def test_a_row_may_fill_a_record_to_the_last_byte_and_is_named_when_it_passes_it(make: Any) -> None:
    (small,) = pack([make(b'""')], HEADER)
    assert isinstance(small, Record)
    # a document's size is an upper bound: one comma for each level of keys that the last key does not need
    spare = MAX_RECORD_BYTES - len(small.data) - (2 if isinstance(make(b""), Leaf) else 0)
    (fits,) = pack([make(b'"%s"' % (b"x" * spare))], HEADER)
    assert isinstance(fits, Record)
    assert MAX_RECORD_BYTES - 2 <= len(fits.data) <= MAX_RECORD_BYTES
    long = make(b'"%s"' % (b"x" * (spare + 1)))
    before, over, after = pack([make(b"1"), long, make(b"2")], HEADER)
    assert isinstance(over, Record | Oversized)
    found = [item for item in (before, over, after) if isinstance(item, Oversized)]
    assert [item.row for item in found] == [long]
    assert "1,024,000" in found[0].reason


def test_what_is_held_back_over_many_partitions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MAX_HELD_BYTES", 1000)
    rows = [Row(str(number % 50), b"x" * 99) for number in range(500)]
    taken = 0

    def counted() -> Any:
        nonlocal taken
        for row in rows:
            taken += 1
            yield row

    first = next(pack(counted(), HEADER))
    assert isinstance(first, Record)
    assert taken <= 11
    assert sum(record.rows for record in packed(rows, TARGET_RECORD_BYTES)) == 500


@given(st.lists(st.sampled_from([0, 1, 5000, MAX_RECORD_BYTES]), max_size=30), st.integers(0, 1200))
def test_batches_keep_order_and_both_limits(sizes: list[int], small: int) -> None:
    biggest = bytes(MAX_RECORD_BYTES)
    records = [biggest[:size] for size in sizes] + [b"x"] * small
    cut = list(batches(records))
    assert [record for batch in cut for record in batch] == records
    assert all(1 <= len(batch) <= MAX_BATCH_RECORDS for batch in cut)
    assert all(sum(map(len, batch)) <= MAX_BATCH_BYTES for batch in cut)


BLOCKS = st.lists(
    st.builds(
        lambda partition, rows, form: Block(partition, b"".join(b'{"n":%d}\n' % row for row in rows), len(rows), form),
        PARTITIONS,
        st.lists(st.integers(0, 10**40), min_size=1, max_size=30),
        FORMATS,
    ),
    max_size=10,
)


@given(BLOCKS, ROWS, st.integers(100, 400))
def test_blocks_of_lines_travel_as_rows_do(blocks: list[Block], rows: list[Row], target: int) -> None:
    expected = Counter((row.data, row.format) for row in rows)
    for block in blocks:
        expected.update((line, block.format) for line in block.data.splitlines())
    found: Counter[tuple[bytes, Format]] = Counter()
    for record in pack([*blocks, *rows], HEADER, target):
        assert isinstance(record, Record)
        header, body = split_header(record.data)
        lines = [(line, Format(header.columns, header.delimiter)) for line in body.splitlines()]
        assert len(lines) == record.rows
        assert len(record.data) <= target or record.rows == 1
        found.update(lines)
    assert found == expected


def test_a_line_in_a_block_that_no_record_can_hold_is_named_and_its_neighbours_travel() -> None:
    long = b'"%s"' % (b"x" * MAX_RECORD_BYTES)
    first, over, last = pack([Block("2010", b"1\n" + long + b"\n2\n", 3)], HEADER)
    assert isinstance(over, Record | Oversized)
    found = [item for item in (first, over, last) if isinstance(item, Oversized)]
    assert [item.row.data for item in found] == [long]


def test_a_million_rows_cost_a_thirtieth_of_what_they_cost_one_by_one() -> None:
    """Trades of 20 years as the producer of files packs them, a block of a file at a time. Ingestion and conversion are
    both billed by the bytes of records, rounded up: https://aws.amazon.com/firehose/pricing/"""
    columns = ("trade_id", "account", "ticker", "side", "quantity", "price", "currency", "traded_at")
    row = b"T%09d,GB-1,MSFT,BUY,10,26.97,USD,%d-01-04 15:04:21\n"

    def block(at: int) -> Block:
        year = 2000 + at // 50
        lines = b"".join(row % (number, year) for number in range(at * 1000, at * 1000 + 1000))
        return Block(str(year), lines, 1000, Format(columns, ","))

    def dollars(billed: int) -> float:
        return billed / 2**30 * (0.029 + 0.018)

    records = [record for record in pack(map(block, range(1000)), HEADER) if isinstance(record, Record)]
    sent = sum(len(record.data) for record in records)
    billed = sum(billed_bytes(record.data) for record in records)
    assert sum(record.rows for record in records) == 1_000_000
    assert sent / billed >= 0.98
    assert dollars(1_000_000 * BILLING_STEP_BYTES) / dollars(billed) >= 30
