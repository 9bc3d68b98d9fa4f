"""The operations around queries."""

from collections.abc import Callable

import pytest

from local.protocol import AwsError
from tests.local.athena.laptop import Laptop

NUMBERS = "UNNEST(sequence(1, 3000000))"
ENDLESS = f"SELECT count(*) FROM {NUMBERS} AS a(x) JOIN {NUMBERS} AS b(y) ON x + y < 0"


def test_a_request_token_starts_one_query(laptop: Laptop) -> None:
    first = laptop.start("SELECT 1", ClientRequestToken="token-of-thirty-two-characters-00")
    assert laptop.start("SELECT 1", ClientRequestToken="token-of-thirty-two-characters-00") == first
    assert laptop.start("SELECT 1", ClientRequestToken="token-of-thirty-two-characters-01") != first


def test_executions_are_listed_newest_first_and_by_workgroup(laptop: Laptop) -> None:
    ids = [laptop.execution(f"SELECT {number}")["QueryExecutionId"] for number in range(3)]
    first = laptop.athena.call("ListQueryExecutions", {"WorkGroup": "standpipe", "MaxResults": 2})
    assert first["QueryExecutionIds"] == [ids[2], ids[1]]
    rest = laptop.athena.call("ListQueryExecutions", {"WorkGroup": "standpipe", "NextToken": first["NextToken"]})
    assert rest == {"QueryExecutionIds": [ids[0]]}
    assert laptop.athena.call("ListQueryExecutions", {}) == {"QueryExecutionIds": []}
    batch = laptop.athena.call("BatchGetQueryExecution", {"QueryExecutionIds": [ids[0], "x"]})
    assert [each["QueryExecutionId"] for each in batch["QueryExecutions"]] == [ids[0]]
    assert batch["UnprocessedQueryExecutionIds"][0]["QueryExecutionId"] == "x"


@pytest.mark.parametrize("token", ["abc", "-1", "5", "1e3", "9" * 30])
def test_a_next_token_that_was_not_given_is_refused(laptop: Laptop, token: str) -> None:
    asked = {"QueryExecutionId": laptop.execution("SELECT 'something'")["QueryExecutionId"], "NextToken": token}
    with pytest.raises(AwsError, match="was not returned by GetQueryResults"):
        laptop.athena.call("GetQueryResults", asked)
    if not token.isdigit() or len(token) > 1:
        with pytest.raises(AwsError, match="was not returned by ListQueryExecutions"):
            laptop.athena.call("ListQueryExecutions", {"WorkGroup": "standpipe", "NextToken": token})


def test_a_stopped_query_is_cancelled(laptop: Laptop) -> None:
    execution_id = laptop.start(ENDLESS)
    laptop.athena.call("StopQueryExecution", {"QueryExecutionId": execution_id})
    status = laptop.wait(execution_id)["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")


def test_closing_cancels_what_runs(laptop: Laptop) -> None:
    execution_id = laptop.start(ENDLESS)
    laptop.athena.close()
    assert laptop.wait(execution_id)["Status"]["State"] == "CANCELLED"


def test_a_workgroup_s_place_for_results_is_enforced(laptop: Laptop) -> None:
    theirs = {"ResultConfiguration": {"OutputLocation": "s3://lake/mine/"}}
    output = laptop.execution("SELECT 1", **theirs)["ResultConfiguration"]["OutputLocation"]
    assert output.startswith("s3://results/")
    primary = laptop.execution("SELECT 1", WorkGroup="primary", **theirs)["ResultConfiguration"]["OutputLocation"]
    assert primary.startswith("s3://lake/mine/")
    updates = {"EnforceWorkGroupConfiguration": False}
    laptop.athena.call("UpdateWorkGroup", {"WorkGroup": "standpipe", "ConfigurationUpdates": updates})
    assert laptop.execution("SELECT 1", **theirs)["ResultConfiguration"]["OutputLocation"].startswith("s3://lake/mine/")


def test_the_scan_limit_is_removed_when_asked(laptop: Laptop) -> None:
    def limit(**updates: object) -> object:
        laptop.athena.call("UpdateWorkGroup", {"WorkGroup": "standpipe", "ConfigurationUpdates": updates})
        group = laptop.athena.call("GetWorkGroup", {"WorkGroup": "standpipe"})["WorkGroup"]
        return group["Configuration"].get("BytesScannedCutoffPerQuery")

    assert limit(BytesScannedCutoffPerQuery=10_000_000) == 10_000_000
    assert limit(RemoveBytesScannedCutoffPerQuery=False) == 10_000_000
    assert limit(RemoveBytesScannedCutoffPerQuery=True) is None


def test_workgroups_are_kept(make_athena: Callable[[], Laptop], laptop: Laptop) -> None:
    group = laptop.athena.call("GetWorkGroup", {"WorkGroup": "standpipe"})["WorkGroup"]
    assert group["Configuration"]["EnforceWorkGroupConfiguration"] is True
    assert group["Configuration"]["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    again = make_athena().athena
    assert again.call("GetWorkGroup", {"WorkGroup": "standpipe"})["WorkGroup"] == group
    assert [each["Name"] for each in again.call("ListWorkGroups", {})["WorkGroups"]] == ["primary", "standpipe"]
    again.call("DeleteWorkGroup", {"WorkGroup": "standpipe"})
    assert [each["Name"] for each in again.call("ListWorkGroups", {})["WorkGroups"]] == ["primary"]


def test_the_catalogue_in_athena_s_shapes(fx: Laptop) -> None:
    call = fx.athena.call
    assert call("ListDatabases", {"CatalogName": "AwsDataCatalog"})["DatabaseList"] == [{"Name": "db"}]
    assert call("GetDatabase", {"CatalogName": "AwsDataCatalog", "DatabaseName": "db"}) == {"Database": {"Name": "db"}}
    asked = {"CatalogName": "AwsDataCatalog", "DatabaseName": "db"}
    names = [table["Name"] for table in call("ListTableMetadata", asked)["TableMetadataList"]]
    assert names == ["fx_daily_landing", "fx_daily"]
    table = call("GetTableMetadata", {**asked, "TableName": "FX_daily_landing"})["TableMetadata"]
    assert table["PartitionKeys"] == [{"Name": "year", "Type": "int"}]
    assert table["Parameters"]["location"] == "s3://lake/landing/fx_daily/"
    assert call("ListDataCatalogs", {})["DataCatalogsSummary"][0]["CatalogName"] == "AwsDataCatalog"


def test_named_queries_and_prepared_statements_are_kept(laptop: Laptop) -> None:
    call = laptop.athena.call
    query = {"Name": "one", "Database": "db", "QueryString": "SELECT 1", "WorkGroup": "standpipe"}
    made = call("CreateNamedQuery", query)
    assert call("GetNamedQuery", made)["NamedQuery"] == {**query, **made}
    assert call("ListNamedQueries", {"WorkGroup": "standpipe"}) == {"NamedQueryIds": [made["NamedQueryId"]]}
    call("DeleteNamedQuery", made)
    assert call("ListNamedQueries", {"WorkGroup": "standpipe"}) == {"NamedQueryIds": []}
    statement = {"StatementName": "two", "WorkGroup": "standpipe", "QueryStatement": "SELECT ?"}
    call("CreatePreparedStatement", statement)
    asked = {"StatementName": "two", "WorkGroup": "standpipe"}
    assert call("GetPreparedStatement", asked)["PreparedStatement"]["QueryStatement"] == "SELECT ?"
    assert call("ListPreparedStatements", {"WorkGroup": "standpipe"})["PreparedStatements"][0]["StatementName"] == "two"
    call("DeletePreparedStatement", asked)
    assert call("ListPreparedStatements", {"WorkGroup": "standpipe"}) == {"PreparedStatements": []}
