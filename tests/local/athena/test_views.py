"""Views whose tables have changed since, and views of other engines."""

import pytest

from tests.local.athena.laptop import Laptop

STALE = "VIEW_IS_STALE: line 1:15: View 'awsdatacatalog.db.v' is stale or in invalid state: "


def declared(laptop: Laptop, sql: str, **columns: str) -> None:
    """Create the view `v` as it is deployed: its columns are declared beside the query."""
    laptop.view("v", sql, [{"name": name, "type": kind} for name, kind in columns.items()])


def test_a_view_of_a_table_that_has_got_a_column_is_stale(laptop: Laptop) -> None:
    laptop.rows("CREATE TABLE base AS SELECT 1 AS a")
    laptop.rows("CREATE VIEW v AS SELECT * FROM base")
    assert laptop.rows("SELECT * FROM v") == [["a"], ["1"]]
    laptop.rows("ALTER TABLE base ADD COLUMNS (b string)")
    assert laptop.reason("SELECT * FROM v") == (
        f"{STALE}stored view column count (1) does not match column count derived from the view query analysis (2)"
    )
    laptop.rows("CREATE OR REPLACE VIEW v AS SELECT * FROM base")
    assert laptop.rows("SELECT * FROM v") == [["a", "b"], ["1", None]]


@pytest.mark.parametrize(
    ("sql", "column", "why"),
    [
        (
            "SELECT 'z' AS x",
            {"x": "integer"},
            "column [x] of type varchar(1) projected from query view at position 0 cannot be coerced to column [x] of "
            "type integer stored in view definition",
        ),
        (
            "SELECT 1 AS x",
            {"y": "integer"},
            "column [x] of type integer projected from query view at position 0 has a different name from column [y] "
            "of type integer stored in view definition",
        ),
        (
            "SELECT DATE '2026-01-02' AS x, 1.5e0 AS y",
            {"x": "date", "y": "decimal(10,2)"},
            "column [y] of type double projected from query view at position 1 cannot be coerced to column [y] of "
            "type decimal(10,2) stored in view definition",
        ),
    ],
)
def test_a_view_that_declares_other_columns_is_stale(
    laptop: Laptop, sql: str, column: dict[str, str], why: str
) -> None:
    declared(laptop, sql, **column)
    assert laptop.reason("SELECT * FROM v") == STALE + why


def test_a_view_has_the_types_that_it_declares(laptop: Laptop) -> None:
    declared(laptop, "SELECT 1 AS x, 'a' AS y, 1.5 AS z, NULL AS n", X="bigint", y="varchar", z="double", n="date")
    assert laptop.rows("SELECT typeof(x), typeof(y), typeof(z), typeof(n), x, z FROM v")[1:] == [
        ["bigint", "varchar", "double", "date", "1", "1.5"]
    ]


@pytest.mark.parametrize(
    "value",
    [
        "NULL",
        "ARRAY[NULL]",
        "INTERVAL '1' DAY",
        "INTERVAL '1' YEAR",
        "TIMESTAMP '2026-01-01 00:00 UTC'",
        "TIMESTAMP '2026-01-01 00:00:00.123456'",
        "JSON '{}'",
        "CAST('a' AS char(3))",
        "MAP(ARRAY['a'], ARRAY[ROW(1, 'x')])",
        'CAST(ROW(1, 2) AS ROW("A b" integer, "select" integer))',
    ],
)
def test_a_view_of_any_type_can_be_queried(laptop: Laptop, value: str) -> None:
    laptop.rows(f"CREATE VIEW v AS SELECT {value} AS x")
    assert laptop.rows("SELECT typeof(x), x FROM v")[1:] == laptop.rows(f"SELECT typeof({value}), {value}")[1:]


def test_a_view_that_declares_no_type_is_invalid(laptop: Laptop) -> None:
    declared(laptop, "SELECT 1 AS x", x="string")
    assert laptop.reason("SELECT * FROM v") == (
        "INVALID_VIEW: line 1:15: Unknown type 'string' for column 'x' in view: awsdatacatalog.db.v"
    )


def test_a_view_of_hive_is_listed_and_not_queried(laptop: Laptop) -> None:
    laptop.view("v", "SELECT 1 AS x")
    laptop.glue.databases["db"]["hives"] = {
        "Name": "hives",
        "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": "SELECT 1 AS x",
        "ViewExpandedText": "SELECT 1 AS x",
        "Parameters": {},
        "StorageDescriptor": {"Columns": [{"Name": "x", "Type": "int"}]},
    }
    assert laptop.rows("SHOW TABLES") == laptop.rows("SHOW VIEWS") == [["hives"], ["v"]]
    listed = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'db' ORDER BY 1"
    assert laptop.rows(listed)[1:] == [["hives", "VIEW"], ["v", "VIEW"]]
    assert laptop.reason("SELECT * FROM hives") == "NOT_SUPPORTED: line 1:15: Hive views are not supported: 'db.hives'"
    laptop.rows("DROP VIEW hives")
    assert laptop.rows("SHOW VIEWS") == [["v"]]
