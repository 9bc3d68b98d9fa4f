"""No two faces of a contract disagree."""

import pyarrow as pa
import pytest
import sqlglot
from hypothesis import given

from schemas import firehose, glue, views
from schemas.arrow import arrow_schema
from schemas.contract import Contract
from schemas.load import load_contracts
from tests.schemas.strategies import contracts

HIVE_TO_ARROW = {
    "string": pa.string(), "boolean": pa.bool_(), "int": pa.int32(), "bigint": pa.int64(),
    "double": pa.float64(), "date": pa.date32(), "timestamp": pa.timestamp("ns"),
}  # fmt: skip


@given(contracts())
def test_glue_columns_and_arrow_fields_are_the_same_in_the_same_order(contract: Contract) -> None:
    from_glue = pa.schema([(column.name, HIVE_TO_ARROW[column.type]) for column in glue.columns(contract)])
    assert from_glue.equals(arrow_schema(contract))


@given(contracts())
def test_decimals_land_as_text_and_are_decimals_in_views_and_when_curated(contract: Contract) -> None:
    values = {column.name: column.type for column in glue.value_columns(contract)}
    landed = {column.name: column.type for column in glue.columns(contract)}
    assert list(values) == list(landed)
    decimals = {column.name for column in contract.columns if column.type == "decimal"}
    assert {name for name in values if values[name] != landed[name]} == decimals
    assert {(landed[name], values[name]) for name in decimals} <= {("string", "decimal(20,3)")}
    for sql in (views.latest_view(contract), views.history_view(contract)):
        casts = sqlglot.parse_one(sql, read="trino").find_all(sqlglot.exp.Cast)
        assert {(cast.alias_or_name, cast.to.sql("trino")) for cast in casts} == {
            (name, "DECIMAL(20, 3)") for name in decimals
        }


@given(contracts())
def test_a_partition_key_is_never_inside_the_file(contract: Contract) -> None:
    inside = {column.name for column in glue.columns(contract)}
    assert inside.isdisjoint(key.name for key in glue.partition_keys(contract))


@given(contracts())
def test_the_prefix_writes_where_the_projection_reads(contract: Contract) -> None:
    prefix, parameters = firehose.prefix(contract), glue.projection(contract, "s3://lake")
    assert prefix.startswith(glue.location(contract))
    assert "!{timestamp:" in prefix
    for key in glue.partition_keys(contract):
        written = f"{glue.location(contract)}{key.name}=!{{partitionKeyFromLambda:{key.name}}}/"
        assert prefix.startswith(written)
        assert parameters["storage.location.template"] == "s3://lake/" + written.replace(
            f"!{{partitionKeyFromLambda:{key.name}}}", f"${{{key.name}}}"
        )
    assert bool(parameters) == bool(glue.partition_keys(contract))


@given(contracts())
def test_errors_never_lie_under_a_table(contract: Contract) -> None:
    assert not firehose.error_prefix(contract).startswith(glue.location(contract))
    assert "!{firehose:error-output-type}" in firehose.error_prefix(contract)


@given(contracts())
def test_both_views_are_trino_and_give_the_same_columns(contract: Contract) -> None:
    expected = [column.name for column in views.view_columns(contract)]
    for sql in (views.latest_view(contract), views.history_view(contract)):
        assert sqlglot.parse_one(sql, read="trino").named_selects == expected


@given(contracts())
def test_the_view_has_one_row_of_a_key_and_is_pruned_where_the_key_implies_the_partition(contract: Contract) -> None:
    (window,) = sqlglot.parse_one(views.latest_view(contract), read="trino").find_all(sqlglot.exp.Window)
    implied = contract.partition is not None and contract.partition.by in contract.key
    within = [key.name for key in glue.partition_keys(contract)] if implied else []
    assert [column.name for column in window.args["partition_by"]] == [*contract.key, *within]
    assert ("curation.moves" in glue.curation(contract)) is (contract.partition is not None and not implied)


def test_the_reconciliation_view_counts_every_dataset_that_is_loaded() -> None:
    found = load_contracts()
    sql = views.reconciliation_view(found.values())
    assert sqlglot.parse_one(sql, read="trino").named_selects == [c.name for c in views.RECONCILIATION_COLUMNS]
    counted = {name for name in found if f"'{name}' AS dataset" in sql}
    assert counted == set(found) - {"quarantine", "loads"}


@pytest.mark.parametrize("name", sorted(load_contracts()))
def test_every_shipped_column_and_dataset_is_described(name: str) -> None:
    contract = load_contracts()[name]
    assert contract.description.endswith(".")
    assert [column.name for column in contract.all_columns if not column.description.endswith(".")] == []
