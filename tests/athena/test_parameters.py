"""Parameters, prepared statements and results that are reused."""

from collections.abc import Callable

import pytest

from local.protocol import AwsError
from tests.athena.laptop import Laptop

REUSE = {"ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 60}}}


def test_parameters_take_the_places_of_question_marks(fx: Laptop) -> None:
    sql = "SELECT count(*) AS n FROM fx_daily WHERE year = ? AND base = ? AND date < ?"
    for base in ("'USD'", "USD"):  # awswrangler sends strings without quotes
        execution = fx.execution(sql, ExecutionParameters=["2011", base, "DATE '2011-01-03'"])
        assert execution["ExecutionParameters"] == ["2011", base, "DATE '2011-01-03'"]
        assert fx.rows(sql, ExecutionParameters=["2011", base, "DATE '2011-01-03'"]) == [["n"], ["2"]]
    assert fx.rows("SELECT ? AS x", ExecutionParameters=["it's; DROP TABLE x"]) == [["x"], ["it's; DROP TABLE x"]]


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
    assert "external_location is needed" in fx.reason("CREATE TABLE t AS SELECT 1 AS x", WorkGroup="managed")


def test_a_token_starts_one_query(laptop: Laptop) -> None:
    token = {"ClientRequestToken": "0123456789012345678901234567890123"}
    assert laptop.start("SELECT 1 AS x", **token) == laptop.start("SELECT 1 AS x", **token)
    with pytest.raises(AwsError, match="Idempotent parameters do not match"):
        laptop.start("SELECT 2 AS x", **token)


def test_a_manifest_is_not_read_as_rows(laptop: Laptop) -> None:
    asked = {"QueryExecutionId": laptop.execution("SELECT 1 AS x")["QueryExecutionId"]}
    with pytest.raises(AwsError, match="the manifest is none: the statement wrote nothing"):
        laptop.athena.call("GetQueryResults", {**asked, "QueryResultType": "DATA_MANIFEST"})


def test_another_catalogue_and_a_disabled_workgroup(laptop: Laptop) -> None:
    with pytest.raises(AwsError, match="Catalog hive is not answered here"):
        laptop.start("SELECT 1", QueryExecutionContext={"Catalog": "hive"})
    laptop.athena.call("UpdateWorkGroup", {"WorkGroup": "standpipe", "State": "DISABLED"})
    with pytest.raises(AwsError, match="WorkGroup standpipe is disabled"):
        laptop.start("SELECT 1")
