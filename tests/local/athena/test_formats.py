"""The formats that tables have: what is read of each, and what is refused."""

import bz2
import gzip
import struct
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq
import pytest

from local.serde.classes import HIVE_JSON, LAZY_SIMPLE, OPEN_CSV, OPENX_JSON, ORC
from tests.local.athena.laptop import Laptop

Rows = list[list[str | None]]
COLUMNS = {"symbol": "string", "volume": "bigint", "close": "double", "day": "date", "listed": "boolean"}
PLAIN = b"AAA,10,1.5,2026-01-02,true\nBBB,-20,2e3,2026-01-03,false\n"
READ: Rows = [["AAA", "10", "1.5", "2026-01-02", "true"], ["BBB", "-20", "2000.0", "2026-01-03", "false"]]


def write(laptop: Laptop, key: str, body: bytes) -> int:
    path = laptop.root / "lake" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return len(body)


def rows(laptop: Laptop, table: str = "t", order: str = "1") -> Rows:
    return laptop.rows(f"SELECT * FROM {table} ORDER BY {order}")[1:]


def hadoop_snappy(data: bytes) -> bytes:
    blocks = [data[start : start + 20] for start in range(0, len(data), 20)]
    packed = [(len(block), pa.compress(block, "snappy", asbytes=True)) for block in blocks]
    return b"".join(struct.pack(">II", size, len(body)) + body for size, body in packed)


@pytest.mark.parametrize(
    ("name", "compress"),
    [
        ("x.csv", bytes),
        ("x", bytes),
        ("x.csv.gz", gzip.compress),
        ("x.gz", lambda body: gzip.compress(body[:27]) + gzip.compress(body[27:])),
        ("x.bz2", bz2.compress),
        ("x.zst", lambda body: pa.compress(body, "zstd", asbytes=True)),
        ("x.snappy", hadoop_snappy),
    ],
)
@pytest.mark.parametrize("serde", [LAZY_SIMPLE, OPENX_JSON])
def test_text_is_decompressed_as_its_name_says(
    laptop: Laptop, name: str, compress: Callable[[bytes], bytes], serde: str
) -> None:
    body = PLAIN
    if serde == OPENX_JSON:
        body = (
            b'{"symbol": "AAA", "volume": 10, "close": 1.5, "day": "2026-01-02", "listed": true}\n'
            b'{"Symbol": "BBB", "volume": -20, "close": 2000, "day": "2026-01-03", "listed": false}'
        )
    laptop.table("t", COLUMNS, "s3://lake/t", serde=serde, serde_parameters={"field.delim": ","})
    size = write(laptop, f"t/sub/{name}", compress(body))
    write(laptop, "t/_hidden", b"x")
    assert rows(laptop) == READ
    assert laptop.execution("SELECT volume FROM t")["Statistics"]["DataScannedInBytes"] == size
    assert laptop.rows("SELECT count(*) AS n FROM t") == [["n"], ["2"]]


def test_a_compression_that_is_not_read(laptop: Laptop) -> None:
    laptop.table("t", COLUMNS, "s3://lake/t", serde=LAZY_SIMPLE)
    write(laptop, "t/x.lz4", b"x")
    assert laptop.reason("SELECT * FROM t") == (
        "HIVE_UNSUPPORTED_FORMAT: s3://lake/t/x.lz4 is compressed as '.lz4'; read here are "
        "['.bz2', '.gz', '.snappy', '.zst'] and plain text"
    )


def test_a_damaged_archive_fails_the_query(laptop: Laptop) -> None:
    laptop.table("t", COLUMNS, "s3://lake/t", serde=LAZY_SIMPLE, serde_parameters={"field.delim": ","})
    write(laptop, "t/x.gz", gzip.compress(PLAIN)[:-12])
    assert laptop.reason("SELECT * FROM t").startswith("HIVE_CURSOR_ERROR: Failed to read file s3://lake/t/x.gz")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "7", "7"),
        ("int", "+7", "7"),
        ("int", "2147483648", None),
        ("int", "7.0", None),
        ("int", "", None),
        ("int", "seven", None),
        ("tinyint", "-128", "-128"),
        ("tinyint", "128", None),
        ("bigint", "9223372036854775807", "9223372036854775807"),
        ("bigint", "9223372036854775808", None),
        ("double", "1e3", "1000.0"),
        ("double", ".5", "0.5"),
        ("double", " 3.5\t", "3.5"),
        ("double", "abc", None),
        ("boolean", "TRUE", "true"),
        ("boolean", "yes", None),
        ("date", "2026-02-28", "2026-02-28"),
        ("date", "2026-02-30", None),
        ("date", "28.02.2026", None),
        ("timestamp", "2026-01-02 03:04:05", "2026-01-02 03:04:05.000"),
        ("timestamp", "2026-01-02 03:04:05.6", "2026-01-02 03:04:05.600"),
        ("timestamp", "2026-01-02T03:04:05", None),
        ("decimal(5,2)", "-12.5", "-12.50"),
        ("decimal(5,2)", "007", "7.00"),
        ("decimal(5,0)", "12345", "12345"),
        ("decimal(2,2)", ".25", "0.25"),
        ("decimal(5,2)", "1.005", "1.01"),
        ("decimal(5,2)", "1000", None),
        ("string", "", ""),
        ("string", r"\N", None),
        ("string", '"quoted"', '"quoted"'),
        ("string", "ünï", "ünï"),
    ],
)
def test_lazy_simple_reads_or_gives_null(laptop: Laptop, kind: str, text: str, value: str | None) -> None:
    laptop.table("t", {"a": "string", "x": kind, "b": "string"}, "s3://lake/t", serde=LAZY_SIMPLE)
    write(laptop, "t/x", f"a\x01{text}\x01b\n".encode())
    assert laptop.rows("SELECT x, b FROM t")[1:] == [[value, "b"]]


def test_lazy_simple_lines_may_be_short_or_long(laptop: Laptop) -> None:
    parameters = {"field.delim": "|", "escape.delim": "\\", "serialization.null.format": "-"}
    table = {"a": "string", "b": "string"}
    laptop.table("t", table, "s3://lake/t", serde=LAZY_SIMPLE, serde_parameters=parameters)
    laptop.glue.databases["db"]["t"]["Parameters"]["skip.header.line.count"] = "1"
    write(laptop, "t/1", b"header|x\r\na\r\n1|2|3\r\n" + rb"d\|e|f\\g" + b"\r\n-|-")
    write(laptop, "t/2", b"header only")
    assert laptop.rows("SELECT * FROM t")[1:] == [["a", None], ["1", "2"], ["d|e", "f\\g"], [None, None]]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("lines", "rows"), [(["a", "", "b", ""], 3), (["", ""], 1), (["a", "b"], 2), (["a", "", ""], 2), ([""], 0)]
)
def test_an_empty_line_is_a_row_and_the_end_of_the_last_is_not_one(
    laptop: Laptop, lines: list[str], rows: int, end: str
) -> None:
    laptop.table("t", {"a": "string"}, "s3://lake/t", serde=LAZY_SIMPLE)
    write(laptop, "t/x", end.join(lines).encode())
    assert laptop.rows("SELECT count(*) AS n FROM t")[1:] == [[str(rows)]]
    assert len(laptop.rows("SELECT a FROM t")[1:]) == rows


@pytest.mark.parametrize(
    ("serde", "columns", "row"),
    [
        (LAZY_SIMPLE, {"a": "string", "b": "string", "n": "int"}, ["", None, None]),
        (LAZY_SIMPLE, {"n": "int", "a": "string"}, [None, None]),
        (LAZY_SIMPLE, {"a": "string"}, [""]),
        (OPEN_CSV, {"a": "string", "b": "string", "n": "int"}, [None, None, None]),
        (OPEN_CSV, {"a": "string"}, [None]),
        (OPEN_CSV, {"n": "int"}, [None]),
    ],
)
def test_what_an_empty_line_says(laptop: Laptop, serde: str, columns: dict[str, str], row: list[str | None]) -> None:
    """To LazySimpleSerDe it has an empty first value, to OpenCSVSerDe no value at all, as to Trino's own readers."""
    laptop.table("t", columns, "s3://lake/t", serde=serde, serde_parameters={"field.delim": ","})
    write(laptop, "t/x", b"1,2,3\n\n4,5,6")
    assert row in laptop.rows("SELECT * FROM t")[1:]
    assert laptop.rows("SELECT count(*) AS n FROM t") == [["n"], ["3"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [("skip.footer.line.count", "1"), ("serialization.encoding", "latin1"), ("line.delim", ";")],
)
def test_a_parameter_that_is_not_read(laptop: Laptop, name: str, value: str) -> None:
    laptop.table("t", COLUMNS, "s3://lake/t", serde=LAZY_SIMPLE, serde_parameters={name: value})
    assert laptop.reason("SELECT * FROM t") == (
        f"HIVE_UNSUPPORTED_FORMAT: Table db.t has the parameter '{name}' = '{value}', which is not read here"
    )


def test_open_csv_has_quotes(laptop: Laptop) -> None:
    columns = {"a": "string", "b": "string", "n": "int", "day": "date", "moment": "timestamp", "ok": "boolean"}
    laptop.table("t", columns, "s3://lake/t", serde=OPEN_CSV)
    write(
        laptop,
        "t/x.csv",
        b'"say ""hi"", twice",b,7,20455,1767323045000,TRUE\n'
        b'"x\\"y",,8,20456,1767323045001,false\n'
        b"short\n"
        b'"long, one",b,9,0,0,true,more\n',
    )
    with_all = [["long, one", "b", "9", "1970-01-01", "1970-01-01 00:00:00.000", "true"]]
    assert rows(laptop) == [
        *with_all,
        ['say "hi", twice', "b", "7", "2026-01-02", "2026-01-02 03:04:05.000", "true"],
        ["short", None, None, None, None, None],
        ['x"y', "", "8", "2026-01-03", "2026-01-02 03:04:05.001", "false"],
    ]


def test_open_csv_with_other_marks(laptop: Laptop) -> None:
    marks = {"separatorChar": "\t", "quoteChar": "'", "escapeChar": "'", "skip.header.line.count": "2"}
    laptop.table("t", {"a": "string", "b": "string"}, "s3://lake/t", serde=OPEN_CSV, serde_parameters=marks)
    write(laptop, "t/x.csv", b"one\ntwo\n'it''s\ttabbed'\t\"b\"\n")
    assert rows(laptop) == [["it's\ttabbed", '"b"']]


def test_open_csv_fails_on_what_does_not_fit(laptop: Laptop) -> None:
    laptop.table("t", {"a": "string", "n": "int"}, "s3://lake/t", serde=OPEN_CSV)
    write(laptop, "t/x.csv", b"a,1\nb,\n")
    assert laptop.reason("SELECT n FROM t").startswith(
        "HIVE_BAD_DATA: Error parsing a value of field 1 (n, int32) in s3://lake/t/x.csv"
    )
    assert laptop.rows("SELECT a FROM t ORDER BY a")[1:] == [["a"], ["b"]]


@pytest.mark.parametrize(("text", "value"), [("+7", "7"), ("-007", "-7"), ("0x1F", None), (" 7", None), ("1e3", None)])
def test_open_csv_reads_whole_numbers_as_java_does(laptop: Laptop, text: str, value: str | None) -> None:
    laptop.table("t", {"a": "string", "n": "int"}, "s3://lake/t", serde=OPEN_CSV)
    write(laptop, "t/x.csv", f"a,{text}\n".encode())
    if value is None:
        assert f"Failed to parse string: '{text}'" in laptop.reason("SELECT n FROM t")
    else:
        assert laptop.rows("SELECT n FROM t")[1:] == [[value]]


@pytest.mark.parametrize("body", ['1,"a\nb"\n2,c\n', '1,a\n2,"b', '1\n2,"x\n3,y\n', '"1\n2\n'])
def test_open_csv_knows_no_line_breaks_in_values(laptop: Laptop, body: str) -> None:
    laptop.table("t", {"a": "string", "b": "string"}, "s3://lake/t", serde=OPEN_CSV)
    write(laptop, "t/x.csv", body.encode())
    assert laptop.reason("SELECT * FROM t") == (
        "HIVE_BAD_DATA: Un-terminated quoted field at end of CSV line in s3://lake/t/x.csv: "
        "line breaks in values are not read"
    )


@pytest.mark.parametrize("serde", [OPENX_JSON, *HIVE_JSON])
def test_json_documents(laptop: Laptop, serde: str) -> None:
    columns = {"name": "string", "tags": "array<string>", "price": "struct<open:double,close:double>", "n": "int"}
    laptop.table("t", columns, "s3://lake/t", serde=serde)
    write(laptop, "t/x.json", b'{"name":"a","tags":["x","y"],"price":{"open":1,"close":2.5},"n":1}\n\n{"name":"b"}\n')
    assert laptop.rows("SELECT name, cardinality(tags), price.close, n FROM t ORDER BY name")[1:] == [
        ["a", "2", "2.5", "1"],
        ["b", None, None, None],
    ]


def test_openx_parameters(laptop: Laptop) -> None:
    parameters = {"mapping.kind": "type", "dots.in.keys": "true", "ignore.malformed.json": "true"}
    columns = {"kind": "string", "a_b": "int"}
    laptop.table("t", columns, "s3://lake/t", serde=OPENX_JSON, serde_parameters=parameters)
    write(laptop, "t/x.json", b'{"type":"x","a.b":1}\nnot json\n{"type":"y","a.b":2}\n')
    assert rows(laptop, order="1 NULLS LAST") == [["x", "1"], ["y", "2"], [None, None]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "HIVE_CURSOR_ERROR: Row is not a valid JSON Object in s3://lake/t/x.json: not json"),
        (b'{"n": "seven"}', "HIVE_BAD_DATA: "),
    ],
)
def test_json_that_does_not_fit_fails_the_query(laptop: Laptop, line: bytes, reason: str) -> None:
    laptop.table("t", {"n": "int"}, "s3://lake/t", serde=OPENX_JSON)
    write(laptop, "t/x.json", b'{"n": 1}\n' + line + b"\n")
    assert laptop.reason("SELECT * FROM t").startswith(reason)


def test_orc(laptop: Laptop) -> None:
    laptop.table("t", {**COLUMNS, "added": "string"}, "s3://lake/t", serde=ORC)
    table = pa.table(
        {
            "Symbol": ["AAA", "BBB"] * 5000,
            "volume": pa.array([10, -20] * 5000, pa.int32()),
            "close": [float(number) for number in range(10_000)],
            "day": [date(2026, 1, 2)] * 10_000,
            "listed": [True, False] * 5000,
        }
    )
    path = laptop.root / "lake/t/x.orc"
    path.parent.mkdir()
    pyarrow.orc.write_table(table, path, stripe_size=64 * 1024)
    assert laptop.rows("SELECT symbol, sum(volume), max(close), count(added) FROM t GROUP BY 1 ORDER BY 1")[1:] == [
        ["AAA", "50000", "9998.0", "0"],
        ["BBB", "-100000", "9999.0", "0"],
    ]
    narrow = laptop.execution("SELECT sum(volume) FROM t")["Statistics"]["DataScannedInBytes"]
    wide = laptop.execution("SELECT sum(volume), sum(close) FROM t")["Statistics"]["DataScannedInBytes"]
    assert 0 < narrow < wide <= path.stat().st_size * 1.1
    assert laptop.execution("SELECT count(*) FROM t")["Statistics"]["DataScannedInBytes"] == 0


@pytest.mark.parametrize("form", ["parquet", "orc"])
@pytest.mark.parametrize(
    ("found", "wanted", "value"),
    [
        (pa.array([7], pa.int32()), "bigint", "7"),
        (pa.array([7], pa.int8()), "int", "7"),
        (pa.array([0.5], pa.float32()), "double", "0.5"),
        (pa.array([Decimal("1.50")], pa.decimal128(5, 2)), "decimal(10,4)", "1.5000"),
        (pa.array([b"text"]), "string", "text"),
        (
            pa.array([datetime.fromisoformat("2026-01-02T03:04:05")], pa.timestamp("ns")),
            "timestamp",
            "2026-01-02 03:04:05.000",
        ),
    ],
)
def test_a_wider_type_is_fine(laptop: Laptop, form: str, found: pa.Array, wanted: str, value: str) -> None:
    _put(laptop, form, found)
    laptop.table("t", {"x": wanted}, "s3://lake/t", **({"serde": ORC} if form == "orc" else {}))
    assert laptop.rows("SELECT x FROM t")[1:] == [[value]]


@pytest.mark.parametrize("form", ["parquet", "orc"])
@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (pa.array([7], pa.int64()), "int"),
        (pa.array([7], pa.int64()), "double"),
        (pa.array([7], pa.int64()), "string"),
        (pa.array(["7"]), "bigint"),
        (pa.array([0.5]), "float"),
        (pa.array([["x"]]), "string"),
        (pa.array([[1]]), "array<string>"),
        (pa.array([{"a": 1}]), "struct<a:string>"),
        (pa.array([date(2026, 1, 2)]), "timestamp"),
    ],
)
def test_another_type_is_bad_data(laptop: Laptop, form: str, found: pa.Array, wanted: str) -> None:
    _put(laptop, form, found)
    laptop.table("t", {"x": wanted, "n": "int"}, "s3://lake/t", **({"serde": ORC} if form == "orc" else {}))
    reason = laptop.reason("SELECT x FROM t")
    assert reason.startswith("HIVE_BAD_DATA: Field x's type ")
    assert f" in {form} file s3://lake/t/x is incompatible with type " in reason
    assert laptop.rows("SELECT n FROM t")[1:] == [[None]]


def _put(laptop: Laptop, form: str, column: pa.Array) -> None:
    path = laptop.root / "lake/t/x"
    path.parent.mkdir()
    table = pa.table({"X": column})
    pyarrow.orc.write_table(table, path) if form == "orc" else pq.write_table(table, path)


def test_parquet_columns_are_found_by_name_in_any_case(laptop: Laptop) -> None:
    laptop.table("t", {"b": "string", "a": "int", "s": "struct<x:int,added:string>"}, "s3://lake/t")
    table = pa.table(
        {
            "A": pa.array([1, 2], pa.int32()),
            "B": ["x", "y"],
            "s": pa.array([{"x": 1}, None], pa.struct([("x", pa.int32())])),
        }
    )
    path = laptop.root / "lake/t/x.parquet"
    path.parent.mkdir()
    pq.write_table(table, path, write_page_index=True)
    assert laptop.rows("SELECT a, b, s.x, s.added FROM t WHERE b = 'x'")[1:] == [["1", "x", "1", None]]
    assert laptop.rows("SELECT a FROM t WHERE s IS NULL")[1:] == [["2"]]


@pytest.mark.parametrize(
    ("serde", "parameters", "why"),
    [
        (
            "org.apache.hadoop.hive.serde2.RegexSerDe",
            {},
            "has the SerDe 'org.apache.hadoop.hive.serde2.RegexSerDe'; read",
        ),
        ("", {}, "has the SerDe ''; read here are"),
        ("", {"table_type": "ICEBERG"}, "is of type ICEBERG; tables of files with a SerDe can be queried here"),
    ],
)
def test_a_table_that_is_not_read(laptop: Laptop, serde: str, parameters: dict[str, str], why: str) -> None:
    laptop.table("t", COLUMNS, "s3://lake/t", serde=serde, parameters=parameters)
    assert laptop.reason("SELECT * FROM t").startswith(f"HIVE_UNSUPPORTED_FORMAT: Table db.t {why}")


@pytest.mark.parametrize("kind", ["array<string>", "map<string,int>", "binary"])
@pytest.mark.parametrize("serde", [LAZY_SIMPLE, OPEN_CSV])
def test_a_type_that_is_not_read_from_delimited_text(laptop: Laptop, kind: str, serde: str) -> None:
    laptop.table("t", {"a": "string", "x": kind}, "s3://lake/t", serde=serde)
    write(laptop, "t/x", b"a,b\n")
    assert laptop.reason("SELECT x FROM t").startswith("HIVE_UNSUPPORTED_FORMAT: Column x of type ")
    assert laptop.rows("SELECT count(a) AS n FROM t")[1] == ["1"]


def test_where_a_row_is_stored(fx: Laptop) -> None:
    uri = "s3://lake/landing/fx_daily/year=2012/arrived=2026-01-01/one.parquet"
    size = (fx.root / uri.removeprefix("s3://")).stat().st_size
    assert fx.rows('SELECT DISTINCT "$path" FROM fx_daily_landing WHERE year = 2012')[1:] == [[uri]]
    assert fx.rows(f"SELECT count(*) AS n FROM fx_daily_landing WHERE \"$path\" = '{uri}'")[1:] == [["3"]]
    assert fx.rows(
        "SELECT *, \"$file_size\" AS size FROM fx_daily_landing WHERE year = 2012 AND date = DATE '2012-01-01'"
    ) == [
        ["base", "quote", "date", "close", "ingested_at", "year", "size"],
        ["USD", "GBP", "2012-01-01", "0.5", "2026-01-01 00:00:00.000", "2012", str(size)],
    ]
    assert fx.rows('SELECT t.*, t."$path" AS p FROM fx_daily_landing AS t WHERE year = 2012 LIMIT 1')[1][-1] == uri
    modified = fx.rows('SELECT max("$file_modified_time") FROM fx_daily_landing')[1][0]
    assert modified == "2026-01-01 00:00:00.000 UTC"
    assert "$path" not in fx.rows("SELECT * FROM fx_daily_landing LIMIT 1")[0]
