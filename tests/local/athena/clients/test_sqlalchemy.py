"""The SQLAlchemy examples of PyAthena's documentation. https://pyathena.dev/sqlalchemy.html"""

from typing import Any

import boto3
import pandas as pd
import pytest
from sqlalchemy import Column, Engine, create_engine, func, insert, inspect, select, text, types
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.schema import MetaData, Table

from tests.local.athena.clients.conftest import BUCKET, MANY, REGION, STAGING

pytestmark = pytest.mark.usefixtures("endpoint")


def engine(driver: str = "rest", schema: str = "default", **more: str) -> Engine:
    options = "".join(f"&{name}={value}" for name, value in more.items())
    return create_engine(
        f"awsathena+{driver}://:@athena.{REGION}.amazonaws.com:443/{schema}?s3_staging_dir={STAGING}{options}"
    )


def test_sqlalchemy_select() -> None:
    with engine().connect() as connection:
        many_rows = Table("many_rows", MetaData(), autoload_with=connection)
        assert connection.execute(select(func.count()).select_from(many_rows)).scalar() == MANY


@pytest.mark.usefixtures("arrow_endpoint")
@pytest.mark.parametrize("driver", ["rest", "pandas", "arrow", "s3fs"])
def test_sqlalchemy_drivers(driver: str) -> None:
    with engine(driver).connect() as connection:
        assert connection.execute(text("SELECT * FROM one_row")).fetchall() == [(1,)]


def test_sqlalchemy_tables_are_inspected() -> None:
    found = inspect(engine())
    assert {"many_rows", "one_row", "one_row_complex"} <= set(found.get_table_names())
    assert "your_schema" in found.get_schema_names()
    kinds: dict[str, Any] = {column["name"]: column["type"] for column in found.get_columns("one_row_complex")}
    assert isinstance(kinds["col_int"], types.INTEGER)
    assert isinstance(kinds["col_timestamp"], types.TIMESTAMP)
    with engine().connect() as connection, pytest.raises(NoSuchTableError):
        Table("this_does_not_exist", MetaData(), autoload_with=connection)


def test_sqlalchemy_table_options() -> None:
    location = f"s3://{BUCKET}/some_table/"
    projection = {
        "projection.enabled": "true",
        "projection.dt.type": "date",
        "projection.dt.range": "2026-01-01,2026-12-31",
        "projection.dt.format": "yyyy-MM-dd",
    }
    some_table = Table(
        "some_table",
        MetaData(schema="default"),
        Column("a", types.INTEGER, comment="the first"),
        Column("dt", types.String, awsathena_partition=True),
        awsathena_location=location,
        awsathena_file_format="PARQUET",
        awsathena_compression="SNAPPY",
        awsathena_tblproperties=projection,
    )
    with engine().connect() as connection:
        some_table.create(connection)
        connection.execute(insert(some_table).values(a=7, dt="2026-02-01"))
        assert connection.execute(select(some_table)).fetchall() == [(7, "2026-02-01")]
        reflected = Table("some_table", MetaData(schema="default"), autoload_with=connection)
        assert reflected.c.a.comment == "the first"
        assert reflected.c.dt.dialect_options["awsathena"]["partition"] is True
        options = reflected.dialect_options["awsathena"]
        assert options["location"] == location.rstrip("/")
        assert projection.items() <= options["tblproperties"].items()
        some_table.drop(connection)
    assert "some_table" not in inspect(engine()).get_table_names()


def test_sqlalchemy_view_definition() -> None:
    with engine().connect() as connection:
        connection.execute(text("CREATE OR REPLACE VIEW view_one_row AS SELECT number_of_rows FROM one_row"))
        found = inspect(connection)
        assert found.get_view_names() == ["view_one_row"]
        assert found.get_view_definition("view_one_row").startswith("CREATE VIEW default.view_one_row AS\nSELECT")
        connection.execute(text("DROP VIEW view_one_row"))


@pytest.mark.parametrize("more", [{}, {"compression": "snappy", "file_format": "parquet"}], ids=["text", "parquet"])
def test_pandas_to_sql_by_sqlalchemy(more: dict[str, str]) -> None:
    stored = {"location": f"s3://{BUCKET}/to_sql_by_sqlalchemy/", **more}
    df = pd.DataFrame({"a": [1, 2, 3, 4, 5]})
    table = f"your_table_{len(more)}"
    df.to_sql(table, engine(**stored), schema="your_schema", index=False, if_exists="replace", method="multi")
    with engine(schema="your_schema").connect() as connection:
        assert connection.execute(text("SELECT sum(a) FROM " + table)).scalar() == 15
    location = boto3.client("glue").get_table(DatabaseName="your_schema", Name=table)["Table"]
    assert location["StorageDescriptor"]["Location"].endswith(f"/{table}")
