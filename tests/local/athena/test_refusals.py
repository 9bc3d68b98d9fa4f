"""What is refused, and in which words."""

import pytest

from local.athena.api import results
from local.protocol import AwsError
from tests.local.athena.laptop import Laptop


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM nope", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.db.nope' does not exist"),
        ("SELECT 1\nFROM other.t", "SCHEMA_NOT_FOUND: line 2:6: Schema 'other' does not exist"),
        ("SELECT * FROM cat.db.t", "CATALOG_NOT_FOUND: line 1:1: Catalog 'cat' does not exist"),
        ("SELECT nope FROM fx_daily", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("SELECT q.nope FROM fx_daily q", "COLUMN_NOT_FOUND: line 1:8: Column 'q.nope' cannot be resolved"),
        ("SELECT x.base FROM fx_daily", "COLUMN_NOT_FOUND: line 1:8: Column 'x.base' cannot be resolved"),
        (
            "SELECT base, sum(close) FROM fx_daily",
            "EXPRESSION_NOT_AGGREGATE: line 1:8: 'base' must be an aggregate expression or appear in GROUP BY clause",
        ),
        ("SELECT nope(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nope' not registered"),
        ("SHOW TABLES IN other", "SCHEMA_NOT_FOUND: line 1:1: Schema 'other' does not exist"),
        ("DESCRIBE nope", "TABLE_NOT_FOUND: line 1:10: Table 'awsdatacatalog.db.nope' does not exist"),
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT"),
        *(
            (f"SELECT {time}", "NOT_SUPPORTED: Times before the year 1 and after 9999 are not supported here")
            for time in (
                "from_unixtime(1588478400000)",
                "DATE '9999-12-31' + INTERVAL '1' DAY",
                "DATE '0001-01-01' - INTERVAL '1' DAY",
            )
        ),
    ],
)
def test_a_query_that_cannot_run_fails_in_athena_s_words(fx: Laptop, sql: str, reason: str) -> None:
    status = fx.execution(sql)["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("FAILED", reason)
    assert status["AthenaError"]["ErrorMessage"] == reason
    assert (status["AthenaError"]["ErrorCategory"], status["AthenaError"]["Retryable"]) == (2, False)


def test_a_row_that_is_too_long_is_refused(laptop: Laptop) -> None:
    status = laptop.execution("SELECT lpad('x', 40000000, 'y') FROM UNNEST(sequence(1, 3))")["Status"]
    assert status["StateChangeReason"] == "EXCEEDED_LOCAL_MEMORY_LIMIT: A row of the result has more than 32 MB"


def test_a_result_that_is_too_large_is_refused(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MAX_RESULT_BYTES", 1000)
    status = laptop.execution("SELECT x FROM UNNEST(sequence(1, 1000)) AS t(x)")["Status"]
    reason = "The result has more than 1000 bytes, the most of this machine; use UNLOAD"
    assert status["StateChangeReason"] == f"EXCEEDED_LOCAL_MEMORY_LIMIT: {reason}"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT * FROM nope", 1301),
        ("SELECT nope(1)", 1303),
        ("SELECT 'a' = 1", 1006),
        ("SELECT 1 / 0", 1001),
        ("SELECT ARRAY[1][2]", 1106),
        ("SELECT checksum(1)", 1200),
    ],
)
def test_the_type_of_an_error_is_that_of_aws_s_catalogue(laptop: Laptop, sql: str, kind: int) -> None:
    error = laptop.execution(sql)["Status"]["AthenaError"]
    assert (error["ErrorCategory"], error["ErrorType"]) == (2, kind)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", "line 1:7: mismatched input '1'"),
        ("SELECT *\nFORM t", "line 2:6: mismatched input 't'"),
        ("", "Only one sql statement is allowed"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed"),
        ("SELECT 'open", "line 1:1: "),
        ("GRANT SELECT ON t TO someone", "GRANT is not supported here"),
        ("VACUUM t", "VACUUM is not supported here"),
        ("OPTIMIZE t REWRITE DATA USING BIN_PACK", "OPTIMIZE is not supported here"),
        ("TRUNCATE TABLE t", "TRUNCATE is not supported here"),
        ("LOAD DATA INPATH 'x' INTO TABLE t", "LOAD is not supported here"),
        ("USING EXTERNAL FUNCTION f(x int) RETURNS int LAMBDA 'l' SELECT f(1)", "USING EXTERNAL is not supported here"),
        ("ALTER DATABASE db SET DBPROPERTIES ('a' = 'b')", "ALTER DATABASE is not supported here"),
        ("CREATE TABLE t AS EXECUTE p", "line 1:1: mismatched input. Expecting: '(', 'SELECT', 'TABLE'"),
        ("INSERT INTO t", "line 1:1: mismatched input. Expecting: '(', 'SELECT', 'TABLE'"),
        ("UNLOAD (EXECUTE p) TO 's3://x/'", "line 1:1: mismatched input. Expecting: '(', 'SELECT', 'TABLE'"),
        ("EXPLAIN", "line 1:1: mismatched input '<EOF>'"),
        ("SHOW FUNCTIONS", "line 1:6: mismatched input 'FUNCTIONS'"),
        ("UNLOAD SELECT 1 TO 's3://x/'", "line 1:8: mismatched input 'SELECT'"),
        ("SELECT 1,", "line 1:10: mismatched input '<EOF>'"),
        ("SELECT 1,, 2", "line 1:10: mismatched input ','"),
        ("SELECT , 2", "line 1:8: mismatched input ','"),
        ("SELECT id, FROM t", "line 1:12: mismatched input 'FROM'"),
        ("SELECT id FROM t ORDER BY id, LIMIT 1", "line 1:37: mismatched input '1'"),
        ("SELECT id FROM t GROUP BY id,", "line 1:30: mismatched input '<EOF>'"),
        ("SELECT id FROM t LIMIT 1,2", "line 1:25: mismatched input ','"),
        ("SELECT id FROM t WHERE id IN ()", "line 1:31: mismatched input ')'"),
        ("SELECT id FROM t WHERE id IN (1,)", "line 1:33: mismatched input ')'"),
        ("SELECT id FROM t LIMIT 5 OFFSET 2", "line 1:26: mismatched input 'OFFSET'"),
        ("SELECT id FROM t ORDER BY id ASC DESC", "line 1:34: mismatched input 'DESC'"),
        ("SELECT 'a' 'b'", "line 1:12: mismatched input ''b''"),
        ("SELECT id ISNULL FROM t", "line 1:11: mismatched input 'ISNULL'"),
        ("CREATE EXTERNAL TABLE t (a int,) LOCATION 's3://x/'", "line 1:32: mismatched input ')'"),
        ("ALTER TABLE t DROP PARTITION (a = 1,)", "line 1:37: mismatched input ')'"),
        ("SELECT lower(,'a')", "line 1:14: mismatched input ','"),
        ("SELECT ARRAY[1,]", "line 1:16: mismatched input ']'"),
        ("SELECT 1 AS 'x'", "line 1:13: mismatched input ''x''"),
        ("SELECT interval 2 day", "line 1:17: mismatched input '2'"),
        ("SELECT CURRENT_DATE()", "line 1:20: mismatched input '('"),
        ("SELECT current_timestamp()", "line 1:26: mismatched input ')'"),
        ("SELECT * FROM t a JOIN t b", "line 1:27: mismatched input '<EOF>'"),
        ("SELECT * FROM t a LEFT JOIN t b\nWHERE true", "line 2:1: mismatched input 'WHERE'"),
        ("SELECT * FROM (t a INNER JOIN t b)", "line 1:34: mismatched input ')'"),
        ("SELECT * FROM t a JOIN UNNEST(x)", "line 1:33: mismatched input '<EOF>'"),
        ("SELECT id, 1x FROM t", "line 1:12: identifiers must not start with a digit; surround the identifier with"),
        ("SELECT\n1e5x", "line 2:1: identifiers must not start with a digit"),
        ("SELECT sum(id) + 1_000 FROM t", "line 1:18: identifiers must not start with a digit"),
        ("SELECT 1.5_0", "line 1:8: identifiers must not start with a digit"),
        ("SELECT 12e", "line 1:8: identifiers must not start with a digit"),
        ("SELECT 1 skip", "line 1:10: mismatched input 'skip'"),
        ("SELECT skip FROM t", "line 1:8: mismatched input 'skip'"),
        ("SELECT id AS first FROM t", "line 1:14: mismatched input 'first'"),
        ("SELECT id AS end FROM t", "line 1:14: mismatched input 'end'"),
        ("SELECT *\nFROM t AS x (Last)", "line 2:14: mismatched input 'Last'"),
        ("WITH first AS (SELECT 1 AS id) SELECT id FROM t", "line 1:6: mismatched input 'first'"),
        ("SELECT id FROM t ORDER BY t.last NULLS LAST", "line 1:29: mismatched input 'last'"),
        ("CREATE VIEW v AS SELECT id AS last FROM t", "line 1:31: mismatched input 'last'"),
        ("SELECT ?", "Incorrect number of parameters: expected 1 but found 0"),
        (f"SELECT '{'x' * 262144}'", "longer than 262144 bytes"),
    ],
)
def test_a_text_that_is_not_a_query_is_refused_at_the_start(laptop: Laptop, sql: str, message: str) -> None:
    with pytest.raises(AwsError) as refused:
        laptop.start(sql)
    assert refused.value.code == "InvalidRequestException"
    assert message in refused.value.message


def test_a_damaged_object_fails_the_query_and_is_named(fx: Laptop) -> None:
    path = fx.root / "lake/landing/fx_daily/year=2012/bad.parquet"
    path.write_bytes(b"not parquet at all")
    assert "bad.parquet" in fx.reason("SELECT * FROM fx_daily_landing")
    assert fx.rows("SELECT count(*) AS n FROM fx_daily_landing WHERE year = 2010") == [["n"], ["3"]]


def test_a_type_that_cannot_be_read(laptop: Laptop) -> None:
    laptop.table("odd", {"x": "uniontype<int,string>"}, "s3://lake/odd/")
    assert "uniontype<int,string>" in laptop.reason("SELECT * FROM odd")


def test_views_that_name_each_other(laptop: Laptop) -> None:
    laptop.view("a", "SELECT * FROM b")
    laptop.view("b", "SELECT * FROM a")
    assert laptop.execution("SELECT * FROM a")["Status"]["State"] == "FAILED"


def test_a_missing_bucket(laptop: Laptop) -> None:
    laptop.table("gone", {"x": "string"}, "s3://nowhere/gone/")
    assert "s3://nowhere/gone/ cannot be listed" in laptop.reason("SELECT * FROM gone")
    configuration = {"ResultConfiguration": {"OutputLocation": "s3://nowhere/"}}
    assert "cannot be written" in laptop.reason("SELECT 1", WorkGroup="primary", **configuration)


def test_results_of_a_failed_query(laptop: Laptop) -> None:
    execution_id = laptop.execution("SELECT 1 / 0")["QueryExecutionId"]
    with pytest.raises(AwsError, match="Final query state: FAILED"):
        laptop.athena.call("GetQueryResults", {"QueryExecutionId": execution_id})


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        ("GetQueryExecution", {"QueryExecutionId": "x"}, "QueryExecution x was not found"),
        ("GetQueryExecution", {}, "The parameter QueryExecutionId is required"),
        ("CreateNotebook", {}, "CreateNotebook is not answered here"),
        ("GetWorkGroup", {"WorkGroup": "x"}, "WorkGroup x is not found."),
        ("CreateWorkGroup", {"Name": "standpipe"}, "already created"),
        ("StartQueryExecution", {"QueryString": "SELECT 1"}, "No output location provided"),
        ("GetTableMetadata", {"DatabaseName": "db", "TableName": "x"}, "Table db.x was not found"),
        ("GetDatabase", {"DatabaseName": "x"}, "Database x was not found"),
        ("ListTableMetadata", {"DatabaseName": "nodb"}, "EntityNotFoundException"),
        ("GetNamedQuery", {"NamedQueryId": "x"}, "NamedQuery x was not found"),
    ],
)
def test_a_request_that_cannot_be_answered(
    laptop: Laptop, operation: str, request_: dict[str, str], message: str
) -> None:
    with pytest.raises(AwsError) as refused:
        laptop.athena.call(operation, request_)
    assert message in refused.value.message


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '/tmp/x'",
        "COPY t FROM '/etc/passwd'",
        "ATTACH '/etc/passwd' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "SET memory_limit = '1TB'",
        "EXPORT DATABASE '/tmp/x'",
        "CALL pragma_version()",
        "CREATE MACRO f() AS 1",
        "CREATE TEMP TABLE t AS SELECT 1 AS x",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "/etc/passwd"',
        'SELECT * FROM "duckdb_settings"',
        "SELECT * FROM main.sqlite_master",
        "SELECT * FROM pg_catalog.pg_tables",
        "SELECT * FROM TABLE(read_csv('/etc/passwd'))",
        "SELECT * FROM (SELECT * FROM read_text('/etc/passwd')) AS t",
        "SELECT (SELECT content FROM read_text('/etc/passwd'))",
        "SELECT * FROM UNNEST(glob('/etc/*')) AS t(x)",
        "SELECT x FROM (VALUES 1) AS t(x) ORDER BY getenv('HOME')",
        "SELECT max(x) FILTER (WHERE getenv('HOME') = '') FROM (VALUES 1) AS t(x)",
        "SELECT transform(ARRAY['HOME'], x -> getenv(x))",
        "SELECT query('SELECT 1')",
        "PIVOT t ON x USING sum(y)",
        "SELECT * FROM (VALUES (1, 'a')) AS t(x, y) PIVOT (sum(x) FOR y IN ('a'))",
        "FROM (VALUES 1) AS t(x)",
        "SELECT [x FOR x IN ARRAY[1]]",
        "SELECT {'a': 1}",
        "SELECT 1::varchar",
        "SELECT x FROM (VALUES 1) AS t(x) QUALIFY row_number() OVER () = 1",
        "SELECT x FROM (VALUES 1) AS t(x) USING SAMPLE 1",
        "SELECT 7 // 2",
        "SELECT 'a' ILIKE 'A'",
        "SELECT 'a' SIMILAR TO 'a'",
        "SELECT 2 ** 3",
        "SELECT 1 == 1",
        "SELECT a -> 'b' FROM (VALUES '{}') AS t(a)",
        "SELECT $1",
        "SELECT #1",
    ],
)
def test_what_the_engine_could_do_is_out_of_reach(laptop: Laptop, sql: str) -> None:
    try:
        execution_id = laptop.start(sql)
    except AwsError:
        return
    assert laptop.wait(execution_id)["Status"]["State"] == "FAILED"


def test_a_query_reads_nothing_but_the_catalogue_s_tables(laptop: Laptop) -> None:
    (laptop.root / "secret.csv").write_text("a\n1\n")
    for source in (f"read_csv('{laptop.root}/secret.csv')", f"read_text('{laptop.root}/secret.csv')"):
        assert laptop.execution(f"SELECT * FROM {source}")["Status"]["State"] == "FAILED"
    assert laptop.reason(f'SELECT * FROM "{laptop.root}/secret.csv"').startswith("TABLE_NOT_FOUND")
