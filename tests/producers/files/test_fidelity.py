"""Awkward files, each with the rows that must come of it and the rejects: line, column and a piece of the reason.

Every case is dropped as `drop/odd/<name>`, so that the whole way is gone: event, progress, format, packing.
"""

import bz2
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from schemas.contract import Column, Contract, Partition
from schemas.files import Booleans, Csv, Excel, Files, FixedField, FixedWidth, JsonRows, Numbers
from tests.producers.files.world import World

COLUMNS = (
    Column("id", "string"),
    Column("name", "string", source_names="Full Name"),
    Column("amount", "double"),
    Column("on", "date"),
)
A = {"id": "1", "name": "Ann", "amount": "1.5", "on": "2024-01-31"}
B = {"id": "2", "name": "Bob", "amount": "2", "on": "2025-02-28"}
HEAD = "id,name,amount,on\n"
ROW_A, ROW_B = "1,Ann,1.5,2024-01-31\n", "2,Bob,2,2025-02-28\n"
CSV = HEAD + ROW_A + ROW_B
NUMBERED_A, NUMBERED_B = {**A, "amount": 1.5}, {**B, "amount": 2}
Told = tuple[int | None, str | None, str]


@dataclass(frozen=True)
class Case:
    """A file called `name` and what is to become of it. `told` are its rejects, in order."""

    name: str
    content: bytes
    rows: list[dict[str, Any]]
    told: list[Told] = field(default_factory=list)
    options: Files = field(default_factory=Files)
    nest: tuple[str, ...] = ()
    outcome: str = "landed"

    @property
    def contract(self) -> Contract:
        key = self.nest or ("id",)
        return Contract("odd", "Odd.", COLUMNS, key, self.nest, Partition("on"), source=self.options)


def text(name: str, content: str, rows: list[dict[str, Any]], *told: Told, **more: Any) -> Case:
    return Case(name, content.encode(), rows, list(told), **more)


def refused(name: str, content: bytes, reason: str, line: int | None = 1, **more: Any) -> Case:
    return Case(name, content, more.pop("rows", []), [(line, None, reason)], outcome="refused", **more)


def bare(row: dict[str, Any], *without: str) -> dict[str, Any]:
    return {name: None if name in without else value for name, value in row.items()}


def zipped(files: dict[str, bytes], **more: Any) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, **more) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def damaged(packed: bytes, text: bytes, instead: bytes) -> bytes:
    """An archive whose content is no longer what its checksum says."""
    written = io.BytesIO(packed)
    archive = zipfile.ZipFile(written)
    content = archive.read("t.csv").replace(text, instead)
    return zipped({"t.csv": content}).replace(*(
        zlib.crc32(each).to_bytes(4, "little") for each in (content, archive.read("t.csv"))
    ))  # fmt: skip


def zstd(content: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(content, asbytes=True))


def workbook(rows: Iterable[Iterable[Any]], sheet: str = "Sheet", before: Callable[[Any], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    if before:
        before(book)
    else:
        book.active.title = sheet
    for row in rows:
        book[sheet].append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def notes_first(book: Any) -> None:
    book.active.title = "Notes"
    book["Notes"].append(["read", "me"])
    book.create_sheet("Data")


def parquet(columns: dict[str, Any], **more: Any) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written, **more)
    return written.getvalue()


EXCEL_ROWS = [
    ["id", "Full Name", "amount", "on"], ["1", "Ann", 1.5, date(2024, 1, 31)], ["2", "Bob", 2, datetime(2025, 2, 28)],  # noqa: DTZ001
]  # fmt: skip
PAIR = [NUMBERED_A, NUMBERED_B]
COMPACT_A, COMPACT_B = (json.dumps(row, separators=(",", ":")) for row in (A, B))
DEEP = f'{{"id":{"[" * 2000}{"]" * 2000}}}'
HALF = "half of a surrogate pair"
LINES = f"{json.dumps(A)}\n{json.dumps(B)}\n"
NESTED = {"1": {"2024-01-31": {"name": "Ann", "amount": "1.5"}}, "2": {"2025-02-28": {"name": "Bob", "amount": "2"}}}
NEST = ("id", "on")
LEAF_A, LEAF_B = {"name": "Ann", "amount": "1.5"}, {"name": "Bob", "amount": "2"}
GERMAN = Files(numbers=Numbers(decimal=",", thousands="."))
GERMAN_NULLS = Files(nulls=("N/A",), numbers=Numbers(decimal=",", thousands="."))
COMMAS = [{**A, "amount": "1.234,5"}, {**B, "name": "N/A"}, {**A, "id": "3", "amount": "1.5"}]
PLAIN = [{**A, "amount": "1234.5"}, {**B, "name": None}]
BROKER = Files(dates=("%d.%m.%Y", "%Y%m%d"), nulls=("-",), booleans=Booleans(("yes", "Y"), ("no", "N")))
DATED = [{**A, "on": "31.01.2024"}, {**B, "on": "2025-02-28"}, {**A, "id": "3", "on": "20240131"},
         {**A, "id": "4", "on": "31.02.2024"}, {**A, "id": "5", "on": "01/31/2024"}]  # fmt: skip
DATES = [A, B, {**A, "id": "3"}]
NOT_DATES: list[Told] = [
    (row, "on", f"on is '{text}'; valid: %d.%m.%Y (31.12.2026) or %Y%m%d (20261231) or yyyy-MM-dd")
    for row, text in ((4, "31.02.2024"), (5, "01/31/2024"))
]
CSV_DATES = HEAD + "".join(",".join(row.values()) + "\n" for row in DATED)
WIDE = Files(fixed_width=FixedWidth((FixedField("id", 3), FixedField("name", 6), FixedField("-", 2),
                                     FixedField("amount", 6), FixedField("on", 10))))  # fmt: skip

CSV_CASES = [
    text("plain.csv", CSV, [A, B]),
    text("no line end.csv", CSV.rstrip("\n"), [A, B]),
    text("crlf.csv", CSV.replace("\n", "\r\n"), [A, B]),
    text("old mac.csv", CSV.replace("\n", "\r"), [A, B]),
    text("mixed ends.csv", HEAD + ROW_A.replace("\n", "\r\n") + ROW_B, [A, B]),
    text("bom.csv", "\ufeff" + CSV, [A, B]),
    Case("utf-16.csv", CSV.encode("utf-16"), [A, B]),
    Case("utf-16 big.csv", b"\xfe\xff" + CSV.encode("utf-16-be"), [A, B]),
    Case("utf-32.csv", CSV.encode("utf-32"), [A, B]),
    Case("cp1252 told.csv", CSV.replace("Ann", "Jürgen €").encode("cp1252"), [{**A, "name": "Jürgen €"}, B],
         options=Files(encoding="cp1252")),
    Case("cp1252 not told.csv", CSV.replace("Ann", "Jürgen").encode("cp1252"), [B],
         [(2, None, "not UTF-8")]),
    Case("shift-jis.csv", CSV.replace("Ann", "表示").encode("shift-jis"), [{**A, "name": "表示"}, B],
         options=Files(encoding="shift-jis")),
    text("semicolons.csv", CSV.replace(",", ";"), [A, B]),
    text("tabs.tsv", CSV.replace(",", "\t"), [A, B]),
    text("pipes.csv", CSV.replace(",", "|"), [A, B]),
    text("odd delimiter.csv", CSV.replace(",", "~"), [A, B], options=Files(csv=Csv(delimiter="~"))),
    text("delimiter told to excel.csv", "sep=;\n" + CSV.replace(",", ";"), [A, B]),
    text("more commas than semicolons.csv", "id;name;amount;on;a,b,c,d,e,f\n1;Ann;1.5;2024-01-31;x\n", [A]),
    text("quoted delimiter.csv", HEAD + '1,"Ann, Dr.",1.5,2024-01-31\n', [{**A, "name": "Ann, Dr."}]),
    text("quoted newline.csv", HEAD + '1,"Ann\nB.",1.5,2024-01-31\n' + ROW_B, [{**A, "name": "Ann\nB."}, B]),
    text("doubled quotes.csv", HEAD + '1,"Ann ""A""",1.5,2024-01-31\n', [{**A, "name": 'Ann "A"'}]),
    text("all quoted.csv", '"id","name","amount","on"\n"1","Ann","1.5","2024-01-31"\n', [A]),
    text("inch.csv", HEAD + '1,5" disk,1.5,2024-01-31\n' + ROW_B, [{**A, "name": '5" disk'}, B]),
    text("backslash escapes.csv", HEAD + '1,"Ann \\"A\\"",1.5,2024-01-31\n', [{**A, "name": 'Ann "A"'}],
         options=Files(csv=Csv(escape="\\"))),
    text("single quotes.csv", HEAD + "1,'Ann, A',1.5,2024-01-31\n", [{**A, "name": "Ann, A"}],
         options=Files(csv=Csv(quote="'"))),
    text("quote never closed.csv", HEAD + '1,"Ann,1.5,2024-01-31\n' + ROW_B, [B],
         (2, None, "never closed")),
    text("quoted newline in header.csv", 'id,"name","amount","on","a\nb"\n1,Ann,1.5,2024-01-31,x\n', [A]),
    text("short row.csv", HEAD + "1,Ann\n" + ROW_B, [B], (2, "amount", "2 fields, the header has 4")),
    text("long row.csv", HEAD + ROW_A + "2,Bob,2,2025-02-28,more\n", [A], (3, None, "5 fields")),
    text("blank lines.csv", f"\n\n{HEAD}\n{ROW_A}\r\n\n{ROW_B}\n", [A, B]),
    text("line of spaces.csv", HEAD + "   \n" + ROW_B, [B], (2, "name", "1 fields")),
    text("empty fields.csv", HEAD + "1,,,2024-01-31\n", [bare(A, "name", "amount")]),
    text("texts for null.csv", HEAD + "1,N/A,-,2024-01-31\n", [bare(A, "name", "amount")],
         options=Files(nulls=("N/A", "-"))),
    text("names of the source.csv", "ID, full name ,Amount,ON\n1,Ann,1.5,2024-01-31\n", [A]),
    text("other order, other columns.csv", "x,on,amount,y,name,id\n0,2024-01-31,1.5,0,Ann,1\n", [A]),
    text("trailing delimiter.csv", "id,name,amount,on,\n1,Ann,1.5,2024-01-31,\n", [A]),
    text("title above.csv", "Report of May\n\n" + CSV, [A, B], options=Files(csv=Csv(skip_lines=2))),
    text("comments.csv", f"# made by hand\n{HEAD}# first\n{ROW_A}", [A], options=Files(csv=Csv(comment="#"))),
    text("no header.csv", ROW_A + ROW_B, [A, B], options=Files(csv=Csv(header=("id", "name", "amount", "on")))),
    text("header only.csv", HEAD, []),
    text("decimal comma.csv", "id;name;amount;on\n1;Ann;1.234,5;2024-01-31\n2;Bob;-0,5;2025-02-28\n",
         [{**A, "amount": "1234.5"}, {**B, "amount": "-0.5"}], options=GERMAN),
    text("not a decimal comma.csv", "id;name;amount;on\n1;Ann;1.5;2024-01-31\n2;Bob;2;2025-02-28\n", [B],
         (2, "amount", "a number is written like 1.234,56"), options=GERMAN),
    text("leading zeros.csv", HEAD + "007,Ann,1.5,2024-01-31\n", [{**A, "id": "007"}]),
    text("emoji.csv", HEAD + "1,Ann 🦊,1.5,2024-01-31\n", [{**A, "name": "Ann 🦊"}]),
    text("controls.csv", HEAD + "1,A\x00n\x0bn\x1f,1.5,2024-01-31\n", [{**A, "name": "A\x00n\x0bn\x1f"}]),
    text("odd date.csv", HEAD + "1,Ann,1.5,31.01.2024\n", [{**A, "on": "31.01.2024"}]),
    text("dates.csv", CSV_DATES, DATES, *((line + 1, *told) for line, *told in NOT_DATES), options=BROKER),
    text("total at the end.csv", CSV + "Total,,3.5\n", [A, B], (4, "on", "3 fields")),
    refused("html.csv", b"<html>Sign in</html>", "the header lacks id"),
    refused("header without key.csv", b"name,amount,on\nAnn,1,2024-01-31\n", "the header lacks id"),
    refused("near header.csv", b"Identity No,ID-,On date,name\n", "'ID-' may be id: add `from: 'ID-'` to it"),
    refused("header twice.csv", b"id,name,id,on\n", "names a column twice"),
    refused("spaces.csv", b" \n\n", "the file is empty"),
    refused("nothing.csv", b"", "the file is empty"),
]  # fmt: skip

PACKED_CASES = [
    Case("t.csv.gz", gzip.compress(CSV.encode()), [A, B]),
    Case("two members.csv.gz", gzip.compress((HEAD + ROW_A).encode()) + gzip.compress(ROW_B.encode()), [A, B]),
    Case("gzip by content.csv", gzip.compress(CSV.encode()), [A, B]),
    Case("t.csv.bz2", bz2.compress(CSV.encode()), [A, B]),
    Case("t.csv.zst", zstd(CSV.encode()), [A, B]),
    Case("t.zip", zipped({"t.csv": CSV.encode(), "__MACOSX/._t.csv": b"x", ".DS_Store": b"x"}), [A, B]),
    Case("t.ndjson.gz", gzip.compress(LINES.encode()), [A, B]),
    refused("two.zip", zipped({"a.csv": CSV.encode(), "b.csv": CSV.encode()}), "the archive holds 2 files: a.csv"),
    Case("skipped frame.csv.zst", b"\x50\x2a\x4d\x18\x04\0\0\0note" + zstd(CSV.encode()), [A, B]),
    refused("cut behind all rows.csv.gz", gzip.compress(CSV.encode())[:-4], "compression is damaged", 4, rows=[A, B]),
    refused("cut in a row.csv.gz", gzip.compress(CSV.encode(), 0)[:-10], "compression is damaged", 3, rows=[A]),
    refused(
        "cut in a line.txt.gz",
        gzip.compress(b"1  Ann   --1.5   2024-01-31\n2  Bob   --2     2025-02-28\n", 0)[:-10],
        "compression is damaged",
        2,
        rows=[A],
        options=WIDE,
    ),
    refused("cut.ndjson.gz", gzip.compress(LINES.encode(), 0)[:-10], "compression is damaged", 2, rows=[A]),
    refused(
        "cut array.json.gz", gzip.compress(json.dumps([A, B]).encode(), 0)[:-10], "compression is damaged", 2, rows=[A]
    ),
    refused(
        "cut nested.json.gz",
        gzip.compress(json.dumps(NESTED, indent=1).encode(), 0)[:-14],
        "compression is damaged",
        2,
        rows=[LEAF_A],
        nest=NEST,
    ),
    refused("cut utf-16.csv.gz", gzip.compress(CSV.encode("utf-16"), 0)[:-10], "compression is damaged", 3, rows=[A]),
    refused("cut utf-16.csv", CSV.encode("utf-16")[:-1], "not utf-16-le to its end", 3, rows=[A]),
    refused(
        "garbage behind.csv.gz", gzip.compress(CSV.encode()) + b"garbage", "compression is damaged", 4, rows=[A, B]
    ),
    refused("cut in the header.csv.gz", gzip.compress(HEAD.encode(), 0)[:-10], "compression is damaged"),
    refused("damaged.zip", damaged(zipped({"t.csv": CSV.encode()}), b"Ann", b"Ame"), "Bad CRC-32"),
    refused("cut behind all rows.csv.bz2", bz2.compress(CSV.encode())[:-4], "compression is damaged", 4, rows=[A, B]),
    refused("cut.csv.bz2", bz2.compress(CSV.encode())[:-30], "compression is damaged"),
    refused("cut.csv.zst", zstd(CSV.encode())[:-4], "compression is damaged"),
    refused("cut.zip", zipped({"t.csv": CSV.encode()})[:-30], "compression is damaged"),
    refused("zip in.zip", zipped({"t.zip": zipped({"t.csv": CSV.encode()})}), "packed once more; pack text once"),
    refused("gzip in.csv.gz", gzip.compress(gzip.compress(CSV.encode())), "packed once more"),
    refused("t.xlsx.gz", gzip.compress(workbook([["id"]])), "packed once more"),
    refused("t.parquet.gz", gzip.compress(parquet({"id": ["1"]})), "packed once more"),
    refused("t.tar", b"t.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(300), "a tar archive"),
    refused("t.7z", b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    refused("t.pdf", b"%PDF-1.7\n", "a PDF"),
]

JSON_CASES = [
    text("t.ndjson", LINES, [A, B]),
    text("crlf and blanks.jsonl", LINES.replace("\n", "\r\n\r\n"), [A, B]),
    text("array.json", json.dumps([A, B]), [A, B]),
    text("indented array.json", json.dumps([A, B], indent=2), [A, B]),
    text("one object.json", json.dumps(A, indent=2), [A]),
    text("bom.json", "\ufeff" + LINES, [A, B]),
    Case("utf-16.json", json.dumps([A, B]).encode("utf-16"), [A, B]),
    text("bad line.ndjson", f'{json.dumps(A)}\n{{"id": \n{json.dumps(B)}\n', [A, B], (2, None, "JSON")),
    text("bad first line.ndjson", f'{{"id": 1,,}}\n{json.dumps(B)}\n', [B], (1, None, "JSON")),
    text("two on a line.ndjson", f"{json.dumps(A)}\n{json.dumps(B)}{json.dumps(B)}\n", [A], (2, None, "trailing")),
    text("two on a line, then none.ndjson", f"{COMPACT_A} {COMPACT_A}\n\n{COMPACT_B}\n", [B],
         (1, None, "trailing")),
    text("two on a line, one on two.ndjson",
         f'{COMPACT_A}\n{{"id":\n"3"}}\n{COMPACT_B}{COMPACT_B}\n', [A],
         (2, None, "JSON"), (3, None, "JSON"), (4, None, "trailing")),
    Case("latin-1 in a name.ndjson", f'{{"id":"1","W\xe4hrung":1}}\n{json.dumps(B)}\n'.encode("latin-1"), [B],
         [(1, None, "can't decode")]),
    Case("latin-1.ndjson", '{"id":"J\xfcrgen"}\n'.encode("latin-1") * 4 + LINES.encode(), [A, B],
         [(line, None, "can't decode") for line in range(1, 5)]),
    text("deep.ndjson", f"{COMPACT_A}\n{DEEP}\n{COMPACT_B}\n", [A, B],
         (2, None, "recursion depth")),
    text("deep.json", f"[{COMPACT_A},{DEEP},{COMPACT_B}]", [A, B], (2, None, "element 2: maximum recursion depth")),
    text("deep below.json", f'{{"data":[{COMPACT_A},{DEEP},{COMPACT_B}]}}', [A, B],
         (2, None, "element 2: maximum recursion depth"), options=Files(json=JsonRows("data"))),
    *(text(f"{what} {name}", before + json.dumps([A, "BAD", B]).replace('"BAD"', f'{{"id":{bad}}}') + after, [A, B],
           (2, None, reason), options=Files(json=JsonRows("data") if before else None))
      for what, bad, reason in (("NaN", "NaN", "JSON is malformed"), ("newline", '"a\nb"', "JSON is malformed"),
                                ("half a pair", '"\\ud800"', HALF), ("half a pair again", '"\\udc00x"', HALF))
      for name, before, after in (("among rows.json", "", ""), ("among rows below.json", '{"data":', "}"))),
    text("half a pair.ndjson", f'{COMPACT_A}\n{{"id":"\\ud83d"}}\n{COMPACT_B}\n', [A, B], (2, None, HALF)),
    text("half a pair in a key.json", f'[{COMPACT_A},{{"\\ud800":1}},{COMPACT_B}]', [A, B], (2, None, HALF)),
    text("NaN in the first lines.ndjson", '{"id": "3", "amount": NaN}\n' * 3 + LINES, [A, B],
         *((line, None, "JSON is malformed") for line in (1, 2, 3))),
    text("half a pair in the first lines.ndjson", '{"id": "\\ud83d"}\n' * 3 + LINES, [A, B],
         *((line, None, HALF) for line in (1, 2, 3))),
    text("odd rows in nested.json", json.dumps({**NESTED, "3": {"2024-01-31": "BAD"}}, indent=1)
         .replace('"BAD"', '{"amount": NaN}'), [LEAF_A, LEAF_B], (None, None, "JSON is malformed"), nest=NEST),
    text("odd rows in nested below.json", json.dumps({"data": {"3": {"2024-01-31": "BAD"}, **NESTED}})
         .replace('"BAD"', '{"amount":"\\ud800"}'), [LEAF_A, LEAF_B], (None, None, HALF), nest=NEST,
         options=Files(json=JsonRows("data"))),
    text("header first.ndjson", f'{{"type": "header"}}\n{LINES}', [A, B, {"type": "header"}]),
    text("header first.json", json.dumps([{"type": "header"}, A, B]), [A, B, {"type": "header"}]),
    text("value on its own line.json", f'{{"1":\n{json.dumps(NESTED["1"])}\n,"2":{json.dumps(NESTED["2"])}}}\n',
         [LEAF_A, LEAF_B], nest=NEST),
    text("all in three lines.json", f'{{"1":\n{json.dumps(NESTED["1"])}\n}}\n', [LEAF_A], nest=NEST),
    text("lines that make one.ndjson", f'{json.dumps(A)}\n{{"id":"9"\n"x":1}}\n', [A],
         (2, None, "JSON"), (3, None, "JSON")),
    text("a number among rows.json", json.dumps([A, 5, B]), [A, B], (2, None, "not an object")),
    text("exact numbers.json", '[{"id": "1", "amount": 0.1000000000000000055, "on": "2024-01-31"}]',
         [{"id": "1", "amount": 0.1, "on": "2024-01-31"}]),
    text("braces in text.json", json.dumps([{**A, "name": '}]{"},[{'}, B]), [{**A, "name": '}]{"},[{'}, B]),
    text("nested.json", json.dumps(NESTED), [LEAF_A, LEAF_B], nest=NEST),
    text("indented nested.json", json.dumps(NESTED, indent=4), [LEAF_A, LEAF_B], nest=NEST),
    text("key twice.json", f'{{"1": {{"2024-01-31": {json.dumps(LEAF_A)}}}, "1": {{"2025-02-28": {{"name": "Bob"}}}}}}',
         [LEAF_A, {"name": "Bob"}], nest=NEST),
    text("branch too short.json", json.dumps({**NESTED, "3": "closed"}), [LEAF_A, LEAF_B],
         (1, "on", "3 is not an object"), nest=NEST),
    text("flat rows of a nested dataset.json", json.dumps([A]), [A], nest=NEST),
    text("rows below.json", json.dumps({"meta": {"n": 2}, "data": {"items": [A, B]}}), [A, B],
         options=Files(json=JsonRows("data.items"))),
    text("nested below.json", json.dumps({"Meta Data": {"1. x": "y"}, "Series": NESTED}), [LEAF_A, LEAF_B],
         options=Files(json=JsonRows("Series")), nest=NEST),
    text("decimal commas.ndjson", "".join(f"{json.dumps(row)}\n" for row in COMMAS), PLAIN,
         (3, "amount", "amount is '1.5'; a number is written like 1.234,56"), options=GERMAN_NULLS),
    text("decimal commas.json", json.dumps(COMMAS), PLAIN, (3, "amount", "like 1.234,56"), options=GERMAN_NULLS),
    text("decimal commas below.json", json.dumps({"rows": COMMAS}), PLAIN, (3, "amount", "like 1.234,56"),
         options=Files(nulls=("N/A",), numbers=Numbers(decimal=",", thousands="."), json=JsonRows("rows"))),
    text("escaped.ndjson", '{"\\u0069d":"1","\\u0061mount":"1\\u002c5","name":"N\\/A","on":"2024-01-31"}\n',
         [{**bare(A, "name"), "amount": "1.5"}], options=GERMAN_NULLS),
    text("dates.ndjson", "".join(f"{json.dumps(row)}\n" for row in DATED), DATES, *NOT_DATES, options=BROKER),
    text("dates.json", json.dumps(DATED), DATES, *NOT_DATES, options=BROKER),
    text("plain numbers.ndjson", json.dumps(NUMBERED_A), [NUMBERED_A], options=GERMAN_NULLS),
    text("nested decimal commas.json", json.dumps({
        "1": {"2024-01-31": {"amount": "1,5"}, "2024-02-28": {"amount": "1.5"}}, "2": {"2024-01-31": {"amount": "1.5"}},
    }), [{"amount": "1.5"}], (1, "amount", "like 1.234,56"), (1, "amount", "like 1.234,56"), options=GERMAN_NULLS,
         nest=NEST),
    text("key twice below.json", '{"data": {"1": {"2024-01-31": {"name": "A"}, "2024-01-31": {"name": "B"}}}}',
         [{"name": "A"}, {"name": "B"}], options=Files(json=JsonRows("data")), nest=NEST),
    text("branch too short below.json", json.dumps({"data": {**NESTED, "3": "closed"}}), [LEAF_A, LEAF_B],
         (None, "on", "3 is not an object"), options=Files(json=JsonRows("data")), nest=NEST),
    refused("cut rows below.json", json.dumps({"data": [A, B]})[:-5].encode(), "data breaks off after element 1", 2,
            rows=[A], options=Files(json=JsonRows("data"))),
    refused("cut nested below.json", json.dumps({"data": NESTED})[:-5].encode(), "data breaks off after element 1", 2,
            rows=[LEAF_A], options=Files(json=JsonRows("data")), nest=NEST),
    refused("cut array.json", json.dumps([A, B])[:-5].encode(), "breaks off after element 1", line=2, rows=[A]),
    refused("not json.json", b"{'id': 1}", "not JSON"),
    refused("no rows.json", b"[]", "holds no rows"),
    refused("foreign.json", b'[{"colour": "red"}]', "no column of odd"),
    refused("named json.json", CSV.encode(), "its name says json"),
]  # fmt: skip

OTHER_CASES = [
    text("t.txt", "1  Ann   --1.5   2024-01-31\n2  Bob   --2     2025-02-28\n", [A, B], options=WIDE),
    text("short lines.txt", "1  Ann\n", [bare(A, "amount", "on")], options=WIDE),
    text("long line.txt", "1  Ann   --1.5   2024-01-31 and more\n2  Bob   --2     2025-02-28\n", [B],
         (1, None, "check their widths"), options=WIDE),
    text("ümlaut.txt", "1  Änn   --1.5   2024-01-31\n", [{**A, "name": "Änn"}], options=WIDE),
    text("dates.txt", "1  Ann   --1.5   31.01.2024\n2  Ann   --1.5   31.02.2024\n", [A],
         (2, "on", "on is '31.02.2024'; valid: %d.%m.%Y"), options=replace(WIDE, dates="%d.%m.%Y")),
    Case("t.xlsx", workbook(EXCEL_ROWS), PAIR),
    Case("no suffix", workbook(EXCEL_ROWS), PAIR),
    Case("title above.xlsx", workbook([["Report"], [], *EXCEL_ROWS]), PAIR),
    Case("second sheet.xlsx", workbook(EXCEL_ROWS, "Data", notes_first), PAIR),
    Case("sheet told.xlsx", workbook(EXCEL_ROWS, "Data", notes_first), PAIR, options=Files(excel=Excel("Data"))),
    Case("blank row.xlsx", workbook([*EXCEL_ROWS[:2], [], EXCEL_ROWS[2]]), PAIR),
    Case("cells to the right.xlsx", workbook([*EXCEL_ROWS, ["3", "C", 1, "2024-01-01", "x"]]), PAIR,
         [(4, None, "more cells than the header")]),
    Case("numbers as text.xlsx", workbook([EXCEL_ROWS[0], ["1", "Ann", "1.234,5", "2024-01-31"]]),
         [{**A, "amount": "1234.5"}], options=GERMAN),
    Case("dates.xlsx", workbook([list(A), *(row.values() for row in DATED), ["6", "Ann", "1.5", date(2024, 1, 31)]]),
         [*DATES, {**A, "id": "6"}], [(row + 1, *told) for row, *told in NOT_DATES], options=BROKER),
    Case("midnight.xlsx", workbook([EXCEL_ROWS[0], [datetime(2024, 1, 31), "Ann", 1.5, datetime(2024, 1, 31)]]),  # noqa: DTZ001
         [{**NUMBERED_A, "id": "2024-01-31"}]),
    Case("numbers for text.xlsx", workbook([EXCEL_ROWS[0], [7, 5.25, 1.5, "2024-01-31"], ["8", True, 2, "2024-01-31"]]),
         [{**NUMBERED_A, "id": "7", "name": "5.25"}, {**NUMBERED_A, "id": "8", "name": "true", "amount": 2}]),
    Case("errors.xlsx", workbook([*EXCEL_ROWS, ["3", "C", "#DIV/0!", "2024-01-31"], ["4", "#REF!", 1, "2024-01-31"]]),
         PAIR, [(4, "amount", "amount holds the error #DIV/0!"), (5, "name", "name holds the error #REF!")]),
    Case("errors that are nulls.xlsx", workbook([EXCEL_ROWS[0], ["1", "#N/A", "#N/A", "2024-01-31"]]),
         [bare(A, "name", "amount")], options=Files(nulls=("#N/A",))),
    refused("errors.ods", zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml":
            b'<table:table-cell calcext:value-type="error"/>'}), "a cell of the workbook holds an error such as #N/A"),
    refused("near header.xlsx", workbook([["Report"], [], ["Id ", "Full-Name", "On.", "n"]], "Data", notes_first),
            "sheet Data, row 3: the header lacks on; it is 'Id , Full-Name, On., n'; "
            "it must name id, on; 'On.' may be on: add `from: 'On.'` to it"),
    refused("no header.xlsx", workbook([["1", "Ann"]], "Data", notes_first), "sheet Notes, row 1: the header lacks id"),
    refused("empty sheets.xlsx", workbook([]), "sheet Sheet: the sheet is empty"),
    refused("no such sheet.xlsx", workbook(EXCEL_ROWS), "no sheet 'Data'", options=Files(excel=Excel("Data"))),
    refused("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "the workbook cannot be read"),
    Case("t.parquet", parquet({"id": ["1", "2"], "Full Name": ["Ann", None], "amount": [1.5, float("nan")],
                               "on": [date(2024, 1, 31), date(2025, 2, 28)]}),
         [A, {**B, "name": None, "amount": "nan"}]),
    Case("odd types.parquet", parquet({
        "id": pa.array(["1", "1"]).dictionary_encode(), "name": ['q"\\\n', "ü"],
        "amount": pa.array([1, None], pa.int64()), "on": pa.array([datetime(2024, 1, 31)] * 2, pa.timestamp("ms")),  # noqa: DTZ001
    }), [{**A, "name": 'q"\\\n', "amount": 1}, {**A, "name": "ü", "amount": None}]),
    Case("decimal commas.parquet", parquet({
        "id": ["1", "2", "3", "4"], "name": ["Ann", "N/A", "C", "D"], "on": [date(2024, 1, 31)] * 4,
        "amount": pa.array(["1.234,5", "2", "1.5", "N/A"]).dictionary_encode()}),
         [PLAIN[0], {**PLAIN[1], "on": "2024-01-31"}, {**bare(A, "amount"), "id": "4", "name": "D"}],
         [(3, "amount", "amount is '1.5'; a number is written like 1.234,56")], options=GERMAN_NULLS),
    Case("dates.parquet", parquet({name: [row[name] for row in DATED] for name in A}), DATES, NOT_DATES,
         options=BROKER),
    Case("bytes.parquet", parquet({"id": [b"1", b"2"], "name": [b"Ann", b"\xff\xfe"], "on": [date(2024, 1, 31)] * 2}),
         [{name: A[name] for name in ("id", "name", "on")}], [(2, "name", "not text in UTF-8")]),
    refused("other columns.parquet", parquet({"x": [1]}), "the header lacks id"),
    refused("no rows.parquet", parquet({"id": pa.array([], pa.string()), "on": pa.array([], pa.date32())}),
            "holds no rows"),
]  # fmt: skip

CASES = [*CSV_CASES, *PACKED_CASES, *JSON_CASES, *OTHER_CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file(case: Case) -> None:
    world = World({"odd": case.contract})
    (report,) = world.drop(f"drop/odd/{case.name}", case.content)
    assert (report.outcome, found_rows(world, case)) == (case.outcome, case.rows), world.quarantine
    rejects = world.quarantine
    assert [(row["line"], row["column_name"]) for row in rejects] == [told[:2] for told in case.told], rejects
    for row, told in zip(rejects, case.told, strict=True):
        assert told[2] in row["reason"]
        assert row["source"].startswith(f"s3://standpipe-test-drop/drop/odd/{case.name}?versionId=v1")
    (load,) = world.loads
    assert (load["rows_in"], load["rejected"]) == (len(case.rows) + len(case.told), len(case.told))


def found_rows(world: World, case: Case) -> list[dict[str, Any]]:
    """The rows in the order of their ids; those of nested documents without their keys."""
    rows = []
    for line in world.rows("odd"):
        leaves = [line]
        if case.nest and not set(line) & {column.name for column in COLUMNS}:
            leaves = [leaf for below in line.values() for leaf in below.values()]
        rows += leaves
    return sorted(rows, key=lambda row: str(row.get("id", row.get("name"))))


def test_there_are_many() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
