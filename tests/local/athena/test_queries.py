"""Queries over the lake: tables, views, results and what they cost."""

import csv
import json
from collections.abc import Callable

import pytest

from local.protocol import AwsError
from tests.local.athena.laptop import Laptop, rates


def test_a_result_has_its_header_first_and_trino_s_types(laptop: Laptop) -> None:
    sql = (
        "SELECT 1 AS a, CAST(1 AS bigint) b, 1.5 c, 1e0 d, 'x' e, DATE '2020-01-01' f, "
        "TIMESTAMP '2020-01-01 10:00:00' g, true h, ARRAY[1] i, MAP(ARRAY['k'], ARRAY[2]) j, CAST(NULL AS varchar) k"
    )
    execution = laptop.execution(sql)
    answer = laptop.athena.call("GetQueryResults", {"QueryExecutionId": execution["QueryExecutionId"]})["ResultSet"]
    header, row = ([cell.get("VarCharValue") for cell in each["Data"]] for each in answer["Rows"])
    types = [
        (each["Name"], each["Type"], each["Precision"], each["Scale"])
        for each in answer["ResultSetMetadata"]["ColumnInfo"]
    ]
    assert header == list("abcdefghijk")
    assert row == ["1", "1", "1.5", "1.0", "x", "2020-01-01", "2020-01-01 10:00:00.000", "true", "[1]", "{k=2}", None]
    assert types == [
        ("a", "integer", 10, 0),
        ("b", "bigint", 19, 0),
        ("c", "decimal", 2, 1),
        ("d", "double", 17, 0),
        ("e", "varchar", 2147483647, 0),
        ("f", "date", 0, 0),
        ("g", "timestamp", 3, 0),
        ("h", "boolean", 0, 0),
        ("i", "array", 0, 0),
        ("j", "map", 0, 0),
        ("k", "varchar", 2147483647, 0),
    ]


def test_columns_without_a_name_are_numbered(laptop: Laptop) -> None:
    header = laptop.rows("SELECT count(*), 1, x, CAST(x AS varchar), x + 1 AS y FROM (VALUES 5) AS t(x) GROUP BY x")[0]
    assert header == ["_col0", "_col1", "x", "_col3", "y"]


def test_the_view_shows_the_latest_version_of_each_key(fx: Laptop) -> None:
    assert fx.rows("SELECT date, close FROM fx_daily WHERE year = 2011 ORDER BY date DESC LIMIT 2") == [
        ["date", "close"],
        ["2011-01-03", "1.25"],
        ["2011-01-02", "1.0"],
    ]
    assert fx.rows("SELECT count(*) AS n FROM fx_daily_landing WHERE year = 2011")[1] == ["6"]


def test_names_are_found_in_any_case_and_with_any_prefix(fx: Laptop) -> None:
    for name in ("FX_Daily", "DB.fx_daily", '"AwsDataCatalog"."db"."fx_daily"'):
        assert fx.rows(f"SELECT count(*) AS n FROM {name}") == [["n"], ["9"]]
    assert fx.rows("SELECT count(DATE) AS n, max(q.Close) AS c FROM db.fx_daily AS q") == [["n", "c"], ["9", "1.25"]]


def test_a_with_query_hides_a_table_of_the_same_name(fx: Laptop) -> None:
    assert fx.rows(
        "WITH fx_daily AS (SELECT * FROM fx_daily WHERE year = 2010) SELECT count(*) AS n FROM fx_daily"
    ) == [
        ["n"],
        ["3"],
    ]
    assert fx.rows("WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT x FROM b") == [["x"], ["2"]]


def test_a_view_over_views_over_tables(fx: Laptop) -> None:
    created = fx.execution("CREATE VIEW yearly AS SELECT year, max_by(close, date) AS late FROM fx_daily GROUP BY year")
    assert created["Status"]["State"] == "SUCCEEDED"
    assert (created["StatementType"], created["SubstatementType"]) == ("DDL", "CREATE_VIEW")
    assert fx.rows("SELECT * FROM yearly ORDER BY year") == [
        ["year", "late"],
        ["2010", "1.0"],
        ["2011", "1.25"],
        ["2012", "1.0"],
    ]
    columns = fx.glue.databases["db"]["yearly"]["StorageDescriptor"]["Columns"]
    assert columns == [{"Name": "year", "Type": "int"}, {"Name": "late", "Type": "double"}]
    assert "ALREADY_EXISTS" in fx.reason("CREATE VIEW yearly AS SELECT 1 AS x")
    assert fx.execution("CREATE OR REPLACE VIEW yearly AS SELECT 1 AS x")["Status"]["State"] == "SUCCEEDED"
    assert fx.rows("SELECT * FROM yearly") == [["x"], ["1"]]
    assert fx.rows("SHOW VIEWS") == [["fx_daily"], ["yearly"]]
    assert fx.execution("DROP VIEW yearly")["Status"]["State"] == "SUCCEEDED"
    assert fx.rows("SHOW VIEWS LIKE 'fx*'") == [["fx_daily"]]
    assert fx.execution("DROP VIEW IF EXISTS yearly")["Status"]["State"] == "SUCCEEDED"
    assert "does not exist" in fx.reason("DROP VIEW yearly")


def test_a_view_means_what_its_text_means(laptop: Laptop) -> None:
    query = (
        "SELECT a * DECIMAL '0.20' AS vat, sum(a) OVER (w ROWS 1 PRECEDING) AS s -- in pounds\n"
        "FROM (VALUES 100) AS t(a) WINDOW w AS (ORDER BY a)"
    )
    laptop.rows(f"CREATE VIEW taxes AS {query} -- no part of it")
    assert laptop.rows("SELECT * FROM taxes") == [["vat", "s"], ["20.00", "100"]]
    assert laptop.rows("SHOW CREATE VIEW taxes") == [
        ["CREATE VIEW db.taxes AS"],
        *([each] for each in query.splitlines()),
    ]
    with pytest.raises(AwsError, match="CREATE VIEW takes no parameters"):
        laptop.start("CREATE VIEW one AS SELECT ? AS x", ExecutionParameters=["1"])


@pytest.mark.parametrize(
    "query",
    [
        "(SELECT 1 AS x)",
        "(SELECT 1 AS x) UNION (SELECT 1 AS x)",
        "WITH a AS (SELECT 1 AS x) SELECT * FROM a",
        "TABLE one",
        "SELECT * FROM (VALUES 1) AS t(x);",
    ],
)
def test_a_view_of_every_query(laptop: Laptop, query: str) -> None:
    laptop.view("one", "SELECT 1 AS x")
    laptop.rows(f"CREATE VIEW v AS {query}")
    assert laptop.rows("SELECT * FROM v") == [["x"], ["1"]]


def test_the_catalogue_is_shown(fx: Laptop) -> None:
    assert fx.rows("SHOW DATABASES") == [["db"]]
    assert fx.rows("SHOW TABLES IN db") == [["fx_daily"], ["fx_daily_landing"]]
    assert fx.rows("SHOW TABLES 'fx_daily_l*'") == [["fx_daily_landing"]]
    assert fx.rows("SHOW COLUMNS IN fx_daily_landing")[-2:] == [["ingested_at".ljust(20)], ["year".ljust(20)]]
    assert fx.rows("DESCRIBE fx_daily_landing")[0] == ["\t".join(cell.ljust(20) for cell in ("base", "string", ""))]
    assert fx.rows("DESCRIBE db.fx_daily_landing")[-1] == ["\t".join(cell.ljust(20) for cell in ("year", "int", ""))]
    assert fx.rows("SHOW CREATE VIEW fx_daily")[0] == ["CREATE VIEW db.fx_daily AS"]


def test_the_result_is_in_s3_as_csv(laptop: Laptop) -> None:
    execution = laptop.execution("SELECT 'say \"hi\", twice' AS a, CAST(NULL AS varchar) AS b, 1 AS c")
    output = execution["ResultConfiguration"]["OutputLocation"]
    assert output == f"s3://results/{execution['QueryExecutionId']}.csv"
    text = (laptop.root / output.removeprefix("s3://")).read_text()
    assert text == '"a","b","c"\n"say ""hi"", twice",,"1"\n'
    assert list(csv.reader(text.splitlines()))[1] == ['say "hi", twice', "", "1"]
    metadata = json.loads((laptop.root / f"{output.removeprefix('s3://')}.metadata").read_text())
    assert [column["Type"] for column in metadata] == ["varchar", "varchar", "integer"]


def test_results_are_paged(laptop: Laptop) -> None:
    execution_id = laptop.execution("SELECT n FROM UNNEST(sequence(1, 25)) AS t(n) ORDER BY n")["QueryExecutionId"]
    values, request = [], {"QueryExecutionId": execution_id, "MaxResults": 10}
    while True:
        answer = laptop.athena.call("GetQueryResults", request)
        values.append([row["Data"][0]["VarCharValue"] for row in answer["ResultSet"]["Rows"]])
        if "NextToken" not in answer:
            break
        request = {**request, "NextToken": answer["NextToken"]}
    assert [len(page) for page in values] == [10, 10, 6]
    assert [value for page in values for value in page] == ["n", *map(str, range(1, 26))]


def test_executions_and_results_survive_a_restart(make_athena: Callable[[], Laptop], fx: Laptop) -> None:
    execution = fx.execution("SELECT count(*) AS n FROM fx_daily")
    fx.athena.close()
    again = make_athena()
    asked = {"QueryExecutionId": execution["QueryExecutionId"]}
    assert again.athena.call("GetQueryExecution", asked)["QueryExecution"] == execution
    rows = again.athena.call("GetQueryResults", asked)["ResultSet"]["Rows"]
    assert rows[1] == {"Data": [{"VarCharValue": "9"}]}
    assert again.rows("SELECT count(*) AS n FROM fx_daily") == [["n"], ["9"]]


def test_a_new_object_is_seen_by_the_next_query(fx: Laptop) -> None:
    assert fx.rows("SELECT count(*) AS n FROM fx_daily WHERE year = 2013") == [["n"], ["0"]]
    fx.put("s3://lake/landing/fx_daily/year=2013/arrived=2026-01-01/one.parquet", rates(2013, 0.6))
    assert fx.rows("SELECT count(*) AS n FROM fx_daily WHERE year = 2013") == [["n"], ["3"]]


@pytest.mark.parametrize("many", [5000])
def test_a_result_larger_than_a_page(laptop: Laptop, many: int) -> None:
    execution = laptop.execution(f"SELECT n, n * 1.5e0 AS x FROM UNNEST(sequence(1, {many})) AS t(n)")
    output = laptop.root / execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://")
    assert len(output.read_text().splitlines()) == many + 1
    answer = laptop.athena.call("GetQueryResults", {"QueryExecutionId": execution["QueryExecutionId"]})
    assert len(answer["ResultSet"]["Rows"]) == 1000
    assert "NextToken" in answer


def test_the_catalogue_is_queried_as_information_schema(fx: Laptop) -> None:
    tables = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'db' ORDER BY 1"
    assert fx.rows(tables)[1:] == [["fx_daily", "VIEW"], ["fx_daily_landing", "BASE TABLE"]]
    columns = (
        "SELECT c.column_name, c.data_type, c.extra_info FROM information_schema.columns AS c "
        "WHERE c.table_name = 'fx_daily_landing' ORDER BY c.ordinal_position DESC LIMIT 2"
    )
    assert fx.rows(columns)[1:] == [["year", "integer", "partition key"], ["ingested_at", "timestamp(3)", None]]
    fx.rows("CREATE VIEW moments AS SELECT TIMESTAMP '2020-01-01 00:00 UTC' AS z, ARRAY[DECIMAL '1.25'] AS d")
    types = "SELECT data_type FROM information_schema.columns WHERE table_name = 'moments' ORDER BY ordinal_position"
    assert fx.rows(types)[1:] == [["timestamp(3) with time zone"], ["array(decimal(3,2))"]]
    fx.rows("CREATE EXTERNAL TABLE said (id int COMMENT 'the id', x int) LOCATION 's3://lake/said/'")
    comments = "SELECT column_name, comment FROM information_schema.columns WHERE table_name = 'said' ORDER BY 1"
    assert fx.rows(comments)[1:] == [["id", "the id"], ["x", None]]
    assert fx.rows("SELECT schema_name FROM information_schema.schemata")[1:] == [["db"]]
    assert fx.rows("SELECT count(*) AS n FROM information_schema.views")[1:] == [["2"]]
    assert "information_schema.nope' does not exist" in fx.reason("SELECT * FROM information_schema.nope")
