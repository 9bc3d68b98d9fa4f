"""Which objects a table's partitions hold."""

from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.athena.catalogue.glue import Column, Table
from local.athena.catalogue.projection import projection_of
from local.athena.errors import QueryError
from tests.local.athena.laptop import RATE_COLUMNS, Laptop, rates

NOW = datetime.fromisoformat("2026-11-23T12:00:00")


def projected(keys: list[str], template: str | None = None, **settings: str) -> Table:
    parameters = {"projection.enabled": "true", **{name.replace("__", "."): value for name, value in settings.items()}}
    if template:
        parameters["storage.location.template"] = template
    return Table("db", "t", [], [Column(key, "string") for key in keys], "s3://lake/t", parameters, "parquet")


@given(st.integers(min_value=-50, max_value=3000))
def test_an_integer_key_takes_its_range_only(value: int) -> None:
    projection = projection_of(
        projected(["year"], projection__year__type="integer", projection__year__range="1999,2030"), NOW
    )
    assert projection is not None
    found = projection.values(f"s3://lake/t/year={value}/a/b.parquet")
    assert found == ({"year": str(value)} if 1999 <= value <= 2030 else None)


@pytest.mark.parametrize(
    ("settings", "inside", "outside"),
    [
        ({"type": "integer", "range": "0,23", "digits": "2"}, ["00", "07", "23"], ["7", "24", "x"]),
        ({"type": "integer", "range": "0,10", "interval": "5"}, ["0", "5", "10"], ["3"]),
        ({"type": "enum", "values": "eu, us"}, ["eu", "us"], ["EU", "asia"]),
        (
            {"type": "date", "format": "yyyy-MM-dd", "range": "2026-01-01,NOW"},
            ["2026-11-23"],
            ["2025-12-31", "2026-11-24"],
        ),
        (
            {"type": "date", "format": "yyyy-MM-dd", "range": "NOW-2DAYS,NOW+1DAYS"},
            ["2026-11-21", "2026-11-22", "2026-11-24"],
            ["2026-11-20", "2026-11-25", "2026-11-2"],
        ),
        (
            {"type": "date", "format": "yyyy-MM-dd", "range": "2026-01-05,NOW", "interval": "7"},
            ["2026-01-05", "2026-01-12", "2026-11-23"],
            ["2026-01-06", "2026-11-30"],
        ),
        (
            {"type": "date", "format": "yyyy-MM-dd", "range": "2026-01-05,NOW", "interval.unit": "WEEKS"},
            ["2026-01-05", "2026-01-12"],
            ["2026-01-06"],
        ),
        (
            {"type": "date", "format": "yyyy/MM", "range": "2025/02,NOW", "interval": "3", "interval.unit": "MONTHS"},
            [],
            ["2025/03", "2026/12"],
        ),
        (
            {"type": "date", "format": "yyyy-MM", "range": "2025-02,NOW", "interval": "3"},
            ["2025-02", "2025-05", "2026-11"],
            ["2025-03", "2025-01"],
        ),
        (
            {"type": "date", "format": "yyyy", "range": "2020,NOW", "interval": "2", "interval.unit": "years"},
            ["2020", "2026"],
            ["2021", "2028"],
        ),
        (
            {"type": "date", "format": "yyyy-MM-dd-HH", "range": "NOW-3HOURS,NOW", "interval.unit": "HOURS"},
            ["2026-11-23-09", "2026-11-23-12"],
            ["2026-11-23-08", "2026-11-23-13", "2026-11-23"],
        ),
        (
            {"type": "date", "format": "yyyy-MM", "range": "NOW-1YEARS,NOW"},
            ["2025-11", "2025-12", "2026-11"],
            ["2025-10", "2026-12"],
        ),
        (
            {"type": "date", "format": "yyyy/MM/dd/HH", "range": "2026/01/01/00,NOW", "interval.unit": "HOURS"},
            ["2026/11/23/09"],
            ["2026/11/23", "2025/12/31/23", "2026-11-23-09"],
        ),
        ({"type": "enum", "values": "eu/west,eu,a+b"}, ["eu/west", "eu", "a+b"], ["us/west", "aab"]),
        ({"type": "injected"}, ["anything"], []),
    ],
)
def test_a_key_takes_the_values_that_it_projects(
    settings: dict[str, str], inside: list[str], outside: list[str]
) -> None:
    table = projected(["k"], **{f"projection__k__{name}": value for name, value in settings.items()})
    projection = projection_of(table, NOW)
    assert projection is not None
    for value in inside:
        assert projection.values(f"s3://lake/t/k={value}/f") == {"k": value}
    for value in outside:
        assert projection.values(f"s3://lake/t/k={value}/f") is None


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(1, 40))
def test_a_projected_date_is_on_the_grid_of_its_range(day: date, step: int) -> None:
    settings = {"type": "date", "format": "yyyy-MM-dd", "range": "2025-06-15,2026-06-15", "interval": str(step)}
    table = projected(["k"], **{f"projection__k__{name}": value for name, value in settings.items()})
    projection = projection_of(table, NOW)
    assert projection is not None
    start, end = date(2025, 6, 15), date(2026, 6, 15)
    grid = {start + timedelta(days=number) for number in range(0, (end - start).days + 1, step)}
    assert (projection.values(f"s3://lake/t/k={day}/f") is not None) == (day in grid)


def test_a_template_says_where_the_keys_stand() -> None:
    table = projected(
        ["region", "day"],
        template="s3://lake/in/${day}/at-${region}",
        projection__region__type="enum",
        projection__region__values="eu",
        projection__day__type="date",
        projection__day__format="yyyy-MM-dd",
        projection__day__range="2026-01-01,2026-12-31",
    )
    projection = projection_of(table, NOW)
    assert projection is not None
    assert projection.start == "s3://lake/in/"
    assert projection.values("s3://lake/in/2026-05-01/at-eu/x/y.parquet") == {"region": "eu", "day": "2026-05-01"}
    assert projection.values("s3://lake/in/2026-05-01/at-eurasia/y.parquet") is None


def test_a_date_of_several_folders_is_one_key(laptop: Laptop) -> None:
    parameters = {
        "projection.enabled": "true",
        "projection.datehour.type": "date",
        "projection.datehour.format": "yyyy/MM/dd/HH",
        "projection.datehour.range": "2021/01/01/00,NOW",
        "projection.datehour.interval": "1",
        "projection.datehour.interval.unit": "HOURS",
        "storage.location.template": "s3://lake/dh/${datehour}/",
    }
    laptop.table("dh", {"n": "bigint"}, "s3://lake/dh/", keys={"datehour": "string"}, parameters=parameters)
    laptop.put("s3://lake/dh/2021/01/02/03/a.parquet", pa.table({"n": [1]}))
    laptop.put("s3://lake/dh/2021/01/02/04/below/b.parquet", pa.table({"n": [2]}))
    laptop.put("s3://lake/dh/2021/01/02/c.parquet", pa.table({"n": [3]}))
    laptop.rows("INSERT INTO dh VALUES (4, '2021/01/02/05')")
    assert laptop.rows("SELECT n, datehour FROM dh WHERE datehour > '2021/01/02/03' ORDER BY n")[1:] == [
        ["2", "2021/01/02/04"],
        ["4", "2021/01/02/05"],
    ]


@pytest.mark.parametrize(
    ("table", "part"),
    [
        (projected(["k"]), "is missing the property projection.k.type"),
        (
            projected(["k"], projection__k__type="date", projection__k__format="yyyy", projection__k__range="2020,NOW"),
            "is missing the property projection.k.interval.unit",
        ),
        (
            projected(
                ["k"],
                projection__k__type="date",
                projection__k__format="yyyy",
                projection__k__range="2020,NOW",
                projection__k__interval__unit="decades",
            ),
            "projection.k.interval.unit is 'decade'; valid are year, month",
        ),
        (projected(["k"], projection__k__type="guess"), "valid are enum, integer, date, injected"),
        (projected(["k"], template="s3://lake/x/", projection__k__type="injected"), "must name the partition keys"),
    ],
)
def test_wrong_parameters_are_named(table: Table, part: str) -> None:
    with pytest.raises(QueryError, match=part):
        projection_of(table, NOW)


def test_the_view_lists_the_table_once(fx: Laptop) -> None:
    fx.rows("SELECT * FROM fx_daily AS a JOIN fx_daily AS b USING (date) WHERE a.year = 2011 AND b.year = 2011")
    assert fx.s3.asked == ["landing/fx_daily/"]


def test_objects_outside_of_the_projection_are_not_seen(fx: Laptop) -> None:
    fx.put("s3://lake/landing/fx_daily/year=1990/one.parquet", rates(1990, 1.0))
    fx.put("s3://lake/landing/fx_daily/elsewhere/one.parquet", rates(1990, 1.0))
    assert fx.rows("SELECT min(year) AS y, count(*) AS n FROM fx_daily_landing") == [["y", "n"], ["2010", "12"]]


def test_hidden_and_empty_objects_are_skipped(fx: Laptop) -> None:
    start = "landing/fx_daily/year=2010"
    for name in ("_SUCCESS", ".part", "_temporary/x.parquet", "empty.parquet"):
        path = fx.root / "lake" / start / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"" if name.startswith("empty") else b"not parquet")
    assert fx.rows("SELECT count(*) AS n FROM fx_daily_landing WHERE year = 2010") == [["n"], ["3"]]


@pytest.mark.parametrize(
    ("where", "days"),
    [
        ("year = 2010", 3),
        ("year IN (2010, 2012)", 6),
        ("year BETWEEN 2011 AND 2012", 9),
        ("year > 2010 AND year < 2012", 6),
        ("year <> 2011", 6),
        ("year = 1999", 0),
        ("date >= DATE '2012-01-02'", 2),
    ],
)
def test_a_condition_on_the_partition_key(fx: Laptop, where: str, days: int) -> None:
    assert fx.rows(f"SELECT count(*) AS n FROM fx_daily_landing WHERE {where}") == [["n"], [str(days)]]


def test_registered_partitions_are_seen_and_others_not(laptop: Laptop) -> None:
    laptop.table("registered", RATE_COLUMNS, "s3://lake/registered/", keys={"day": "date"})
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        laptop.put(f"s3://lake/registered/day={day}/x.parquet", rates(2026, 1.0))
    laptop.put("s3://lake/moved/x.parquet", rates(2026, 1.0))
    laptop.glue.partitions["registered"] = [
        {"Values": [day], "StorageDescriptor": {"Location": location}}
        for day, location in [
            ("2026-01-01", "s3://lake/registered/day=2026-01-01"),
            ("2026-01-02", "s3://lake/registered/day=2026-01-02/"),
            ("2026-01-09", "s3://lake/moved/"),
        ]
    ]
    assert laptop.rows("SELECT day, count(*) AS n FROM registered GROUP BY day ORDER BY day")[1:] == [
        ["2026-01-01", "3"],
        ["2026-01-02", "3"],
        ["2026-01-09", "3"],
    ]
    assert laptop.rows("SELECT count(*) AS n FROM registered WHERE day > DATE '2026-01-01'")[1:] == [["6"]]
    assert laptop.rows("SHOW PARTITIONS registered")[-1] == ["day=2026-01-09"]


def test_partitions_are_queried(laptop: Laptop) -> None:
    laptop.table("p", {"n": "int"}, "s3://lake/p/", keys={"day": "date", "place": "string"})
    laptop.rows("INSERT INTO p VALUES (1, DATE '2026-01-01', 'a'), (2, DATE '2026-01-02', 'b'), (3, NULL, 'b')")
    query = 'SELECT day, place FROM "p$partitions" ORDER BY 1 NULLS LAST'
    assert laptop.rows(query)[1:] == [["2026-01-01", "a"], ["2026-01-02", "b"], [None, "b"]]
    assert laptop.execution(query)["Statistics"]["DataScannedInBytes"] == 0
    laptop.table("flat", {"n": "int"}, "s3://lake/flat/")
    assert "has no registered partitions" in laptop.reason('SELECT * FROM "flat$partitions"')


def test_an_injected_key_needs_an_equality(laptop: Laptop) -> None:
    parameters = {"projection.enabled": "true", "projection.account.type": "injected"}
    laptop.table("injected", RATE_COLUMNS, "s3://lake/injected/", keys={"account": "string"}, parameters=parameters)
    laptop.put("s3://lake/injected/account=a1/x.parquet", rates(2026, 1.0))
    laptop.put("s3://lake/injected/account=a2/x.parquet", rates(2026, 1.0))
    assert laptop.rows("SELECT count(*) AS n FROM injected WHERE account = 'a1'") == [["n"], ["3"]]
    reason = laptop.reason("SELECT count(*) FROM injected")
    assert reason.startswith(
        "CONSTRAINT_VIOLATION: For the injected projected partition column account, the WHERE clause"
    )


def test_a_table_without_partitions_or_files(laptop: Laptop) -> None:
    laptop.table("flat", {**RATE_COLUMNS, "added_later": "array<string>"}, "s3://lake/flat")
    assert laptop.rows("SELECT count(*) AS n FROM flat") == [["n"], ["0"]]
    laptop.put("s3://lake/flat/a/b/x.parquet", rates(2026, 1.0))
    laptop.put("s3://lake/flat-not/x.parquet", rates(2026, 1.0))
    assert laptop.rows("SELECT count(*) AS n, count(added_later) AS m FROM flat") == [["n", "m"], ["3", "0"]]
