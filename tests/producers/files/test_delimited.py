"""However delimited text is read, at once or record by record, whole or in parts: the rows are the same."""

import csv
import io
import json
from typing import Any

import msgspec
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from delivery.rows import Block, Row
from producers.files.errors import FileError
from producers.files.formats import chunks, splitting
from producers.files.formats.delimited import chunks as delimited
from producers.files.formats.delimited.blocks import is_whole
from producers.files.formats.delimited.records import Records
from producers.files.formats.delimited.regular import regular
from producers.files.formats.reading import START, Position
from producers.files.formats.streams.opening import open_file
from producers.files.formats.streams.text import Lines
from producers.loading import Item
from producers.rejects import Reject
from schemas.contract import Column, Contract, Partition
from schemas.files import Csv, Files, FixedField, FixedWidth, Numbers
from tests.producers.receiving import objects

CONTRACT = Contract(
    "odd", "Odd rows.", (Column("a", "string"), Column("b", "string"), Column("c", "double")), ("a",),
    source=Files(),
)  # fmt: skip
DAYS = Contract(
    "days", "Days.", (Column("a", "string"), Column("on", "date")), ("a",), partition=Partition("on", "day")
)
TEXT = st.text(st.sampled_from('ab1",;\n\r\t\\ü\x00\x7f \x1f/'), max_size=40)
QUOTED = st.text(st.sampled_from('a", \n')).map(lambda text: '"{}"'.format(text.replace('"', '""')))
FIELD = st.text(st.sampled_from('ab1",\n\\ü \t'), max_size=6)


def flat(items: list[Item]) -> tuple[list[Any], list[Reject]]:
    """Rows, sorted, and rejects."""
    found = [row for item in items if isinstance(item, Row | Block) for row in objects(item.data, item.format)]
    rows = [json.dumps(row, sort_keys=True) for row in found]
    return sorted(rows), [item for item in items if isinstance(item, Reject)]


def read(data: bytes, contract: Contract, start: Position = START, end: int | None = None) -> list[Item]:
    options = contract.source if isinstance(contract.source, Files) else None
    opened = open_file("f.csv", "f.csv", io.BufferedReader(io.BytesIO(data)), options)  # type: ignore[arg-type]
    return [item for chunk in chunks(opened, contract, start, end) for item in chunk.items]


@pytest.mark.parametrize("options", [Csv(), Csv(quote="'"), Csv(quote="", escape="\\"), Csv(comment="/")], ids=repr)
@given(TEXT)
def test_arrow_reads_regular_text_as_python_does(options: Csv, text: str) -> None:
    block = f"{text}\n".encode()
    contract = msgspec.structs.replace(CONTRACT, source=Files(csv=options))
    opened = open_file("f", "f", io.BufferedReader(io.BytesIO(b"a,b,c\n" + block)), Files(csv=options))
    layout, lines = delimited.located(opened, contract, START, None)
    rows = delimited._Rows(layout, contract)
    found = rows.at_once(block, range(2, 2 + block.count(b"\n")))
    if found is None:
        return
    records = Records(lines, layout.dialect, options.comment)
    expected = rows.one_by_one(records, lines.block())
    assert flat([*found]) == flat(expected)


@settings(max_examples=300)
@given(
    st.lists(
        st.lists(st.text(st.sampled_from('a" ')) | QUOTED, min_size=2, max_size=2).map(",".join)
        | st.sampled_from(["", '"', 'a,b"', '"a,b', '"a",""b', "a"]),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", '"\n', '"']),
)
@example(['a,"b'], "\n", "\n")
@example(['a,"b'], "\n", "")
def test_quotes_mean_the_same_to_arrow_and_python(rows: list[str], line_end: str, end: str) -> None:
    block, rest = (line_end.join(rows) + end).encode(), b'x,y\n"'
    contract = msgspec.structs.replace(CONTRACT, columns=CONTRACT.columns[:2])
    opened = open_file("f.csv", "f.csv", io.BufferedReader(io.BytesIO(b"a,b\n")))  # type: ignore[arg-type]
    layout, _ = delimited.located(opened, contract, START, None)
    making, lines = delimited._Rows(layout, contract), block.count(b"\n") + (not block.endswith(b"\n"))
    text = regular(block, Csv(), ",")
    behind = Lines(io.BytesIO(rest if block.endswith(b"\n") else b""), START)
    found = making.at_once(block, range(2, 2 + lines))
    expected = making.one_by_one(Records(behind, layout.dialect), block)
    if found is not None:
        event("read by Arrow" + (", with quotes" if b'"' in block else ""))
        assert flat([*found]) == flat(expected)
    if text and is_whole(text, lines, layout):
        assert behind.position == START


@given(
    st.lists(st.tuples(FIELD, FIELD, st.just("1")), max_size=20), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
)
def test_what_python_writes_comes_back(rows: list[tuple[str, str, str]], quoting: Any) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=quoting, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    found, rejects = flat(read(written.getvalue().encode(), CONTRACT))
    assert rejects == []
    assert found == sorted(json.dumps({"a": a or None, "b": b or None, "c": c}) for a, b, c in rows)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(FIELD, FIELD, st.just("1")) | st.just(("odd",)) | st.just(('"open', "x", "1")), max_size=30),
    st.integers(1, 60),
    st.booleans(),
)
def test_parts_hold_every_row_once(rows: list[tuple[str, ...]], size: int, raw: bool) -> None:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_NONE if raw else csv.QUOTE_MINIMAL,
                        quotechar=None if raw else '"', escapechar="\\" if raw else None)  # fmt: skip
    writer.writerow(("a", "b", "c"))
    for row in rows:
        writer.writerow(row)
    data = written.getvalue().encode()
    opened = open_file("f.csv", "f.csv", io.BufferedReader(io.BytesIO(data)))  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("producers.files.formats.streams.text.BLOCK_BYTES", 16)
        cuts = list(splitting.boundaries(opened, CONTRACT, START, size))
        starts = [START, *cuts]
        ends = [*[cut.at for cut in cuts], None]
        parts = [item for start, end in zip(starts, ends, strict=True) for item in read(data, CONTRACT, start, end)]
    whole = read(data, CONTRACT)
    assert flat(parts)[0] == flat(whole)[0]
    assert flat(parts)[1] == flat(whole)[1]


def test_a_mark_inside_a_file_belongs_to_its_value() -> None:
    block = '\ufeff"a",b,1\n'.encode()
    assert regular(block, Csv(), ",") is None


def test_a_large_block_is_sorted_into_partitions() -> None:
    rows = [f"k{number},20{number % 30:02d}-01-0{number % 9 + 1}" for number in range(20_000)]
    found = read("\n".join(["a,on", *rows]).encode(), DAYS)
    assert all(isinstance(item, Block) for item in found)
    assert sum(item.rows for item in found if isinstance(item, Block)) == 20_000
    for item in found:
        assert isinstance(item, Block)
        assert {row["on"] for row in objects(item.data, item.format)} == {item.partition}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    "odd", ["", ",", "k,2010-02-28,x", "\n", "ü,2010-02-28", 'k "1",2010-02-28', "k,", ",2010-02-28"]
)
def test_a_block_of_one_partition_is_what_it_is_row_by_row(end: str, delimiter: str, quote: str, odd: str) -> None:
    def line(fields: str) -> str:
        return delimiter.join(f"{quote}{field}{quote}" for field in fields.split(",")) + end

    rows = [f"k{number},2010-02-28" for number in range(5_000)] + [odd]
    data = f"a,on{end}".replace(",", delimiter).encode() + "".join(map(line, rows)).encode()
    whole = read(data, DAYS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("producers.files.formats.delimited.chunks._WORTH_ARROW_BYTES", 10**9)
        assert flat(read(data, DAYS)) == flat(whole)
    clean = [item for item in whole if isinstance(item, Block) and item.partition]
    assert [item.partition for item in clean] == ["2010-02-28"]


def test_decimal_commas_become_points_and_odd_numbers_are_refused_by_column() -> None:
    numbers = Numbers(decimal=",", thousands=".")
    contract = msgspec.structs.replace(CONTRACT, source=Files(numbers=numbers))
    good = [f"k{number};x;{number % 1000}.000,50" for number in range(10_000)]
    text = "\n".join(["a;b;c", *good, "k;x;1.5", "k;x;", "k;x;12,", "k;x;-1.234.567"])
    rows, rejects = flat(read(text.encode(), contract))
    assert len(rows) == 10_003
    assert {"a": "k7", "b": "x", "c": "7000.50"} in map(json.loads, rows)
    assert [(each.line, each.column) for each in rejects] == [(10_002, "c")]
    assert "c is '1.5'; a number is written like 1.234,56" in rejects[0].reason
    assert {row["c"] for row in map(json.loads, rows) if row["a"] == "k"} == {None, "12.", "-1234567"}


def test_a_file_without_line_ends_takes_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.files.formats.streams.text.MAX_LINE_BYTES", 1000)
    lines = Lines(io.BytesIO(b"x" * 3_000_000), START)
    sizes = []
    while block := lines.block():
        sizes.append(len(block))
    assert max(sizes) <= 526_000
    assert lines.position == Position(3_000_000, 2)


@pytest.mark.parametrize("fixed", [None, FixedWidth((FixedField("a", 1), FixedField("b", 1)))])
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_line_that_is_too_long_is_one_reject_and_its_neighbours_keep_their_numbers(
    fixed: FixedWidth | None, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.files.formats.streams.text.MAX_LINE_BYTES", 100)
    monkeypatch.setattr("producers.files.formats.streams.text.BLOCK_BYTES", 20)
    contract = msgspec.structs.replace(CONTRACT, columns=CONTRACT.columns[:2], source=Files(fixed_width=fixed))
    long = "x" * 350 + ",y" * 40
    lines = ["a,b", "1,2", long, "3,4", long + end]
    if fixed:
        lines = [line.replace(",", "") for line in lines[1:]]
    rows, rejects = flat(read("\n".join(lines).encode(), contract))
    first = 1 if fixed else 2
    assert [json.loads(row)["a"] for row in rows] == ["1", "3"]
    assert [reject.line for reject in rejects] == [first + 1, first + 3]
    assert all("bytes that are read of a line" in reject.reason for reject in rejects)


def test_a_header_that_never_ends_is_refused() -> None:
    with pytest.raises(FileError, match="the header does not end"):
        read(b'a,b,"c\n' + b"1,2,3\n" * 10, CONTRACT)


def lost_quotes(lines: int) -> bytes:
    """A file with quotes around all its values, of whose lines somebody has cut the first and the last character."""
    return b'a","b","c\n'.replace(b'"', b"") + b'1","x","2\n' * lines


def test_lines_that_lost_their_outer_quotes_are_not_read_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    step = Records.__next__

    def counted(records: Records) -> str:
        nonlocal steps
        steps += 1
        return step(records)

    monkeypatch.setattr(Records, "__next__", counted)
    rows, rejects = flat(read(lost_quotes(5_000), CONTRACT))
    assert (rows, len(rejects)) == ([], 5_000)
    assert {reject.reason.partition(":")[2].partition(";")[0] for reject in rejects} == {
        " a quote is opened here and never closed"
    }
    assert steps < 4 * 5_000


def test_what_is_read_ahead_of_a_block_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.files.formats.streams.text.BLOCK_BYTES", 1000)
    monkeypatch.setattr("producers.files.formats.delimited.records._AHEAD_BYTES", 3000)
    data = lost_quotes(5_000)
    opened = open_file("f.csv", "f.csv", io.BufferedReader(io.BytesIO(data)))  # type: ignore[arg-type]
    found = list(chunks(opened, CONTRACT))
    assert max(len(chunk.items) for chunk in found) <= 102
    assert sum(len(chunk.items) for chunk in found) == 5_000
    assert [item.line for chunk in found for item in chunk.items if isinstance(item, Reject)] == list(range(2, 5_002))


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["1,x,2", '1","x","2', '"open,x,1', '1,x,"2', '1,"x","2"', "", '"', '"\rx', "1,x,2\\", '1,"x\\']
        ),
        max_size=30,
    ),
    st.sampled_from([Csv(), Csv(escape="\\")]),
    st.integers(1, 60),
    st.integers(0, 60),
)
def test_what_is_known_of_open_quotes_changes_no_row(lines: list[str], options: Csv, block: int, ahead: int) -> None:
    data = "\n".join(["a,b,c", *lines]).encode()
    contract = msgspec.structs.replace(CONTRACT, source=Files(csv=options))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("producers.files.formats.streams.text.BLOCK_BYTES", block)
        patch.setattr("producers.files.formats.delimited.records._AHEAD_BYTES", ahead)
        whole = read(data, contract)
        opened = open_file("f.csv", "f.csv", io.BufferedReader(io.BytesIO(data)), Files(csv=options))
        cuts = list(splitting.boundaries(opened, contract, START, 1))
        ends = [*[cut.at for cut in cuts], None]
        parts = [
            item for start, end in zip([START, *cuts], ends, strict=True) for item in read(data, contract, start, end)
        ]
        patch.setattr(Records, "_is_escaped", lambda *_: True)  # then nothing is known
        assert flat(read(data, contract)) == flat(whole)
    assert flat(parts) == flat(whole)
