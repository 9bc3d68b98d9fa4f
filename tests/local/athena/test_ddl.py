"""Statements that change the catalogue alone."""

from typing import Any

import pytest

from tests.local.athena.laptop import PARQUET, RATE_COLUMNS, Laptop, rates

DDL = """
CREATE EXTERNAL TABLE IF NOT EXISTS `db`.`orders` (
  id int COMMENT 'the key',
  `lines` array<struct<sku:string, n:int>>,
  price decimal(10,2))
COMMENT 'what was ordered'
PARTITIONED BY (day date)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n'
STORED AS TEXTFILE
LOCATION 's3://lake/orders/'
TBLPROPERTIES ('skip.header.line.count' = '1');
"""


def table(laptop: Laptop, name: str) -> dict[str, Any]:
    return laptop.glue.databases["db"][name]


def test_an_external_table_is_made(laptop: Laptop) -> None:
    execution = laptop.execution(DDL)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DDL", "CREATE_TABLE")
    assert execution["ResultConfiguration"]["OutputLocation"].endswith(".txt")
    made = table(laptop, "orders")
    created = made["Parameters"].pop("transient_lastDdlTime")
    assert created.isdigit()
    assert made == {
        "Name": "orders",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": "day", "Type": "date"}],
        "Parameters": {"EXTERNAL": "TRUE", "comment": "what was ordered", "skip.header.line.count": "1"},
        "StorageDescriptor": {
            "Columns": [
                {"Name": "id", "Type": "int", "Comment": "the key"},
                {"Name": "lines", "Type": "array<struct<sku:string,n:int>>"},
                {"Name": "price", "Type": "decimal(10,2)"},
            ],
            "Location": "s3://lake/orders",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                "Parameters": {
                    "field.delim": ",",
                    "escape.delim": "\\",
                    "line.delim": "\n",
                    "serialization.format": ",",
                },
            },
        },
    }
    laptop.rows(DDL)


def test_what_show_create_table_says_makes_the_same_table(laptop: Laptop) -> None:
    laptop.rows(DDL)
    lines = [str(row[0]) for row in laptop.rows("SHOW CREATE TABLE orders")]
    assert lines[:3] == ["CREATE EXTERNAL TABLE `db.orders`(", "  `id` int COMMENT 'the key', ", lines[2]]
    first = table(laptop, "orders")
    laptop.rows("DROP TABLE orders")
    laptop.rows("\n".join(lines).replace("`db.orders`", "orders"))
    assert table(laptop, "orders") == first


@pytest.mark.parametrize(
    ("stored", "serde", "input_format"),
    [
        ("STORED AS PARQUET", PARQUET, "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"),
        (
            "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' WITH SERDEPROPERTIES ('case.insensitive' = 'true')",
            "org.openx.data.jsonserde.JsonSerDe",
            "org.apache.hadoop.mapred.TextInputFormat",
        ),
        ("ROW FORMAT SERDE 's' STORED AS INPUTFORMAT 'in' OUTPUTFORMAT 'out'", "s", "in"),
        (
            "STORED AS ORC",
            "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
            "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        ),
    ],
)
def test_how_a_table_is_stored(laptop: Laptop, stored: str, serde: str, input_format: str) -> None:
    laptop.rows(f"CREATE EXTERNAL TABLE t (x string) {stored} LOCATION 's3://lake/t/'")
    storage = table(laptop, "t")["StorageDescriptor"]
    assert (storage["SerdeInfo"]["SerializationLibrary"], storage["InputFormat"]) == (serde, input_format)


@pytest.mark.parametrize(
    "kind",
    [
        "text",
        "datetime",
        "number",
        "bool",
        "real",
        "long",
        "nvarchar(10)",
        "numeric(5,2)",
        "varbinary",
        "json",
        "array(int)",
        "timestamp(3)",
        "int(4)",
        "varchar",
        "char",
        "array<text>",
        "struct<a:int,b:map<string,json>>",
        "decimal(10,2,1)",
    ],
)
def test_a_type_that_hive_has_not_is_refused(laptop: Laptop, kind: str) -> None:
    made = f"CREATE EXTERNAL TABLE t (x {kind}) LOCATION 's3://lake/t/'"
    added = f"ALTER TABLE known ADD COLUMNS (x {kind})"
    laptop.rows("CREATE EXTERNAL TABLE known (a int) LOCATION 's3://lake/t/'")
    for sql in (made, added):
        assert laptop.reason(sql).startswith("FAILED: ParseException line 1:1 cannot recognize input near '")
    assert list(laptop.glue.databases["db"]) == ["known"]
    assert len(table(laptop, "known")["StorageDescriptor"]["Columns"]) == 1


@pytest.mark.parametrize("constraint", ["NOT NULL", "PRIMARY KEY", "DEFAULT 'x'", "NOT NULL COMMENT 'c'"])
def test_a_column_has_no_constraints(laptop: Laptop, constraint: str) -> None:
    reason = laptop.reason(f"CREATE EXTERNAL TABLE t (x string {constraint}) LOCATION 's3://lake/t/'")
    assert reason.startswith("FAILED: ParseException line 1:1 mismatched input '")


def test_every_type_of_hive_is_kept(laptop: Laptop) -> None:
    kinds = ["boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "binary", "date"]
    kinds += ["timestamp", "decimal(15)", "decimal(11,5)", "char(10)", "varchar(65535)", "array<array<int>>"]
    kinds += ["map<string,array<date>>", "struct<a:struct<b:char(2)>,c:decimal(3,1)>"]
    columns = ", ".join(f"c{index} {kind.upper()}" for index, kind in enumerate(kinds))
    laptop.rows(f"CREATE EXTERNAL TABLE t ({columns}, i integer, d decimal) LOCATION 's3://lake/t/'")
    made = [each["Type"] for each in table(laptop, "t")["StorageDescriptor"]["Columns"]]
    assert made == [*kinds, "int", "decimal"]


def test_what_text_stands_for_null_is_declared(laptop: Laptop) -> None:
    laptop.rows(
        "CREATE EXTERNAL TABLE t (a string, n int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
        "LINES TERMINATED BY '\\n' NULL DEFINED AS 'NA' STORED AS TEXTFILE LOCATION 's3://lake/t/'"
    )
    path = laptop.root / "lake/t/x"
    path.parent.mkdir()
    path.write_text("NA,1\nN,NA\n")
    assert laptop.rows("SELECT a, n FROM t")[1:] == [[None, "1"], ["N", None]]


def test_a_table_s_serde_and_comment_are_shown(laptop: Laptop) -> None:
    laptop.rows(
        "CREATE EXTERNAL TABLE t (x int) COMMENT 'two\n lines' ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
        "WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true') LOCATION 's3://lake/t/'"
    )
    asked = {"CatalogName": "AwsDataCatalog", "DatabaseName": "db", "TableName": "t"}
    parameters = laptop.athena.call("GetTableMetadata", asked)["TableMetadata"]["Parameters"]
    assert parameters["comment"] == "two lines"
    assert parameters["serde.param.ignore.malformed.json"] == "true"
    assert parameters["serde.serialization.lib"] == "org.openx.data.jsonserde.JsonSerDe"


def test_a_parquet_table_made_by_ddl_is_read(laptop: Laptop) -> None:
    columns = ", ".join(f"`{name}` {kind}" for name, kind in RATE_COLUMNS.items())
    laptop.rows(f"CREATE EXTERNAL TABLE t ({columns}) STORED AS PARQUET LOCATION 's3://lake/t/'")
    laptop.put("s3://lake/t/one.parquet", rates(2026, 1.0))
    assert laptop.rows("SELECT count(*) AS n, max(close) AS c FROM t")[1:] == [["3", "1.5"]]


def test_databases(laptop: Laptop) -> None:
    laptop.rows("CREATE DATABASE IF NOT EXISTS new COMMENT 'c' LOCATION 's3://lake/new/' WITH DBPROPERTIES ('a'='b')")
    laptop.rows("CREATE SCHEMA IF NOT EXISTS new")
    assert laptop.rows("SHOW DATABASES LIKE 'n*'") == [["new"]]
    laptop.rows("CREATE EXTERNAL TABLE new.t (x int) STORED AS PARQUET LOCATION 's3://lake/t/'")
    assert "Database new is not empty" in laptop.reason("DROP DATABASE new")
    laptop.rows("DROP DATABASE new CASCADE")
    laptop.rows("DROP SCHEMA IF EXISTS new")
    assert laptop.rows("SHOW DATABASES") == [["db"]]


def test_partitions_are_added_and_dropped(laptop: Laptop) -> None:
    laptop.table("p", RATE_COLUMNS, "s3://lake/p/", keys={"year": "int", "place": "string"})
    laptop.put("s3://lake/p/year=2025/place=a/x.parquet", rates(2025, 1.0))
    laptop.put("s3://lake/elsewhere/x.parquet", rates(2026, 1.0))
    laptop.rows(
        "ALTER TABLE p ADD IF NOT EXISTS PARTITION (year=2025, place='a') "
        "PARTITION (`year`='2026', `place`='b') LOCATION 's3://lake/elsewhere/'"
    )
    laptop.rows("ALTER TABLE p ADD IF NOT EXISTS PARTITION (year=2025, place='a')")
    assert laptop.rows("SHOW PARTITIONS p") == [["year=2025/place=a"], ["year=2026/place=b"]]
    assert laptop.rows("SELECT year, count(*) AS n FROM p GROUP BY year ORDER BY year")[1:] == [
        ["2025", "3"],
        ["2026", "3"],
    ]
    assert "AlreadyExistsException" in laptop.reason("ALTER TABLE p ADD PARTITION (year=2025, place='a')")
    assert "must name all partition columns" in laptop.reason("ALTER TABLE p ADD PARTITION (year=2025)")
    assert "contains non-partition columns" in laptop.reason("ALTER TABLE p ADD PARTITION (month=1)")
    laptop.rows("ALTER TABLE p PARTITION (year=2025, place='a') SET LOCATION 's3://lake/nothing/'")
    assert laptop.rows("SELECT count(*) AS n FROM p") == [["n"], ["3"]]
    laptop.rows("ALTER TABLE p PARTITION (year=2025, place='a') RENAME TO PARTITION (year=2025, place='z')")
    assert laptop.rows("SHOW PARTITIONS p") == [["year=2025/place=z"], ["year=2026/place=b"]]
    laptop.rows("ALTER TABLE p DROP PARTITION (year=2025)")
    assert laptop.rows("SHOW PARTITIONS p") == [["year=2026/place=b"]]
    assert "Partition not found (year = 1999)" in laptop.reason("ALTER TABLE p DROP PARTITION (year=1999)")
    laptop.rows("ALTER TABLE p DROP IF EXISTS PARTITION (year=1999), PARTITION (year=2026, place='b')")
    assert laptop.rows("SHOW PARTITIONS p") == []


def test_partitions_are_found_below_the_location(laptop: Laptop) -> None:
    laptop.table("p", RATE_COLUMNS, "s3://lake/p", keys={"year": "int", "place": "string"})
    for folder in ("year=2025/place=a%2Fb", "year=2026/place=c", "year=2026", "other=1/place=x", "_tmp/place=x"):
        laptop.put(f"s3://lake/p/{folder}/x.parquet", rates(2025, 1.0))
    laptop.rows("ALTER TABLE p ADD PARTITION (year=2026, place='c')")
    execution = laptop.execution("MSCK REPAIR TABLE `p`;")
    assert execution["SubstatementType"] == "MSCK_REPAIR_TABLE"
    output = laptop.root / execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://")
    assert output.read_text().splitlines() == [
        "Partitions not in metastore:\tp:year=2025/place=a%2Fb",
        "Repair: Added partition to metastore p:year=2025/place=a%2Fb",
    ]
    assert laptop.rows("SELECT DISTINCT place FROM p ORDER BY 1")[1:] == [["a/b"], ["c"]]
    assert laptop.rows("MSCK REPAIR TABLE p") == []


def test_a_table_is_changed(laptop: Laptop) -> None:
    laptop.table("t", {"a": "int"}, "s3://lake/t/", keys={"year": "int"})
    laptop.rows("ALTER TABLE t ADD COLUMNS (b string COMMENT 'second', c array<int>)")
    assert table(laptop, "t")["StorageDescriptor"]["Columns"][1:] == [
        {"Name": "b", "Type": "string", "Comment": "second"},
        {"Name": "c", "Type": "array<int>"},
    ]
    assert "Duplicate column name: year" in laptop.reason("ALTER TABLE t ADD COLUMNS (year int)")
    laptop.rows("ALTER TABLE t SET TBLPROPERTIES ('classification' = 'parquet')")
    assert laptop.rows("SHOW TBLPROPERTIES t") == [["classification", "parquet"]]
    assert laptop.rows("SHOW TBLPROPERTIES t('nope')") == [["nope", "Table t does not have property: nope"]]
    laptop.rows("ALTER TABLE t SET LOCATION 's3://lake/u/'")
    assert table(laptop, "t")["StorageDescriptor"]["Location"] == "s3://lake/u"
    laptop.rows("ALTER TABLE t REPLACE COLUMNS (z bigint)")
    assert [row[0].strip() for row in laptop.rows("SHOW COLUMNS FROM t IN db") if row[0]] == ["z", "year"]


def test_a_table_is_described(laptop: Laptop) -> None:
    laptop.rows(DDL)
    lines = [str(row[0]) for row in laptop.rows("DESCRIBE orders")]
    assert [cell.strip() for cell in lines[0].split("\t")] == ["id", "int", "the key"]
    assert "# Partition Information" in {line.split("\t")[0].strip() for line in lines}
    formatted = [
        [cell.strip() for cell in str(row[0]).split("\t")] for row in laptop.rows("DESCRIBE FORMATTED db.orders")
    ]
    assert ["Location:", "s3://lake/orders", ""] in formatted
    assert ["", "skip.header.line.count", "1"] in formatted


def test_a_plan_is_explained(fx: Laptop) -> None:
    execution = fx.execution("EXPLAIN SELECT count(*) FROM fx_daily WHERE year = 2011")
    assert (execution["StatementType"], execution["SubstatementType"]) == ("UTILITY", "EXPLAIN")
    assert len(fx.rows("EXPLAIN ANALYZE SELECT count(*) FROM fx_daily")) > 3
    assert fx.rows("EXPLAIN (TYPE VALIDATE) SELECT 1") == [["true"]]
    assert fx.rows("EXPLAIN INSERT INTO fx_daily_landing SELECT * FROM fx_daily_landing")
    assert fx.reason("EXPLAIN SELECT nope FROM fx_daily").startswith("COLUMN_NOT_FOUND: line 1:16")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE EXTERNAL TABLE fx_daily (x int) LOCATION 's3://lake/x/'", "FAILED: Execution Error, return code 1"),
        ("CREATE EXTERNAL TABLE t (x int) STORED AS PARQUET", "FAILED: SemanticException No location was specified"),
        ("CREATE TABLE t (x int) LOCATION 's3://lake/x/'", "FAILED: SemanticException Only external table creation is"),
        (
            "CREATE EXTERNAL TABLE no.t (x int) LOCATION 's3://lake/x/'",
            "FAILED: SemanticException [Error 10072]: Datab",
        ),
        (
            "CREATE TABLE t (x int) LOCATION 's3://lake/x/' TBLPROPERTIES ('table_type' = 'ICEBERG')",
            "NOT_SUPPORTED: Iceberg tables are not supported here",
        ),
        (
            "CREATE EXTERNAL TABLE t (a int, A string) LOCATION 's3://lake/x/'",
            "FAILED: SemanticException [Error 10036]: Duplicate column name: a",
        ),
        (
            "CREATE EXTERNAL TABLE t (a int) PARTITIONED BY (a string) LOCATION 's3://lake/x/'",
            "FAILED: SemanticException [Error 10035]: Column repeated in partitioning columns",
        ),
        ("CREATE VIEW v AS SELECT 1", "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1"),
        ("CREATE VIEW v AS SELECT 1 a, 2 A", "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'a' specified more"),
        ("CREATE DATABASE db", "FAILED: Execution Error, return code 1"),
        ("DROP DATABASE nope", "FAILED: SemanticException [Error 10072]: Database does not exist: nope"),
        ("DROP TABLE nope", "FAILED: SemanticException [Error 10001]: Table not found db.nope"),
        ("DROP TABLE fx_daily", "FAILED: SemanticException [Error 10052]: Cannot drop a view with DROP TABLE"),
        ("DROP VIEW fx_daily_landing", "TABLE_NOT_FOUND: line 1:11: 'awsdatacatalog.db.fx_daily_landing' is a table"),
        ("MSCK REPAIR TABLE nope", "FAILED: SemanticException [Error 10001]: Table not found db.nope"),
        ("ALTER TABLE fx_daily ADD COLUMNS (x int)", "FAILED: SemanticException [Error 10131]: db.fx_daily is a view"),
        ("ALTER TABLE fx_daily_landing RENAME TO other", "NOT_SUPPORTED: ALTER TABLE takes ADD, DROP or RENAME"),
        ("SHOW PARTITIONS flat", "FAILED: SemanticException [Error 10241]: Table flat is not a partitioned table"),
        ("SHOW CREATE TABLE fx_daily", "NOT_SUPPORTED: fx_daily is a view"),
        ("SHOW CREATE VIEW fx_daily_landing", "NOT_SUPPORTED: line 1:1: Relation 'db.fx_daily_landing' is a table"),
        ("EXPLAIN (FORMAT JSON) SELECT 1", "NOT_SUPPORTED: EXPLAIN takes a query"),
        ("DESCRIBE fx_daily_landing base", "NOT_SUPPORTED: line 1:1: DESCRIBE of a column is not supported here"),
        ("DESCRIBE FORMATTED fx_daily_landing base.x", "NOT_SUPPORTED: line 1:1: DESCRIBE of a column"),
        ("DESCRIBE fx_daily_landing PARTITION (year=2010)", "NOT_SUPPORTED: line 1:1: DESCRIBE of a partition"),
        ("DEALLOCATE PREPARE nope", "NOT_FOUND: Prepared statement nope not found in workgroup standpipe"),
    ],
)
def test_a_change_that_is_refused(fx: Laptop, sql: str, reason: str) -> None:
    fx.table("flat", {"x": "int"}, "s3://lake/flat/")
    tables = dict(fx.glue.databases["db"])
    assert fx.reason(sql).startswith(reason)
    assert fx.glue.databases["db"] == tables
