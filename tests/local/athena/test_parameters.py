"""Parameters, prepared statements and results that are reused."""

from collections.abc import Callable

import pytest

from local.athena.statements.kinds import parse
from local.protocol import AwsError
from tests.local.athena.laptop import Laptop

REUSE = {"ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 60}}}


def test_parameters_take_the_places_of_question_marks(fx: Laptop) -> None:
    sql = "SELECT count(*) AS n FROM fx_daily WHERE year = ? AND base = ? AND date < ?"
    for base in ("'USD'", "USD"):  # awswrangler sends strings without quotes
        execution = fx.execution(sql, ExecutionParameters=["2011", base, "DATE '2011-01-03'"])
        assert execution["ExecutionParameters"] == ["2011", base, "DATE '2011-01-03'"]
        assert fx.rows(sql, ExecutionParameters=["2011", base, "DATE '2011-01-03'"]) == [["n"], ["2"]]
    assert fx.rows("SELECT ? AS x", ExecutionParameters=["it's; DROP TABLE x"]) == [["x"], ["it's; DROP TABLE x"]]


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT id FROM t WHERE id < ? ORDER BY id LIMIT ?", ["5", "1"]),
        ("SELECT ? AS a, id FROM t WHERE id = ? LIMIT ?", ["7", "5", "1"]),
        ("SELECT id FROM t ORDER BY id OFFSET ? LIMIT ?", ["1", "3"]),
        ("SELECT id FROM t ORDER BY id OFFSET ? ROWS FETCH FIRST ? ROWS ONLY", ["1", "3"]),
        ("WITH w AS (SELECT ? AS a) SELECT a, ? AS b FROM w", ["1", "2"]),
        (
            "WITH w AS (SELECT id FROM t WHERE id > ?) SELECT id FROM w WHERE id < ? ORDER BY id LIMIT ?",
            ["3", "9", "2"],
        ),
        ("SELECT k FROM t WHERE id > ? GROUP BY k HAVING count(*) > ? ORDER BY k LIMIT ?", ["9", "3", "2"]),
        ("SELECT 1 FROM t AS a JOIN t AS b ON a.id = b.id AND a.id > ? WHERE b.id < ?", ["5", "10"]),
        (
            "SELECT 1 FROM (SELECT * FROM t WHERE id > ?) JOIN (SELECT ? AS x) ON id = ? WHERE x <> ?",
            ["5", "9", "7", "8"],
        ),
        (
            "(SELECT id FROM t ORDER BY id LIMIT ?) UNION ALL (SELECT id FROM t WHERE id = ?) ORDER BY ?",
            ["2", "9", "1"],
        ),
        ("SELECT id FROM t TABLESAMPLE BERNOULLI (?) WHERE id BETWEEN ? AND ?", ["100", "3", "5"]),
        (
            "SELECT x FROM UNNEST(sequence(?, ?)) AS t(x) CROSS JOIN LATERAL (SELECT x + ?) WHERE x > ?",
            ["1", "4", "2", "3"],
        ),
        ("SELECT ?, x FROM (VALUES (?), (?)) AS t(x) WHERE x IN (SELECT ? LIMIT ?)", ["0", "1", "2", "3", "4"]),
        ("SELECT substring('abcdef' FROM ? FOR ?), extract(year FROM ?)", ["2", "3", "DATE '2020-01-01'"]),
        ("SELECT position(? IN ?), strpos(?, ?)", ["'b'", "'abc'", "'xyz'", "'z'"]),
        ("SELECT trim(BOTH ? FROM ?), trim(?)", ["'x'", "'xax'", "' a '"]),
        ("SELECT ? NOT LIKE ? ESCAPE ?", ["'a%'", "'a!%'", "'!'"]),
        ("SELECT ? IN (?, ?), (?, ?) IN ((?, ?))", ["1", "2", "3", "4", "5", "6", "7"]),
        ("SELECT CASE ? WHEN ? THEN ? ELSE ? END", ["1", "2", "'y'", "'n'"]),
        ("SELECT CASE WHEN ? > ? THEN ? WHEN ? THEN ? ELSE ? END", ["1", "2", "'a'", "true", "'b'", "'c'"]),
        ("SELECT ? - ?, ? / ?, ? || ? || ?", ["5", "3", "10", "2", "'a'", "'b'", "'c'"]),
        ("SELECT listagg(s, ?) WITHIN GROUP (ORDER BY id + ?) FILTER (WHERE id < ?) FROM t", ["'-'", "4", "5"]),
        ("SELECT array_agg(id ORDER BY id + ?) FILTER (WHERE id < ?) FROM t WHERE id > ?", ["3", "4", "1"]),
        (
            "SELECT lag(id, ?, ?) OVER (PARTITION BY id + ? ORDER BY id + ? ROWS BETWEEN ? PRECEDING AND ? FOLLOWING)",
            ["1", "0", "3", "4", "5", "6"],
        ),
        (
            "SELECT sum(id) OVER w FROM t WHERE id < ? WINDOW w AS (ORDER BY id + ?) ORDER BY id + ? LIMIT ?",
            list("1234"),
        ),
        ("SELECT if(?, ?, ?), coalesce(?, ?), nullif(?, ?)", ["true", "'a'", "'b'", "NULL", "1", "2", "3"]),
        ("SELECT ? + interval ? day, ? AT TIME ZONE ?", ["DATE '2020-01-01'", "'3'", "now()", "'Asia/Tokyo'"]),
        ("SELECT ARRAY[?, ?][?], MAP(ARRAY[?], ARRAY[?])[?]", ["10", "20", "2", "'a'", "5", "'b'"]),
        ("SELECT CAST(? AS varchar), try_cast(? AS date), json_value(?, 'lax $.a')", ["5", "'x'", "'{\"a\":1}'"]),
        ("SELECT reduce(ARRAY[?], ?, (s, x) -> s + x * ?, s -> s + ?)", ["1", "2", "10", "100"]),
        ("SELECT EXISTS (SELECT 1 WHERE 1 = ?), ?, ?, ?", ["1", "DECIMAL '1.55'", "1e0-1", "-1"]),
        ("INSERT INTO t (id) SELECT id + ? FROM t WHERE id = ? LIMIT ?", ["100", "2", "1"]),
        ("CREATE TABLE n AS SELECT ? AS x FROM t WHERE id > ? LIMIT ?", ["1", "2", "3"]),
        ("UNLOAD (SELECT ? AS x FROM t LIMIT ?) TO 's3://lake/x/' WITH (format = 'JSON')", ["1", "2"]),
        ("EXPLAIN SELECT id FROM t WHERE id > ? LIMIT ?", ["1", "2"]),
    ],
)
def test_parameters_stand_in_the_order_of_the_text(sql: str, parameters: list[str]) -> None:
    pieces = sql.split("?")
    literally = "".join(piece + value for piece, value in zip(pieces, [*parameters, ""], strict=True))
    assert parse(sql, parameters).tree == parse(literally).tree


def test_parameters_of_a_limit_come_last(fx: Laptop) -> None:
    sql = "SELECT close FROM fx_daily WHERE year = ? ORDER BY date LIMIT ?"
    assert fx.rows(sql, ExecutionParameters=["2010", "1"]) == [["close"], ["0.5"]]
    fx.rows(f"PREPARE limited FROM {sql}")
    assert fx.rows("EXECUTE limited USING 2010, 1") == [["close"], ["0.5"]]


def test_a_value_of_execute_is_taken_as_it_is_written(laptop: Laptop) -> None:
    laptop.rows("PREPARE typed FROM SELECT typeof(?) AS a, ? AS b")
    asked = laptop.rows("EXECUTE typed USING DECIMAL '2.5', ?", ExecutionParameters=["DECIMAL '1.50'"])
    assert asked == [["a", "b"], ["decimal(2,1)", "1.50"]]
    for using in ("b, 1", "1, ? + 1"):
        with pytest.raises(AwsError, match="Constant expression cannot contain column references"):
            laptop.start(f"EXECUTE typed USING {using}", ExecutionParameters=["1"])


def test_a_statement_is_prepared_executed_and_forgotten(fx: Laptop) -> None:
    fx.rows("PREPARE years FROM SELECT count(*) AS n FROM fx_daily WHERE year >= ? AND base = ?")
    asked = {"StatementName": "years", "WorkGroup": "standpipe"}
    text = fx.athena.call("GetPreparedStatement", asked)["PreparedStatement"]["QueryStatement"]
    assert text == "SELECT count(*) AS n FROM fx_daily WHERE year >= ? AND base = ?"
    execution = fx.execution("EXECUTE years USING 2011, 'USD'")
    assert execution["Query"] == "EXECUTE years USING 2011, 'USD'"
    assert execution["ResultConfiguration"]["OutputLocation"].endswith(".csv")
    assert fx.rows("EXECUTE years USING 2011, 'USD'") == [["n"], ["6"]]
    assert fx.rows("EXECUTE years", ExecutionParameters=["2012", "USD"]) == [["n"], ["3"]]
    assert fx.rows("EXECUTE years USING ?, 'USD'", ExecutionParameters=["2010"]) == [["n"], ["9"]]
    with pytest.raises(AwsError, match="Incorrect number of parameters: expected 2 but found 1"):
        fx.start("EXECUTE years USING 1")
    fx.rows("DEALLOCATE PREPARE years")
    with pytest.raises(AwsError, match="PreparedStatement years was not found in workgroup standpipe"):
        fx.start("EXECUTE years")


def test_a_prepared_insert(laptop: Laptop) -> None:
    laptop.table("t", {"n": "int"}, "s3://lake/t/")
    laptop.rows("PREPARE add FROM INSERT INTO t VALUES (?)")
    assert laptop.execution("EXECUTE add USING 7")["SubstatementType"] == "INSERT"
    assert laptop.rows("SELECT n FROM t") == [["n"], ["7"]]


def test_prepared_statements_are_got_together(laptop: Laptop) -> None:
    laptop.rows("PREPARE one FROM SELECT 1 AS x")
    answer = laptop.athena.call(
        "BatchGetPreparedStatement", {"WorkGroup": "standpipe", "PreparedStatementNames": ["one", "two"]}
    )
    assert [each["StatementName"] for each in answer["PreparedStatements"]] == ["one"]
    assert [each["StatementName"] for each in answer["UnprocessedPreparedStatementNames"]] == ["two"]


def test_a_result_is_reused_by_the_same_query(fx: Laptop) -> None:
    first = fx.execution("SELECT count(*) AS n FROM fx_daily -- counted", **REUSE)
    again = fx.execution("select COUNT(*)  as n\nfrom fx_daily", **REUSE)
    assert first["Statistics"]["ResultReuseInformation"] == {"ReusedPreviousResult": False}
    assert again["Statistics"]["ResultReuseInformation"] == {"ReusedPreviousResult": True}
    assert again["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"] == {
        "Enabled": True,
        "MaxAgeInMinutes": 60,
    }
    assert again["QueryExecutionId"] != first["QueryExecutionId"]
    assert again["ResultConfiguration"] == first["ResultConfiguration"]
    assert again["Statistics"]["DataScannedInBytes"] == 0
    assert fx.rows("SELECT count(*) AS n FROM fx_daily", **REUSE) == [["n"], ["9"]]


@pytest.mark.parametrize(
    ("sql", "request_"),
    [
        ("SELECT count(*) AS m FROM fx_daily", {}),
        ("SELECT count(*) AS n FROM fx_daily", {"QueryExecutionContext": {"Database": "other"}}),
        ("SELECT count(*) AS n FROM fx_daily", {"ResultReuseConfiguration": {}}),
        (
            "SELECT count(*) AS n FROM fx_daily",
            {"WorkGroup": "primary", "ResultConfiguration": {"OutputLocation": "s3://lake/results/"}},
        ),
    ],
)
def test_another_query_runs(fx: Laptop, sql: str, request_: dict[str, object]) -> None:
    fx.execution("SELECT count(*) AS n FROM fx_daily", **REUSE)
    execution = fx.execution(sql, **{**REUSE, **request_})
    assert execution["Statistics"]["ResultReuseInformation"] == {"ReusedPreviousResult": False}


def test_a_result_of_another_literal_is_not_reused(laptop: Laptop) -> None:
    texts = ("DECIMAL '2.5'", "CAST('2.5' AS decimal)", "'A'", "'a'", "\"upper\"('a')", "1 + 1", "1 - 1")
    for literal in texts:
        assert laptop.rows(f"SELECT {literal} AS x", **REUSE) == laptop.rows(f"SELECT {literal} AS x")
    for value in ("1", "2"):
        assert laptop.rows("SELECT ? AS x", ExecutionParameters=[value], **REUSE) == [["x"], [value]]


def test_a_result_that_is_gone_is_not_reused(fx: Laptop) -> None:
    first = fx.execution("SELECT 1 AS x", **REUSE)
    (fx.root / first["ResultConfiguration"]["OutputLocation"].removeprefix("s3://")).unlink()
    assert not fx.execution("SELECT 1 AS x", **REUSE)["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]


def test_a_reused_result_survives_a_restart(make_athena: Callable[[], Laptop], fx: Laptop) -> None:
    fx.execution("SELECT 5 AS x", **REUSE)
    reused = fx.execution("SELECT 5 AS x", **REUSE)
    fx.athena.close()
    asked = {"QueryExecutionId": reused["QueryExecutionId"]}
    rows = make_athena().athena.call("GetQueryResults", asked)["ResultSet"]["Rows"]
    assert rows[1] == {"Data": [{"VarCharValue": "5"}]}


def test_an_age_out_of_range_is_refused(laptop: Laptop) -> None:
    too_old = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 10081}}
    with pytest.raises(AwsError, match="MaxAgeInMinutes must be 0 to 10080, not 10081"):
        laptop.start("SELECT 1 AS x", ResultReuseConfiguration=too_old)


def test_a_workgroup_that_keeps_results_itself(fx: Laptop) -> None:
    configuration = {"ManagedQueryResultsConfiguration": {"Enabled": True}}
    fx.athena.call("CreateWorkGroup", {"Name": "managed", "Configuration": configuration})
    execution = fx.execution("SELECT 1 AS x", WorkGroup="managed")
    assert "ResultConfiguration" not in execution
    assert fx.rows("SELECT 1 AS x", WorkGroup="managed") == [["x"], ["1"]]
    with pytest.raises(AwsError, match="cannot be set together"):
        fx.start("SELECT 1 AS x", WorkGroup="managed", ResultConfiguration={"OutputLocation": "s3://results/"})
    assert "external_location is required" in fx.reason("CREATE TABLE t AS SELECT 1 AS x", WorkGroup="managed")


def test_a_token_starts_one_query(laptop: Laptop) -> None:
    token = {"ClientRequestToken": "0123456789012345678901234567890123"}
    assert laptop.start("SELECT 1 AS x", **token) == laptop.start("SELECT 1 AS x", **token)
    with pytest.raises(AwsError, match="Idempotent parameters do not match"):
        laptop.start("SELECT 2 AS x", **token)


def test_a_manifest_is_not_read_as_rows(laptop: Laptop) -> None:
    asked = {"QueryExecutionId": laptop.execution("SELECT 1 AS x")["QueryExecutionId"]}
    with pytest.raises(AwsError, match="there is no manifest: the statement wrote nothing"):
        laptop.athena.call("GetQueryResults", {**asked, "QueryResultType": "DATA_MANIFEST"})


def test_another_catalogue_and_a_disabled_workgroup(laptop: Laptop) -> None:
    with pytest.raises(AwsError, match="Catalog hive is not answered here"):
        laptop.start("SELECT 1", QueryExecutionContext={"Catalog": "hive"})
    laptop.athena.call("UpdateWorkGroup", {"WorkGroup": "standpipe", "State": "DISABLED"})
    with pytest.raises(AwsError, match="WorkGroup standpipe is disabled"):
        laptop.start("SELECT 1")
