"""What a column's declared type makes of the values in files: times, lengths of texts, names of members."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq
import pytest

from local.serde.classes import HIVE_JSON, LAZY_SIMPLE, OPENX_JSON, ORC
from tests.local.athena.laptop import PARQUET, Laptop

FINE = ["00:00:00.123456", "00:00:00.678500", "00:00:00.999900", "00:00:01"]
ROUNDED = ["00:00:00.123", "00:00:00.679", "00:00:01.000", "00:00:01.000"]


def put(laptop: Laptop, form: str, columns: dict[str, str], values: dict[str, Any], **options: Any) -> None:
    """The table `t` of one file of this format."""
    path = laptop.root / "lake/t/x"
    path.parent.mkdir(parents=True, exist_ok=True)
    if form in ("parquet", "orc"):
        table = pa.table(values)
        pyarrow.orc.write_table(table, path) if form == "orc" else pq.write_table(table, path, **options)
    else:
        _put_text(path, form, values)
    serdes = {"parquet": PARQUET, "orc": ORC, "text": LAZY_SIMPLE, "json": OPENX_JSON}
    laptop.table("t", columns, "s3://lake/t/", serde=serdes[form])


def _put_text(path: Path, form: str, values: dict[str, Any]) -> None:
    rows = list(zip(*values.values(), strict=True))
    if form == "text":
        path.write_text("".join("\x01".join(map(str, row)) + "\n" for row in rows))
    else:
        documents = [dict(zip(values, map(str, row), strict=True)) for row in rows]
        path.write_text("\n".join(map(json.dumps, documents)))


def moments(times: list[str]) -> list[datetime]:
    return [datetime.fromisoformat(f"2020-01-01 {time}") for time in times]


@pytest.mark.parametrize("form", ["parquet", "parquet int96", "parquet pages", "orc", "text", "json"])
def test_a_timestamp_is_rounded_to_milliseconds(laptop: Laptop, form: str) -> None:
    form, _, how = form.partition(" ")
    times: Any = pa.array(moments(FINE), pa.timestamp("us")) if form in ("parquet", "orc") else moments(FINE)
    options = {"int96": {"use_deprecated_int96_timestamps": True}, "pages": {"write_page_index": True}}
    put(laptop, form, {"ts": "timestamp"}, {"ts": times}, **options.get(how, {}))
    assert laptop.rows("SELECT ts FROM t ORDER BY to_unixtime(ts)")[1:] == [[f"2020-01-01 {time}"] for time in ROUNDED]
    for condition, count in {
        "ts = TIMESTAMP '2020-01-01 00:00:00.123'": 1,
        "ts = TIMESTAMP '2020-01-01 00:00:01'": 2,
        "ts >= TIMESTAMP '2020-01-01 00:00:01'": 2,
        "ts < TIMESTAMP '2020-01-01 00:00:00.123'": 0,
        "ts > TIMESTAMP '2020-01-01 00:00:01'": 0,
        "ts <> TIMESTAMP '2020-01-01 00:00:00.679'": 3,
        "ts IN (TIMESTAMP '2020-01-01 00:00:00.679', TIMESTAMP '2020-01-01 00:00:00.123')": 2,
        "ts < TIMESTAMP '2020-01-01 00:00:00.123456'": 1,
    }.items():
        assert laptop.rows(f"SELECT count(*) FROM t WHERE {condition}")[1] == [str(count)], condition
    assert laptop.rows("SELECT count(DISTINCT ts), max(to_unixtime(ts)) FROM t")[1] == ["3", "1.577836801E9"]


def test_times_within_other_values_are_rounded(laptop: Laptop) -> None:
    moment = moments(["00:00:00.123900"])[0]
    values = {
        "a": pa.array([[moment, None], None]),
        "m": pa.array([[("k", moment)], None], pa.map_(pa.string(), pa.timestamp("us"))),
        "s": [{"at": moment}, None],
    }
    put(laptop, "parquet", {"a": "array<timestamp>", "m": "map<string,timestamp>", "s": "struct<at:timestamp>"}, values)
    shown = "TIMESTAMP '2020-01-01 00:00:00.124'"
    where = f"a[1] = {shown} AND m['k'] = {shown} AND s.at = {shown}"
    assert laptop.rows(f"SELECT count(*) FROM t WHERE {where}")[1] == ["1"]
    assert laptop.rows("SELECT count(*) FROM t WHERE a IS NULL AND m IS NULL AND s IS NULL")[1] == ["1"]


def test_times_before_1970_are_rounded_up_too(laptop: Laptop) -> None:
    times = ["1969-12-31 23:59:59.999500", "1969-12-31 23:59:59.999499", "1969-12-31 23:59:59.998"]
    put(laptop, "text", {"ts": "timestamp"}, {"ts": times})
    assert sorted(laptop.rows("SELECT ts FROM t")[1:]) == [
        ["1969-12-31 23:59:59.998"],
        ["1969-12-31 23:59:59.999"],
        ["1970-01-01 00:00:00.000"],
    ]


@pytest.mark.parametrize("unit", ["ms", "us"])
def test_pages_are_kept_for_literals_finer_than_the_file(laptop: Laptop, unit: str) -> None:
    times = pa.array(moments(["12:00:00", "13:00:00"]), pa.timestamp(unit))
    put(laptop, "parquet", {"ts": "timestamp"}, {"ts": times}, write_page_index=True)
    finer = "TIMESTAMP '2020-01-01 12:00:00.0005'"
    counts = {"<": 1, "<=": 1, "<>": 2, ">": 1, ">=": 1, "=": 0}
    for sign, count in counts.items():
        assert laptop.rows(f"SELECT count(*) FROM t WHERE ts {sign} {finer}")[1] == [str(count)], sign


@pytest.mark.parametrize("form", ["parquet", "parquet pages", "orc", "text", "json"])
def test_texts_have_the_length_that_is_declared(laptop: Laptop, form: str) -> None:
    form, _, pages = form.partition(" ")
    columns = {"v": "varchar(3)", "c": "char(4)"}
    put(
        laptop,
        form,
        columns,
        {"v": ["abcdef", "ünï€", "x"], "c": ["ab", "abcdef", "ünï"]},
        **({"write_page_index": True} if pages else {}),
    )
    assert laptop.rows("SELECT v, length(v), typeof(v), c || '|', length(c), typeof(c) FROM t ORDER BY v")[1:] == [
        ["abc", "3", "varchar(3)", "ab  |", "4", "char(4)"],
        ["x", "1", "varchar(3)", "ünï |", "4", "char(4)"],
        ["ünï", "3", "varchar(3)", "abcd|", "4", "char(4)"],
    ]
    for condition, count in {
        "v = 'abc'": 1,
        "v IN ('abc', 'x')": 2,
        "v < 'abcd'": 1,
        "v IS NOT NULL AND v > 'abc'": 2,
        "c = 'ab  '": 1,
        "c = CAST('ab' AS char(4))": 1,
        "c = 'abcd'": 1,
    }.items():
        assert laptop.rows(f"SELECT count(*) FROM t WHERE {condition}")[1] == [str(count)], condition


def test_texts_within_other_values_have_their_length(laptop: Laptop) -> None:
    values = {"a": [["abcdef"], None, []], "s": [{"c": "x"}, None, {"c": None}]}
    put(laptop, "parquet", {"a": "array<varchar(3)>", "s": "struct<c:char(2)>"}, values)
    assert laptop.rows("SELECT a, s.c || '|' FROM t")[1:] == [["[abc]", "x |"], [None, None], ["[]", None]]


def test_partition_keys_have_their_length(laptop: Laptop) -> None:
    laptop.table("p", {"n": "bigint"}, "s3://lake/p/", keys={"c": "char(3)"})
    laptop.put("s3://lake/p/c=a/one.parquet", pa.table({"n": [1]}))
    laptop.glue.partitions["p"] = [{"Values": ["a"], "StorageDescriptor": {"Location": "s3://lake/p/c=a/"}}]
    assert laptop.rows("SELECT c || '|' FROM p WHERE c = CAST('a' AS char(3))")[1:] == [["a  |"]]


@pytest.mark.parametrize("form", ["parquet", "orc"])
def test_members_are_found_by_name_in_any_case(laptop: Laptop, form: str) -> None:
    found = {
        "S": pa.array([{"A": 1, "b": [{"C": "x", "more": 1}, None]}, None]),
        "M": pa.array([[("k", {"Id": 7})], None], pa.map_(pa.string(), pa.struct([("Id", pa.int32())]))),
    }
    columns = {"s": "struct<a:bigint,b:array<struct<added:int,c:string>>>", "m": "map<string,struct<id:int>>"}
    put(laptop, form, columns, found)
    assert laptop.rows("SELECT s, m['k'].id FROM t ORDER BY 2")[1:] == [
        ["{a=1, b=[{added=null, c=x}, null]}", "7"],
        [None, None],
    ]
    assert laptop.rows("SELECT count(*) FROM t WHERE s.a = 1")[1] == ["1"]


@pytest.mark.parametrize("serde", [OPENX_JSON, *HIVE_JSON])
def test_decimals_in_json_are_rounded(laptop: Laptop, serde: str) -> None:
    laptop.table("t", {"d": "decimal(10,2)", "s": "struct<e:decimal(3,0)>"}, "s3://lake/t/", serde=serde)
    path = laptop.root / "lake/t/x"
    path.parent.mkdir(parents=True)
    path.write_text('{"d": 1.005, "s": {"e": 1e-400}}\n{"d": -2.345, "s": {"e": 99.5}}\n{"d": 7}\n')
    assert laptop.rows("SELECT d, s.e FROM t ORDER BY d")[1:] == [["-2.35", "100"], ["1.01", "0"], ["7.00", None]]
    path.write_text('{"d": 123456789.5}\n')
    assert laptop.reason("SELECT d FROM t").startswith("HIVE_BAD_DATA: ")
