"""The bytes that a query reads: counted, as few as the files allow, and limited."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.athena.laptop import Laptop


def scanned(laptop: Laptop, sql: str) -> int:
    """What a query that must succeed has scanned, which is what S3 has sent (or nothing, if footers sufficed)."""
    before = laptop.s3.sent
    execution = laptop.execution(sql)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    size = int(execution["Statistics"]["DataScannedInBytes"])
    assert size in (0, laptop.s3.sent - before)
    return size


def footer(path: Path) -> int:
    """Bytes that are read for a file's metadata: at least 4 KiB of a file that has them."""
    body = path.read_bytes()
    return max(int.from_bytes(body[-8:-4], "little") + 8, min(4096, len(body)))


def chunks(path: Path, names: set[str], groups: Iterator[int] | range | None = None) -> int:
    """Compressed bytes of columns, as the file's own metadata have them, but those that are read with the footer."""
    metadata = pq.ParquetFile(path).metadata
    known = path.stat().st_size - footer(path)
    return sum(
        max(min(chunk.total_compressed_size, known - _start(chunk)), 0)
        for group in (range(metadata.num_row_groups) if groups is None else groups)
        for chunk in (metadata.row_group(group).column(index) for index in range(metadata.num_columns))
        if chunk.path_in_schema in names
    )


def _start(chunk: Any) -> int:
    return int(chunk.dictionary_page_offset or chunk.data_page_offset)


def test_of_an_unpruned_file_the_wanted_columns_are_scanned(fx: Laptop) -> None:
    path = fx.root / "lake/landing/fx_daily/year=2010/arrived=2026-01-01/one.parquet"
    assert scanned(fx, "SELECT close FROM fx_daily_landing WHERE year = 2010") == footer(path) + chunks(path, {"close"})
    filtered = scanned(fx, "SELECT quote FROM fx_daily_landing WHERE year = 2010 AND base = 'USD'")
    assert filtered == footer(path) + chunks(path, {"base", "quote"})
    through_view = scanned(fx, "SELECT close FROM fx_daily WHERE year = 2010")
    assert through_view == footer(path) + chunks(path, {"base", "quote", "date", "close", "ingested_at"})


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM fx_daily_landing",
        "SELECT count(*) FROM fx_daily_landing WHERE year > 2010",
        "SELECT year, count(*) FROM fx_daily_landing GROUP BY year",
        'SELECT DISTINCT "$path" FROM fx_daily_landing',
        "SELECT close FROM fx_daily_landing WHERE date > DATE '2100-01-01'",
        "SELECT close FROM fx_daily_landing WHERE year = 1999",
        "SELECT 1",
    ],
)
def test_what_metadata_answer_costs_nothing(fx: Laptop, sql: str) -> None:
    assert scanned(fx, sql) == 0


def test_no_byte_of_a_small_file_is_scanned_twice(fx: Laptop) -> None:
    sizes = [path.stat().st_size for path in (fx.root / "lake/landing").rglob("*.parquet")]
    assert scanned(fx, "SELECT * FROM fx_daily_landing") == sum(sizes)
    assert scanned(fx, "SELECT sum(a.close) FROM fx_daily_landing AS a JOIN fx_daily_landing AS b USING (date)") == (
        sum(sizes)
    )


@pytest.mark.parametrize("index", [True, False])
def test_no_byte_is_scanned_twice(laptop: Laptop, index: bool) -> None:
    laptop.table("numbers", {"n": "bigint", "s": "string"}, "s3://lake/numbers/")
    path = laptop.root / "lake/numbers/one.parquet"
    path.parent.mkdir()
    table = pa.table({"n": list(range(2000)), "s": [f"{number:x}" for number in range(2000)]})
    pq.write_table(table, path, row_group_size=100, write_page_index=index)
    assert 0 < scanned(laptop, "SELECT * FROM numbers WHERE n >= 0") <= path.stat().st_size
    assert laptop.rows("SELECT count(s) FROM numbers WHERE n >= 100")[1] == ["1900"]


def test_a_table_read_twice_has_its_footers_read_once(laptop: Laptop) -> None:
    laptop.table("numbers", {"n": "bigint"}, "s3://lake/numbers/")
    path = laptop.root / "lake/numbers/one.parquet"
    path.parent.mkdir()
    pq.write_table(pa.table({"n": list(range(4000))}), path)
    one = scanned(laptop, "SELECT sum(n) FROM numbers")
    two = scanned(laptop, "SELECT sum(a.n) FROM numbers AS a JOIN numbers AS b ON a.n = b.n")
    assert two - one == chunks(path, {"n"}) > 0


def test_row_groups_that_cannot_match_are_not_scanned(laptop: Laptop) -> None:
    laptop.table("sorted", {"n": "bigint", "m": "bigint"}, "s3://lake/sorted/")
    path = laptop.root / "lake/sorted/one.parquet"
    path.parent.mkdir()
    pq.write_table(pa.table({"n": list(range(4000)), "m": [1] * 4000}), path, row_group_size=1000)
    for where, groups in {
        "n = 2500": range(2, 3),
        "n IN (1, 3999)": range(0, 4, 3),
        "n >= 1500 AND n < 2500": range(1, 3),
        "n < 10 OR n > 3990": range(0, 4, 3),
        "m = 1 AND n = 5": range(1),
    }.items():
        names = {"n", "m"} if "m" in where else {"n"}
        assert scanned(laptop, f"SELECT n FROM sorted WHERE {where}") == footer(path) + chunks(path, names, groups)


@pytest.fixture
def paged(laptop: Laptop) -> Laptop:
    """A table of one file with pages of 1,000 rows, sorted by `key`; `other` has a bloom filter."""
    columns = {
        "key": "bigint",
        "day": "date",
        "moment": "timestamp",
        "price": "decimal(12,2)",
        "name": "string",
        "other": "string",
        "payload": "double",
    }
    laptop.table("paged", columns, "s3://lake/paged/")
    path = laptop.root / "lake/paged/one.parquet"
    path.parent.mkdir()
    numbers = range(40_000)
    table = pa.table(
        {
            "key": pa.array(numbers, pa.int64()),
            "day": pa.array([date.fromordinal(730_000 + number // 10) for number in numbers]),
            "moment": pa.array([number * 1_000_000 for number in numbers], pa.int64()).cast(pa.timestamp("us")),
            "price": pa.array([Decimal(number) / 100 for number in numbers], pa.decimal128(12, 2)),
            "name": pa.array([f"n{number:06d}" if number % 7 else None for number in numbers]),
            "other": pa.array([f"{number * 7919 % 40_000:05d}-even" for number in numbers]),
            "payload": pa.array([number * 0.37 for number in numbers]),
        }
    )
    pq.write_table(
        table,
        path,
        row_group_size=20_000,
        max_rows_per_page=1_000,
        write_page_index=True,
        use_dictionary=False,
        bloom_filter_options={"other": True},
        store_schema=False,
    )
    return laptop


_CONDITIONS = {
    "key = 12345": 2,
    "key IN (5, 39999)": 4,
    "key BETWEEN 1500 AND 2500": 4,
    "key < 10 OR key >= 39990": 4,
    "day = DATE '2000-01-02'": 4,
    "moment >= TIMESTAMP '1970-01-01 11:00:00'": 4,
    "price = DECIMAL '123.45'": 2,
    "name = 'n000100'": 2,
    "key = 12345 AND payload > 0": 3,
    "key > 100 AND key < 200 AND name IS NULL": 3,
}
"""Conditions, and how many pages of 1,000 rows they need at most for themselves and for `payload`."""


@pytest.mark.parametrize("where", _CONDITIONS)
def test_pages_that_cannot_match_are_not_scanned(paged: Laptop, where: str) -> None:
    path = paged.root / "lake/paged/one.parquet"
    with duckdb.connect() as check:
        check.read_parquet(str(path)).create_view("paged")
        wanted = check.execute(f"SELECT count(*), sum(payload) FROM paged WHERE {where}").fetchone()
    assert wanted is not None
    sql = f"SELECT count(*), sum(payload) FROM paged WHERE {where}"
    count, total = paged.rows(sql)[1]
    assert (int(count or 0), float(total or 0)) == (wanted[0], pytest.approx(wanted[1]))
    index = path.stat().st_size - footer(path) - _end_of_data(path)
    page = 40_000  # more than any page of 1,000 rows has
    assert footer(path) < scanned(paged, sql) < footer(path) + index + _CONDITIONS[where] * page / 2
    assert scanned(paged, sql) < (footer(path) + index + chunks(path, {"payload"})) / 2


def _end_of_data(path: Path) -> int:
    metadata = pq.ParquetFile(path).metadata
    last = metadata.row_group(metadata.num_row_groups - 1)
    ends = []
    for index in range(metadata.num_columns):
        chunk = last.column(index)
        ends.append(_start(chunk) + chunk.total_compressed_size)
    return int(max(ends))


def test_a_bloom_filter_saves_the_pages(paged: Laptop) -> None:
    path = paged.root / "lake/paged/one.parquet"
    found = scanned(paged, "SELECT payload FROM paged WHERE other = '00005-even'")
    missing = scanned(paged, "SELECT payload FROM paged WHERE other = '00005-odd'")
    assert missing < found - chunks(path, {"other"}) / 3
    assert missing <= path.stat().st_size - _end_of_data(path) + 4096


def test_a_filter_on_a_column_that_only_the_table_has(paged: Laptop) -> None:
    columns = paged.glue.databases["db"]["paged"]["StorageDescriptor"]["Columns"]
    columns.append({"Name": "added", "Type": "int"})
    assert paged.rows("SELECT key FROM paged WHERE added = 1 AND key = 5")[1:] == []
    assert paged.rows("SELECT key FROM paged WHERE added IS NULL AND key = 5")[1:] == [["5"]]
    assert paged.rows("SELECT key FROM paged WHERE (added = 1 OR key = 5) AND key < 10")[1:] == [["5"]]


_VALUES = st.one_of(st.none(), st.integers(-30, 30))


@given(
    rows=st.lists(st.tuples(_VALUES, st.one_of(st.none(), st.sampled_from(["", "a", "b", "ß"]))), max_size=40),
    low=st.integers(-35, 35),
    high=st.integers(-35, 35),
    where=st.sampled_from(
        [
            "n = {low}",
            "n <> {low}",
            "n > {low} AND n <= {high}",
            "n IN ({low}, {high})",
            "n NOT IN ({low}, {high})",
            "n < {low} OR s = 'a'",
            "n IS NULL OR n = {high}",
            "s > 'a' AND n >= {low}",
            "NOT (n = {low} OR s = 'b')",
            "s IS NOT NULL AND (n = {low} OR (n = {high} AND s = 'b'))",
        ]
    ),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_skipping_pages_leaves_no_row_out(
    laptop: Laptop, rows: list[tuple[int | None, str | None]], low: int, high: int, where: str
) -> None:
    laptop.table("any", {"n": "bigint", "s": "string"}, "s3://lake/any/")
    path = laptop.root / "lake/any/one.parquet"
    path.parent.mkdir(exist_ok=True)
    table = pa.table(
        {"n": pa.array([n for n, _ in rows], pa.int32()), "s": pa.array([s for _, s in rows], pa.string())}
    )
    options: Mapping[str, Any] = {"n": True, "s": True}
    pq.write_table(
        table, path, row_group_size=16, max_rows_per_page=4, write_page_index=True, bloom_filter_options=options
    )
    condition = where.format(low=low, high=high)
    with duckdb.connect() as check:
        check.register("t", table)
        wanted = sorted(check.execute(f"SELECT n, s FROM t WHERE {condition}").fetchall(), key=str)
    found = laptop.rows(f"SELECT n, s FROM any WHERE {condition}")[1:]
    assert sorted(((None if n is None else int(n), s) for n, s in found), key=str) == wanted


_TIMES = st.one_of(st.none(), st.integers(-4_000, 4_000))
"""Microseconds from 1970, so that some are rounded up, some down, and some are halves."""


@given(
    times=st.lists(_TIMES, max_size=30),
    unit=st.sampled_from(["ms", "us", "ns"]),
    low=st.integers(-4_500, 4_500),
    high=st.integers(-4_500, 4_500),
    where=st.sampled_from(
        [
            "t = {low}",
            "t <> {low}",
            "t > {low} AND t <= {high}",
            "t IN ({low}, {high})",
            "t NOT IN ({low}, {high})",
            "NOT (t < {low} OR t > {high})",
            "t IS NULL OR t >= {high}",
            "t BETWEEN {low} AND {high} OR t < {low}",
        ]
    ),
    index=st.booleans(),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_skipping_leaves_out_no_time_that_is_rounded(
    laptop: Laptop, times: list[int | None], unit: str, low: int, high: int, where: str, index: bool
) -> None:
    laptop.table("any", {"t": "timestamp"}, "s3://lake/any/")
    path = laptop.root / "lake/any/one.parquet"
    path.parent.mkdir(exist_ok=True)
    column = pa.array(times, pa.timestamp("us")).cast(pa.timestamp(unit), safe=False)
    pq.write_table(pa.table({"t": column}), path, row_group_size=8, max_rows_per_page=2, write_page_index=index)
    shown = [
        time and (time + 500) // 1000 * 1000 for time in column.cast(pa.timestamp("us")).cast(pa.int64()).to_pylist()
    ]
    with duckdb.connect() as check:
        check.register("rounded", pa.table({"t": pa.array(shown, pa.timestamp("us"))}))
        condition = where.format(low=f"make_timestamp({low})", high=f"make_timestamp({high})")
        (wanted,) = check.execute(f"SELECT count(*) FROM rounded WHERE {condition}").fetchone() or (None,)
    epoch = datetime.fromisoformat("1970-01-01")
    literals = {
        name: f"TIMESTAMP '{(epoch + timedelta(microseconds=value)).isoformat(' ', 'microseconds')}'"
        for name, value in (("low", low), ("high", high))
    }
    assert laptop.rows(f"SELECT count(*) FROM any WHERE {where.format(**literals)}")[1] == [str(wanted)]


def test_the_workgroup_s_scan_limit_cancels_the_query(fx: Laptop) -> None:
    limit = {"ConfigurationUpdates": {"BytesScannedCutoffPerQuery": 100}}
    fx.athena.call("UpdateWorkGroup", {"WorkGroup": "standpipe", **limit})
    status = fx.execution("SELECT * FROM fx_daily_landing")["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert fx.execution("SELECT 1")["Status"]["State"] == "SUCCEEDED"
    assert fx.execution("SELECT count(*) FROM fx_daily_landing")["Status"]["State"] == "SUCCEEDED"


@pytest.mark.parametrize("where", ["key = 5", "payload > 1"])
def test_the_scan_limit_stops_the_reading(paged: Laptop, where: str) -> None:
    limit = {"ConfigurationUpdates": {"BytesScannedCutoffPerQuery": 10_000}}
    paged.athena.call("UpdateWorkGroup", {"WorkGroup": "standpipe", **limit})
    before = paged.s3.sent
    status = paged.execution(f"SELECT name, payload FROM paged WHERE {where}")["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert paged.s3.sent - before < 10_000 + footer(paged.root / "lake/paged/one.parquet")


def test_when_a_value_was_written_is_not_part_of_it(laptop: Laptop) -> None:
    laptop.table("times", {"at": "timestamp"}, "s3://lake/times/")
    for unit in ("ms", "us", "ns"):
        moment = pa.array([datetime.fromisoformat("2026-01-02T03:04:05")], pa.timestamp(unit))
        path = laptop.root / f"lake/times/{unit}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table({"at": moment}), path, write_page_index=True)
        zoned = pa.table({"at": moment.cast(pa.timestamp(unit, "UTC"))})
        pq.write_table(zoned, path.with_name(f"{unit}-utc.parquet"), write_page_index=True)
    laptop.put("s3://lake/times/int96.parquet", pa.table({"at": moment}))
    for where in ("at = TIMESTAMP '2026-01-02 03:04:05'", "at > TIMESTAMP '2026-01-02 03:04:04'"):
        assert laptop.rows(f"SELECT count(*) AS n FROM times WHERE {where}")[1] == ["7"]
    assert laptop.rows("SELECT count(*) AS n FROM times WHERE at < TIMESTAMP '2026-01-02 03:04:05'")[1] == ["0"]


def test_many_tables_are_read_at_once(fx: Laptop) -> None:
    ways = [f"SELECT max(close) AS x FROM fx_daily_landing WHERE close < {number}" for number in range(1, 31)]
    assert fx.rows(f"SELECT count(*) AS n FROM ({' UNION ALL '.join(ways)})") == [["n"], ["30"]]
    joined = " JOIN ".join(
        ["fx_daily_landing AS t0", *(f"fx_daily_landing AS t{n} USING (date)" for n in range(1, 12))]
    )
    assert fx.rows(f"SELECT count(*) AS n FROM {joined} WHERE year(date) = 2010") == [["n"], ["3"]]


def _partitioned(laptop: Laptop) -> None:
    """A table of six files, each of one row, by year and month."""
    laptop.table("parted", {"n": "bigint"}, "s3://lake/parted/", keys={"y": "string", "m": "int"})
    for year in ("2019", "2020"):
        for month in (1, 2, 3):
            location = f"s3://lake/parted/y={year}/m={month}/"
            laptop.put(f"{location}one.parquet", pa.table({"n": [month]}))
            laptop.glue.partitions.setdefault("parted", []).append(
                {"Values": [year, str(month)], "StorageDescriptor": {"Location": location}}
            )


_KEPT = {
    "CAST(y AS integer) = 2020": 3,
    "y LIKE '2020%'": 3,
    "substr(y, 4, 1) = '0'": 3,
    "m % 2 = 0": 2,
    "regexp_like(y, '0$')": 3,
    "m % 2 = 0 AND n > 0 AND y LIKE '%9'": 1,
    "(m % 2 = 0 OR m = 1) AND y <> '2019'": 2,
    "m + n = 2": 6,
    "y LIKE '1%'": 0,
    "TRY(CAST(y AS integer)) = 2020": 3,
    "coalesce(y, '2019') = '2019'": 3,
    "coalesce(CAST(y AS integer), m, 2019) = 2019 AND y LIKE '%'": 3,
    "random() < 2 AND m + random() < 4": 6,
}
"""Conditions, and how many of the six files may match."""


@pytest.mark.parametrize("where", _KEPT)
@pytest.mark.parametrize(
    "source",
    ["parted", "(SELECT * FROM parted) AS q", "of_parted", "parted CROSS JOIN UNNEST(ARRAY[1]) AS u(one)"],
)
def test_any_condition_on_keys_prunes_partitions(laptop: Laptop, source: str, where: str) -> None:
    _partitioned(laptop)
    laptop.view("of_parted", "SELECT * FROM (SELECT *, rank() OVER (PARTITION BY y, m ORDER BY n) AS r FROM parted)")
    size = scanned(laptop, f"SELECT sum(n) FROM {source} WHERE {where}")
    assert size == scanned(laptop, "SELECT sum(n) FROM parted") // 6 * _KEPT[where]


_CHANGED = ("coalesce(y, 'x') = 'x'", "y IS NULL OR m % 2 = 1", "NOT (y LIKE '2%')", "if(m = 1, y, '2019') = '2019'")


@pytest.mark.parametrize("where", [*_KEPT, *_CHANGED])
def test_pruning_leaves_no_row_out(laptop: Laptop, where: str) -> None:
    _partitioned(laptop)
    for values in (["__HIVE_DEFAULT_PARTITION__", "1"], ["2019", "__HIVE_DEFAULT_PARTITION__"]):
        location = f"s3://lake/parted/{'-'.join(values)}/"
        laptop.put(f"{location}one.parquet", pa.table({"n": [1]}))
        laptop.glue.partitions["parted"].append({"Values": values, "StorageDescriptor": {"Location": location}})
    whole = f"SELECT y, m FROM (SELECT y, m, {where} AS wanted FROM parted) WHERE wanted ORDER BY 1, 2"
    laptop.view("of_parted", "SELECT y, m, max(n) AS n FROM parted GROUP BY y, m")
    for source in ("parted", "of_parted"):
        assert laptop.rows(f"SELECT y, m FROM {source} WHERE {where} ORDER BY 1, 2") == laptop.rows(whole)


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("(y, m) IN (('2020', 1), ('2019', 2))", 2),
        ("concat(y, CAST(m AS varchar)) BETWEEN '20193' AND '20201'", 2),
        ("\"$path\" LIKE '%y=2020%'", 3),
        ('substr("$path", 1, 5) = \'s3://\' AND "$file_size" % 1 = 1', 0),
    ],
)
def test_conditions_on_several_keys_and_on_paths_prune_files(laptop: Laptop, where: str, kept: int) -> None:
    _partitioned(laptop)
    whole = scanned(laptop, "SELECT sum(n) FROM parted")
    assert scanned(laptop, f"SELECT sum(n) FROM parted WHERE {where}") == whole // 6 * kept


def test_conditions_of_joins_prune_files(laptop: Laptop) -> None:
    _partitioned(laptop)
    whole = scanned(laptop, "SELECT sum(n) FROM parted")
    sql = "SELECT sum(n) FROM (VALUES 1) AS v(x) {} JOIN parted ON m = x AND substr(y, 4) = '9'"
    assert [scanned(laptop, sql.format(side)) for side in ("", "LEFT", "RIGHT")] == [whole // 2, whole // 2, whole]


def test_values_that_no_file_has_are_not_pruned(laptop: Laptop) -> None:
    _partitioned(laptop)
    more = "WITH RECURSIVE t(k) AS (SELECT DISTINCT y FROM parted UNION ALL SELECT k || 'x' FROM t WHERE length(k) < 6)"
    assert laptop.rows(f"{more} SELECT k FROM t WHERE k LIKE '2020%' ORDER BY k")[1:] == [
        ["2020"],
        ["2020x"],
        ["2020xx"],
    ]
    sums = "SELECT y, m, sum(n) AS s FROM parted GROUP BY ROLLUP (y, m)"
    sql = f"SELECT s FROM ({sums}) WHERE coalesce(m, 1) + length(y) = 5 AND m IS NULL ORDER BY s"
    assert laptop.rows(sql)[1:] == [["6"], ["6"]]
    either = "SELECT y FROM parted UNION ALL SELECT '1999'"
    assert laptop.rows(f"SELECT y FROM ({either}) WHERE substr(y, 1, 1) = '1'")[1:] == [["1999"]]


def test_what_an_outer_join_adds_is_not_pruned(laptop: Laptop) -> None:
    _partitioned(laptop)
    joined = "(VALUES 1, 9) AS v(x) LEFT JOIN (SELECT * FROM parted) AS p ON p.m = v.x"
    sql = f"SELECT x, y FROM {joined} WHERE coalesce(substr(y, 4), '9') = '9' ORDER BY x"
    assert laptop.rows(sql)[1:] == [["1", "2019"], ["9", None]]
