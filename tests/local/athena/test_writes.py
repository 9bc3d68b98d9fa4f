"""CREATE TABLE AS, INSERT INTO and UNLOAD: what is in S3 and in the catalogue afterwards."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from tests.local.athena.laptop import Laptop, failing

YEARS = "SELECT date, close, year FROM fx_daily_landing"


def objects(laptop: Laptop, prefix: str) -> list[Path]:
    """Files below `bucket/prefix`, in the order of their keys."""
    return sorted(path for path in (laptop.root / prefix).rglob("*") if path.is_file())


def manifest(laptop: Laptop, execution: dict[str, Any]) -> list[str]:
    location = execution["Statistics"]["DataManifestLocation"].removeprefix("s3://")
    return (laptop.root / location).read_text().splitlines()


def test_a_table_from_a_query_is_stored_below_the_output(fx: Laptop) -> None:
    execution = fx.execution(f"CREATE TABLE copied AS {YEARS}")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT")
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://results/tables/{execution['QueryExecutionId']}"
    assert execution["Statistics"]["DataScannedInBytes"] > 0
    table = fx.glue.databases["db"]["copied"]
    assert table["StorageDescriptor"]["Location"] == f"s3://results/tables/{execution['QueryExecutionId']}"
    assert [each["Type"] for each in table["StorageDescriptor"]["Columns"]] == ["date", "double", "int"]
    (path,) = objects(fx, f"results/tables/{execution['QueryExecutionId']}")
    assert manifest(fx, execution) == [f"s3://{path.relative_to(fx.root)}"]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "GZIP"
    answer = fx.athena.call("GetQueryResults", {"QueryExecutionId": execution["QueryExecutionId"]})
    assert answer["UpdateCount"] == 12
    assert [each["Name"] for each in answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]] == ["rows"]
    assert answer["ResultSet"]["Rows"] == []
    assert fx.rows("SELECT count(*) AS n, sum(close) AS s FROM copied") == fx.rows(
        "SELECT count(*) AS n, sum(close) AS s FROM fx_daily_landing"
    )


def test_a_partitioned_table_from_a_query(fx: Laptop) -> None:
    options = "format = 'PARQUET', write_compression = 'SNAPPY', external_location = 's3://lake//by_year/'"
    fx.athena.call(
        "UpdateWorkGroup", {"WorkGroup": "standpipe", "ConfigurationUpdates": {"EnforceWorkGroupConfiguration": False}}
    )
    fx.rows(f"CREATE TABLE by_year WITH ({options}, partitioned_by = ARRAY['year']) AS {YEARS}")
    assert fx.glue.databases["db"]["by_year"]["PartitionKeys"] == [{"Name": "year", "Type": "int"}]
    assert sorted(fx.rows("SHOW PARTITIONS by_year")) == [["year=2010"], ["year=2011"], ["year=2012"]]
    assert [path.parent.name for path in objects(fx, "lake/by_year")] == ["year=2010", "year=2011", "year=2012"]
    assert fx.rows("SELECT count(*) AS n FROM by_year WHERE year = 2011") == [["n"], ["6"]]
    assert "HIVE_PATH_ALREADY_EXISTS: Target directory for table 'db.again' already exists: s3://lake/by_year/" in (
        fx.reason("CREATE TABLE again WITH (external_location = 's3://lake/by_year/') AS SELECT 1 AS x")
    )


def test_a_table_whose_columns_are_named_in_front(laptop: Laptop) -> None:
    laptop.rows("CREATE TABLE t (X, y) WITH (partitioned_by = ARRAY['y']) AS SELECT 1, 2 AS b")
    assert laptop.rows("SELECT * FROM t") == [["x", "y"], ["1", "2"]]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("TABLE one", [["1", "a"]]),
        ("TABLE one UNION ALL TABLE one", [["1", "a"], ["1", "a"]]),
        ("TABLE one WITH NO DATA", []),
    ],
)
def test_a_table_from_a_table(laptop: Laptop, query: str, rows: list[list[str]]) -> None:
    laptop.rows("CREATE TABLE one AS SELECT 1 AS x, 'a' AS y")
    execution = laptop.execution(f"CREATE TABLE two WITH (format = 'ORC') AS {query}")
    assert execution["SubstatementType"] == "CREATE_TABLE_AS_SELECT", execution["Status"]
    assert laptop.rows("TABLE two") == [["x", "y"], *rows]


def test_a_table_without_rows_and_one_without_data(fx: Laptop) -> None:
    execution = fx.execution("CREATE TABLE none AS SELECT date FROM fx_daily_landing WHERE year = 1999")
    assert manifest(fx, execution) == []
    fx.rows(f"CREATE TABLE shape AS {YEARS} WITH NO DATA")
    assert fx.rows("SELECT count(*) AS n FROM none UNION ALL SELECT count(*) FROM shape")[1:] == [["0"], ["0"]]


@pytest.mark.parametrize("stored", ["ORC", "TEXTFILE", "JSON"])
def test_formats_of_a_table_from_a_query(laptop: Laptop, stored: str) -> None:
    query = (
        "SELECT 'a\"b' AS name, 1.50 AS price, DATE '2026-01-02' AS day, TIMESTAMP '2026-01-02 03:04:05.678' AS at, "
        "true AS good, ARRAY[1, 2] AS some, CAST(NULL AS integer) AS gone, 1e20 AS big"
    )
    execution = laptop.execution(f"CREATE TABLE made WITH (format = '{stored}') AS {query}")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    (path,) = objects(laptop, f"results/tables/{execution['QueryExecutionId']}")
    if stored == "ORC":
        assert orc.ORCFile(path).read().to_pylist()[0]["some"] == [1, 2]
        return
    text = gzip.decompress(path.read_bytes()).decode()
    if stored == "JSON":
        assert json.loads(text) == {
            "name": 'a"b',
            "price": 1.5,
            "day": "2026-01-02",
            "at": "2026-01-02 03:04:05.678",
            "good": True,
            "some": [1, 2],
            "big": 1e20,
        }
    else:
        cells = ['a"b', "1.50", "2026-01-02", "2026-01-02 03:04:05.678", "true", "1\x022", "\\N", "1e+20"]
        assert text == "\x01".join(cells) + "\n"


def test_rows_are_inserted(laptop: Laptop) -> None:
    laptop.table("plain", {"n": "bigint", "x": "double", "s": "string"}, "s3://lake/plain")
    execution = laptop.execution("INSERT INTO plain VALUES (1, 2.5, 'a'), (2, 3, NULL)")
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "INSERT")
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://results/{execution['QueryExecutionId']}"
    assert len(manifest(laptop, execution)) == 1
    answer = laptop.athena.call("GetQueryResults", {"QueryExecutionId": execution["QueryExecutionId"]})
    assert answer["UpdateCount"] == 2
    laptop.rows("INSERT INTO plain (s, n) SELECT s, n + 10 FROM plain")
    assert laptop.rows("SELECT n, x, s FROM plain ORDER BY n")[1:] == [
        ["1", "2.5", "a"],
        ["2", "3.0", None],
        ["11", None, "a"],
        ["12", None, None],
    ]


def test_texts_that_are_too_long_by_blanks_are_inserted(laptop: Laptop) -> None:
    laptop.table("texts", {"c": "char(4)", "v": "varchar(3)"}, "s3://lake/texts/")
    laptop.rows("INSERT INTO texts VALUES ('ab', 'abc   '), ('ünï€   ', 'ab'), (NULL, NULL)")
    assert laptop.rows("SELECT c || '|', v || '|' FROM texts ORDER BY 1")[1:] == [
        ["ab  |", "abc|"],
        ["ünï€|", "ab|"],
        [None, None],
    ]


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("bigint", "7", "7"),
        ("double", "7", "7.0"),
        ("double", "DECIMAL '1.25'", "1.25"),
        ("float", "0.1e0", "0.1"),
        ("smallint", "12", "12"),
        ("int", "BIGINT '7'", "7"),
        ("int", "2.5", "3"),
        ("int", "-2.5e0", "-3"),
        ("int", "NULL", None),
        ("decimal(10,4)", "DECIMAL '1.25'", "1.2500"),
        ("decimal(3,1)", "DECIMAL '1.25'", "1.3"),
        ("decimal(10,2)", "1.005e0", "1.01"),
        ("decimal(10,2)", "7", "7.00"),
        ("timestamp", "DATE '2026-01-02'", "2026-01-02 00:00:00.000"),
        ("timestamp", "TIMESTAMP '2026-07-02 03:04:05 Europe/London'", "2026-07-02 03:04:05.000"),
        ("date", "TIMESTAMP '2026-01-02 23:00:00'", "2026-01-02"),
        ("string", "CAST('ab' AS varchar(5))", "ab"),
        ("string", "CAST('ab' AS char(4))", "ab  "),
        ("array<double>", "ARRAY[1, NULL]", "[1.0, null]"),
        ("array<int>", "ARRAY[1.5]", "[2]"),
        ("array<varchar(5)>", "ARRAY['abc']", "[abc]"),
        ("map<string,double>", "MAP(ARRAY['a'], ARRAY[1])", "{a=1.0}"),
        ("struct<a:bigint,b:string>", "ROW(1, 'x')", "{a=1, b=x}"),
    ],
)
def test_an_inserted_value_is_cast_to_the_column_s_type(
    laptop: Laptop, column: str, value: str, stored: str | None
) -> None:
    laptop.table("t", {"x": column}, "s3://lake/t/")
    laptop.rows(f"INSERT INTO t SELECT {value}")
    assert laptop.rows("SELECT x FROM t") == [["x"], [stored]]


def test_a_key_of_an_inserted_partition_is_cast_to_its_type(laptop: Laptop) -> None:
    laptop.table("parts", {"n": "int"}, "s3://lake/parts/", keys={"day": "date", "price": "decimal(5,1)"})
    laptop.rows("INSERT INTO parts VALUES (1, TIMESTAMP '2026-01-01 10:00:00', 2.25)")
    assert laptop.rows("SHOW PARTITIONS parts") == [["day=2026-01-01/price=2.3"]]


def test_inserted_times_are_rounded_to_milliseconds(laptop: Laptop) -> None:
    laptop.table("times", {"at": "timestamp"}, "s3://lake/times/")
    laptop.rows("INSERT INTO times VALUES TIMESTAMP '2026-01-01 00:00:00.123500', TIMESTAMP '2026-01-01 00:00:01'")
    (path,) = objects(laptop, "lake/times")
    assert [str(at)[:23] for at in pq.read_table(path)["at"].to_pylist()] == [
        "2026-01-01 00:00:00.124",
        "2026-01-01 00:00:01",
    ]


def test_inserted_partitions_are_registered(laptop: Laptop) -> None:
    laptop.table("parts", {"n": "int"}, "s3://lake/parts/", keys={"day": "date", "place": "string"})
    laptop.rows("INSERT INTO parts VALUES (1, DATE '2026-01-01', 'a/b c'), (2, DATE '2026-01-02', 'x')")
    laptop.rows("INSERT INTO parts VALUES (3, DATE '2026-01-02', 'x'), (4, NULL, 'x')")
    assert sorted(laptop.rows("SHOW PARTITIONS parts")) == [
        ["day=2026-01-01/place=a/b c"],
        ["day=2026-01-02/place=x"],
        ["day=__HIVE_DEFAULT_PARTITION__/place=x"],
    ]
    assert {path.parent.name for path in objects(laptop, "lake/parts")} == {"place=a%2Fb c", "place=x"}
    assert laptop.rows("SELECT n, day, place FROM parts ORDER BY n")[1:] == [
        ["1", "2026-01-01", "a/b c"],
        ["2", "2026-01-02", "x"],
        ["3", "2026-01-02", "x"],
        ["4", None, "x"],
    ]


def test_rows_go_where_the_projection_has_their_partition(fx: Laptop) -> None:
    row = "'EUR', 'USD', DATE '2013-01-01', 1.1, TIMESTAMP '2026-01-01 00:00:00'"
    fx.rows(f"INSERT INTO fx_daily_landing VALUES ({row}, 2013)")
    assert len(objects(fx, "lake/landing/fx_daily/year=2013")) == 1
    assert fx.rows("SELECT base FROM fx_daily_landing WHERE year = 2013") == [["base"], ["EUR"]]
    reason = fx.reason(f"INSERT INTO fx_daily_landing VALUES ({row}, 1900)")
    assert reason == "HIVE_INVALID_PARTITION_VALUE: The table's projection has no partition year=1900/"
    assert objects(fx, "lake/landing/fx_daily/year=1900") == []


def test_a_query_is_unloaded(fx: Laptop) -> None:
    options = "format = 'JSON', compression = 'none', partitioned_by = ARRAY['year']"
    execution = fx.execution(f"UNLOAD ({YEARS} WHERE year < 2012) TO 's3://lake/out' WITH ({options})")
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "UNLOAD")
    first, _second = objects(fx, "lake/out")
    assert first.parent.name == "year=2010"
    assert json.loads(first.read_text().splitlines()[0]) == {"date": "2010-01-01", "close": 0.5}
    assert len(manifest(fx, execution)) == 2
    assert "HIVE_PATH_ALREADY_EXISTS" in fx.reason(f"UNLOAD ({YEARS}) TO 's3://lake/out/' WITH (format = 'ORC')")


def test_many_batches_are_one_row_group(laptop: Laptop) -> None:
    query = "SELECT a + b AS n FROM UNNEST(sequence(1, 250)) AS t(a) CROSS JOIN UNNEST(sequence(1, 200)) AS u(b)"
    laptop.rows(f"UNLOAD ({query}) TO 's3://lake/many/' WITH (format = 'PARQUET')")
    (path,) = objects(laptop, "lake/many")
    metadata = pq.ParquetFile(path).metadata
    assert (metadata.num_rows, metadata.num_row_groups) == (50_000, 1)


def test_text_is_unloaded_with_a_delimiter(laptop: Laptop) -> None:
    laptop.rows(
        "UNLOAD (SELECT 'a' AS x, 2 AS y) TO 's3://lake/text/' "
        "WITH (format = 'TEXTFILE', field_delimiter = ',', compression = 'bzip2')"
    )
    (path,) = objects(laptop, "lake/text")
    assert path.suffix == ".bz2"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE TABLE fx_daily AS SELECT 1 AS x", "TABLE_ALREADY_EXISTS: line 1:1: Destination table"),
        ("CREATE TABLE other.t AS SELECT 1 AS x", "SCHEMA_NOT_FOUND: line 1:1: Schema 'other' does not exist"),
        ("CREATE TABLE t AS SELECT 1", "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1"),
        ("CREATE TABLE t AS SELECT NULL AS x", "COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: x"),
        ("CREATE TABLE t AS SELECT 1 AS x, 2 AS x", "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'x' specified more"),
        ("UNLOAD (SELECT 1 AS x) TO 's3://lake/out/'", "INVALID_TABLE_PROPERTY: line 1:1: UNLOAD needs the property"),
        (
            "UNLOAD (SELECT 1 AS x) TO 's3://lake/out/' WITH (compression = 'gzip')",
            "INVALID_TABLE_PROPERTY: line 1:1: UNLOAD needs the property 'format'",
        ),
        (
            "CREATE TABLE t AS SELECT TIMESTAMP '2026-01-01 00:00:00' AS x",
            "NOT_SUPPORTED: Incorrect timestamp precision for timestamp(0); the configured precision is MILLISECONDS; "
            "column name: x",
        ),
        (
            "CREATE TABLE t AS SELECT ARRAY[TIMESTAMP '2026-01-01 00:00:00.123456'] AS x WITH NO DATA",
            "NOT_SUPPORTED: Incorrect timestamp precision for timestamp(6); the configured precision is MILLISECONDS; "
            "column name: x",
        ),
        (
            "UNLOAD (SELECT 1 AS a, TIMESTAMP '2026-01-01 00:00:00.123456' AS b) TO 's3://lake/out/' "
            "WITH (format = 'ORC')",
            "NOT_SUPPORTED: Incorrect timestamp precision for timestamp(6); the configured precision is MILLISECONDS; "
            "column name: b",
        ),
        (
            "INSERT INTO narrow_texts (c, v) VALUES ('abcd', 'abcdefgh')",
            "INVALID_CAST_ARGUMENT: Cannot truncate non-space characters when casting from varchar(8) to varchar(5) on "
            "INSERT",
        ),
        (
            "INSERT INTO narrow_texts (c) VALUES CAST('abcde' AS varchar)",
            "INVALID_CAST_ARGUMENT: Cannot truncate non-space characters when casting from varchar to char(4) on",
        ),
        ("CREATE TABLE t AS SELECT TIME '10:00:00' AS x", "NOT_SUPPORTED: Unsupported Hive type: time"),
        ("CREATE TABLE t WITH (colour = 'red') AS SELECT 1 AS x", "INVALID_TABLE_PROPERTY: line 1:1: Catalog"),
        ("CREATE TABLE t WITH (format = 'XML') AS SELECT 1 AS x", "INVALID_TABLE_PROPERTY: line 1:1: Unable to set"),
        ("CREATE TABLE t WITH (format = 'AVRO') AS SELECT 1 AS x", "NOT_SUPPORTED: Files of the format AVRO cannot"),
        (
            "CREATE TABLE t WITH (write_compression = 'LZO') AS SELECT 1 AS x",
            "INVALID_TABLE_PROPERTY: Compression 'LZO' cannot be written for format PARQUET",
        ),
        ("CREATE TABLE t WITH (table_type = 'ICEBERG') AS SELECT 1 AS x", "NOT_SUPPORTED: Tables of the type ICEBERG"),
        (
            "CREATE TABLE t WITH (table_type = 'ICEBERG', location = 's3://lake/t/', is_external = false) AS SELECT 1",
            "NOT_SUPPORTED: Tables of the type ICEBERG",
        ),
        (
            "CREATE TABLE t WITH (location = 's3://lake/t/') AS SELECT 1 AS x",
            "INVALID_TABLE_PROPERTY: line 1:1: Catalog 'awsdatacatalog' table property 'location' does not exist",
        ),
        ("CREATE TABLE t COMMENT 'x' AS SELECT 1 AS x", "NOT_SUPPORTED: COMMENT is not supported here"),
        ("CREATE TABLE t (x, x) AS SELECT 1, 2", "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'x' specified more"),
        ("CREATE TABLE t (x int, y) AS SELECT 1, 2", "SYNTAX_ERROR: line 1:1: mismatched input"),
        (
            "CREATE TABLE t (x) AS SELECT 1, 2",
            "MISMATCHED_COLUMN_ALIASES: line 1:1: Column alias list has 1 entries but relation has 2 columns",
        ),
        (
            "CREATE TABLE t WITH (bucketed_by = ARRAY['x'], bucket_count = 2) AS SELECT 1 AS x",
            "NOT_SUPPORTED: bucketed_by is not supported here",
        ),
        (
            "CREATE TABLE t WITH (external_location = 's3://lake/t/') AS SELECT 1 AS x",
            "NOT_SUPPORTED: The Create Table As Select query failed because it was submitted with an 'external_lo",
        ),
        (
            "CREATE TABLE t WITH (partitioned_by = ARRAY['x']) AS SELECT 1 AS x, 2 AS y",
            "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns",
        ),
        (
            "CREATE TABLE t WITH (partitioned_by = ARRAY['x']) AS SELECT 1 AS x",
            "INVALID_TABLE_PROPERTY: Table contains only partition columns",
        ),
        (
            "CREATE TABLE t WITH (partitioned_by = ARRAY['n']) AS SELECT 1 AS x, n FROM UNNEST(sequence(1, 101)) u(n)",
            "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions/buckets",
        ),
        ("CREATE TABLE t AS SELECT 1 / 0 AS x", "DIVISION_BY_ZERO"),
        ("INSERT INTO nope VALUES (1)", "TABLE_NOT_FOUND: line 1:13: Table 'awsdatacatalog.db.nope' does not exist"),
        ("INSERT INTO fx_daily VALUES (1)", "NOT_SUPPORTED: Inserting into views is not supported"),
        (
            "INSERT INTO narrow VALUES ('x')",
            "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: [integer], Query: [varchar(1)]",
        ),
        ("INSERT INTO narrow VALUES (1, 2)", "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types"),
        (
            "INSERT INTO narrow VALUES ARRAY[DECIMAL '1.25']",
            "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: [integer], Query: "
            "[array(decimal(3,2))]",
        ),
        (
            "INSERT INTO narrow SELECT 3000000000",
            "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for integer: 3000000000",
        ),
        ("INSERT INTO narrow SELECT 3e9", "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for integer: 3.0E9"),
        ("INSERT INTO narrow VALUES true", "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types"),
        ("INSERT INTO narrow_texts (v) VALUES 1", "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types"),
        ("INSERT INTO narrow_texts (a) VALUES ARRAY['abcdef']", "TYPE_MISMATCH: line 1:1: Insert query has mismatched"),
        ("INSERT INTO narrow (z) VALUES (1)", "COLUMN_NOT_FOUND: line 1:1: Insert column name does not exist"),
        ("INSERT INTO narrow (n, n) VALUES (1, 1)", "DUPLICATE_COLUMN_NAME: line 1:1: Insert column name is specified"),
        ("INSERT INTO odd VALUES ('x')", "NOT_SUPPORTED: A table with the SerDe 'org.example.Odd' cannot be written"),
        ("UPDATE narrow SET n = 1", "NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional"),
        ("DELETE FROM narrow", "NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional"),
        (
            "MERGE INTO narrow USING narrow AS m ON narrow.n = m.n WHEN MATCHED THEN DELETE",
            "NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional",
        ),
    ],
)
def test_a_write_that_is_refused_leaves_nothing(fx: Laptop, sql: str, reason: str) -> None:
    fx.table("narrow", {"n": "int"}, "s3://lake/narrow/")
    fx.table("narrow_texts", {"c": "char(4)", "v": "varchar(5)", "a": "array<varchar(5)>"}, "s3://lake/narrow/")
    fx.table("odd", {"x": "string"}, "s3://lake/odd/", serde="org.example.Odd")
    tables = dict(fx.glue.databases["db"])
    assert fx.reason(sql).startswith(reason)
    assert fx.glue.databases["db"] == tables
    assert objects(fx, "results") == []
    assert objects(fx, "lake/narrow") == []


@pytest.mark.parametrize("broken", ["put_object", "create_table", "batch_create_partition"])
def test_a_table_whose_making_breaks_leaves_nothing(fx: Laptop, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    service = fx.s3 if broken == "put_object" else fx.glue
    works = getattr(service, broken)

    def breaks(**request: Any) -> Any:
        calls.append(request)
        if broken == "put_object" and len(calls) < 3:
            return works(**request)
        raise failing("InternalFailure", broken)

    monkeypatch.setattr(service, broken, breaks)
    status = fx.execution(f"CREATE TABLE t WITH (partitioned_by = ARRAY['year']) AS {YEARS}")["Status"]
    assert status["State"] == "FAILED"
    assert "t" not in fx.glue.databases["db"]
    assert [
        path for path in objects(fx, "results") if "-manifest" not in path.name and "metadata" not in path.name
    ] == []


def test_an_insert_that_breaks_leaves_no_row(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    laptop.table("parts", {"n": "int"}, "s3://lake/parts/", keys={"day": "string"})
    laptop.rows("INSERT INTO parts VALUES (1, 'a')")
    before = objects(laptop, "lake/parts")
    works, calls = laptop.s3.put_object, 0

    def breaks(**request: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise failing("SlowDown", "PutObject")
        return works(**request)

    monkeypatch.setattr(laptop.s3, "put_object", breaks)
    reason = laptop.reason("INSERT INTO parts VALUES (2, 'a'), (3, 'b')")
    assert reason == "HIVE_WRITER_CLOSE_ERROR: Error committing write to Hive: SlowDown"
    assert objects(laptop, "lake/parts") == before
    assert laptop.rows("SELECT n FROM parts") == [["n"], ["1"]]


def test_a_write_that_is_stopped_leaves_nothing(laptop: Laptop) -> None:
    endless = "SELECT sum(sin(a.x * b.x + c.x)) AS s FROM {0} AS a(x), {0} AS b(x), {0} AS c(x)".format(
        "UNNEST(sequence(1, 2000))"
    )
    execution_id = laptop.start(f"CREATE TABLE t AS {endless}")
    laptop.athena.call("StopQueryExecution", {"QueryExecutionId": execution_id})
    status = laptop.wait(execution_id)["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    assert "t" not in laptop.glue.databases["db"]
    assert objects(laptop, "results") == []
    assert list((laptop.root.parent / "athena" / "spill").glob("*")) == []


def test_the_scan_limit_stops_a_write(fx: Laptop) -> None:
    limit = {"ConfigurationUpdates": {"BytesScannedCutoffPerQuery": 100}}
    fx.athena.call("UpdateWorkGroup", {"WorkGroup": "standpipe", **limit})
    status = fx.execution(f"CREATE TABLE t AS {YEARS}")["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert "t" not in fx.glue.databases["db"]
    assert objects(fx, "results") == []


ROWS = (
    "SELECT * FROM (VALUES "
    "(1, BIGINT '9007199254740993', 0.5e0, DECIMAL '1.50', 'a,b', true, DATE '2026-01-02', "
    "TIMESTAMP '2026-01-02 03:04:05.678'), "
    "(-2147483648, NULL, 1e300, DECIMAL '-7.25', 'it''s \"ünï\"', false, NULL, TIMESTAMP '1969-12-31 23:59:59.999'), "
    "(NULL, -1, NULL, NULL, NULL, NULL, DATE '0001-01-01', NULL)) "
    "AS t (i, b, d, m, s, t, day, at)"
)


@pytest.mark.parametrize("compression", ["NONE", "ZSTD"])
@pytest.mark.parametrize("stored", ["PARQUET", "ORC", "TEXTFILE", "JSON"])
def test_what_is_written_is_read_again(laptop: Laptop, stored: str, compression: str) -> None:
    expected = laptop.rows(f"{ROWS} ORDER BY i NULLS LAST")
    laptop.rows(f"CREATE TABLE made WITH (format = '{stored}', write_compression = '{compression}') AS {ROWS}")
    assert laptop.rows("SELECT * FROM made ORDER BY i NULLS LAST") == expected
    laptop.rows(f"INSERT INTO made {ROWS}")
    assert laptop.rows("SELECT count(*) AS n, count(DISTINCT s) AS s FROM made")[1:] == [["6", "2"]]


@pytest.mark.parametrize("stored", ["PARQUET", "ORC", "JSON"])
def test_nested_values_are_read_again(laptop: Laptop, stored: str) -> None:
    nested = (
        "SELECT ARRAY[1, NULL, 3] AS a, MAP(ARRAY['k', 'l'], ARRAY[1.5e0, NULL]) AS m, "
        "CAST(ROW(7, 'x') AS ROW(n integer, s varchar)) AS r"
    )
    laptop.rows(f"CREATE TABLE made WITH (format = '{stored}') AS {nested}")
    assert laptop.rows("SELECT a, m, r FROM made") == laptop.rows(nested)
