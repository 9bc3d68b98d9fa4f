"""The crawler, analytics, dashboards."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdk.app import build_app
from cdk.config import environment
from cdk.layers.archives import empty_layers
from cdk.pipeline import plan
from cdk.views import QUERIES, all_views
from schemas.load import load_contracts
from tests.cdk.conftest import Templates, as_list, flat

PRINCIPAL = "arn:aws:quicksight:eu-west-1:111122223333:group/default/analysts"


def test_the_crawler_reads_ad_hoc_files_and_is_started_by_hand(dev: Templates) -> None:
    (crawler,) = dev.resources("AWS::Glue::Crawler").values()
    (target,) = crawler["Targets"]["S3Targets"]
    assert flat(target["Path"]).endswith("/drop/adhoc/")
    assert crawler["Name"] == environment("dev").ad_hoc_crawler
    assert crawler["TablePrefix"] == "adhoc_"
    assert crawler["SchemaChangePolicy"]["DeleteBehavior"] == "LOG"
    assert crawler["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert "Schedule" not in crawler


def test_ad_hoc_tables_lie_below_the_adhoc_folder_and_give_their_partitions_their_columns(dev: Templates) -> None:
    (crawler,) = dev.resources("AWS::Glue::Crawler").values()
    configuration = json.loads(crawler["Configuration"])
    path = flat(crawler["Targets"]["S3Targets"][0]["Path"])
    assert configuration["Grouping"]["TableLevelConfiguration"] == len(path.removeprefix("s3://").split("/"))
    assert configuration["CrawlerOutput"]["Partitions"]["AddOrUpdateBehavior"] == "InheritFromTable"


def test_csv_has_a_header_whatever_its_delimiter_and_commas_are_tried_last(dev: Templates) -> None:
    (crawler,) = dev.resources("AWS::Glue::Crawler").values()
    classifiers = dev.resources("AWS::Glue::Classifier")
    ids = {name.rpartition("/")[2]: each["CsvClassifier"] for name, each in classifiers.items()}
    used = [ids[each["Ref"]] for each in crawler["Classifiers"]]
    assert [each["Delimiter"] for each in used] == ["\t", ";", ","]
    assert {each["ContainsHeader"] for each in used} == {"PRESENT"}


def test_the_crawler_reads_only_what_it_crawls_and_writes_only_its_own_tables(dev: Templates) -> None:
    roles = dev.resources("AWS::IAM::Role")
    (role,) = [each for name, each in roles.items() if "AdHoc" in name]
    (policy,) = role["Policies"]
    granted = {
        action: [flat(each) for each in statement["Resource"]] if isinstance(statement["Resource"], list)
        else [flat(statement["Resource"])]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }  # fmt: skip
    assert [each for each in granted["s3:GetObject"] if not each.endswith("/drop/adhoc/*")] == []
    tables = [each for each in granted["glue:UpdateTable"] if ":table/" in each]
    assert [each for each in tables if not each.endswith("/adhoc_*")] == []
    assert not {"glue:DeleteTable", "s3:PutObject", "s3:DeleteObject"} & set(granted)


def test_the_workgroup_stops_large_queries_and_nobody_can_get_round_it(dev: Templates) -> None:
    (workgroup,) = dev.resources("AWS::Athena::WorkGroup").values()
    settings = workgroup["WorkGroupConfiguration"]
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["BytesScannedCutoffPerQuery"] == 5 * 1024**3
    results = settings["ResultConfiguration"]
    assert results["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}
    assert flat(results["OutputLocation"]).startswith("s3://standpipe-dev-results-")


def test_a_workgroup_that_was_used_can_be_deleted_with_its_stack(dev: Templates, prod: Templates) -> None:
    """Athena deletes a workgroup with a query history only if it is told to."""
    for templates in (dev, prod):
        (workgroup,) = templates.resources("AWS::Athena::WorkGroup").values()
        assert workgroup["RecursiveDeleteOption"] is True


def test_query_files_and_each_dataset_at_a_moment_are_named_queries(dev: Templates) -> None:
    queries = {each["Name"]: each for each in dev.resources("AWS::Athena::NamedQuery").values()}
    as_of = {f"{name}_as_of" for name in load_contracts()} - {"quarantine_as_of", "loads_as_of"}
    assert set(queries) == {file.stem for file in QUERIES.glob("*.sql")} | as_of
    for name, query in queries.items():
        file = QUERIES / f"{name}.sql"
        assert not file.exists() or query["QueryString"] == file.read_text()
        assert (query["Database"], query["WorkGroup"]) == ("standpipe_dev", "standpipe-dev")


def test_queries_with_parameters_are_prepared_statements_too(dev: Templates) -> None:
    queries = {each["Name"]: each["QueryString"] for each in dev.resources("AWS::Athena::NamedQuery").values()}
    statements = {each["StatementName"]: each for each in dev.resources("AWS::Athena::PreparedStatement").values()}
    assert set(statements) == {name for name, sql in queries.items() if "?" in sql}
    assert "portfolio_on" in statements
    for name, statement in statements.items():
        assert (statement["QueryStatement"], statement["WorkGroup"]) == (queries[name], "standpipe-dev")


def test_results_are_deleted_after_a_week(dev: Templates) -> None:
    (bucket,) = [each for each in dev.resources("AWS::S3::Bucket").values() if "-results-" in flat(each["BucketName"])]
    expired = [rule for rule in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule]
    assert [(rule["ExpirationInDays"], rule.get("Prefix")) for rule in expired] == [(7, None)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The resources of the dashboards' stack, where somebody owns dashboards."""
    scratch = tmp_path_factory.mktemp("dashboards")
    pipeline = plan("dev", layers=empty_layers(environment("dev"), scratch / "layers"))
    owned = msgspec.structs.replace(pipeline.environment, dashboard_principal=PRINCIPAL)
    build_app(replace(pipeline, environment=owned), scratch / "out", validation=False).synth()
    found: dict[str, dict[str, Any]] = json.loads(
        (scratch / "out" / "standpipe-dev-dashboards.template.json").read_text()
    )["Resources"]
    return found


def of_kind(resources: dict[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == f"AWS::QuickSight::{kind}"}


def test_there_are_no_dashboards_without_an_owner(dev: Templates) -> None:
    assert "dashboards" not in dev.stacks


def test_a_dashboard_shows_only_columns_that_its_views_have(shown: dict[str, dict[str, Any]]) -> None:
    columns = {view.name: {column.name for column in view.columns} for view in all_views(load_contracts())}
    (dashboard,) = of_kind(shown, "Dashboard").values()
    used = list(column_references(dashboard["Definition"]))
    assert used
    for view, column in used:
        assert column in columns[view], (view, column)


def column_references(node: Any) -> Any:
    if isinstance(node, dict):
        if "ColumnName" in node:
            yield node["DataSetIdentifier"], node["ColumnName"]
        for child in node.values():
            yield from column_references(child)
    elif isinstance(node, list):
        for child in node:
            yield from column_references(child)


def test_each_declared_data_set_is_the_one_over_that_view(shown: dict[str, dict[str, Any]]) -> None:
    data_sets = of_kind(shown, "DataSet")
    (dashboard,) = of_kind(shown, "Dashboard").values()
    for declaration in dashboard["Definition"]["DataSetIdentifierDeclarations"]:
        data_set = data_sets[declaration["DataSetArn"]["Fn::GetAtt"][0]]
        (table,) = data_set["PhysicalTableMap"].values()
        assert table["RelationalTable"]["Name"] == declaration["Identifier"]
        assert table["RelationalTable"]["Schema"] == "standpipe_dev"
        assert data_set["ImportMode"] == "SPICE"


def test_each_data_set_is_fetched_anew_every_day(shown: dict[str, dict[str, Any]]) -> None:
    refreshed = {each["DataSetId"] for each in of_kind(shown, "RefreshSchedule").values()}
    assert refreshed == {each["DataSetId"] for each in of_kind(shown, "DataSet").values()}


def test_the_owner_is_the_configured_one(shown: dict[str, dict[str, Any]]) -> None:
    owners = {
        permission["Principal"]
        for kind in ("DataSource", "DataSet", "Dashboard")
        for each in of_kind(shown, kind).values()
        for permission in each["Permissions"]
    }
    assert owners == {PRINCIPAL}


def test_quicksight_queries_in_a_role_that_reads_the_lake_and_writes_results_only(
    shown: dict[str, dict[str, Any]],
) -> None:
    (source,) = of_kind(shown, "DataSource").values()
    athena = source["DataSourceParameters"]["AthenaParameters"]
    assert athena["WorkGroup"] == "standpipe-dev"
    role = shown[athena["RoleArn"]["Fn::GetAtt"][0]]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "quicksight.amazonaws.com"}
    may: dict[str, set[str]] = {}
    for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
        for action in as_list(statement["Action"]):
            may.setdefault(action, set()).update(flat(each) for each in as_list(statement["Resource"]))
    place = "<AWS::AccountId>-<AWS::Region>"
    buckets = {kind: f"arn:<AWS::Partition>:s3:::standpipe-dev-{kind}-{place}" for kind in ("lake", "results")}
    results = f"{buckets['results']}/queries/*"
    assert may["s3:GetObject"] == {results, *(f"{buckets['lake']}/{folder}/*" for folder in ("landing", "curated"))}
    assert may["s3:PutObject"] == {results}
    assert may["s3:ListBucket"] == set(buckets.values())
    assert {arn.rpartition(":")[2] for arn in may["athena:StartQueryExecution"]} == {"workgroup/standpipe-dev"}
    tables = {"catalog", "database/standpipe_dev", "table/standpipe_dev/*"}
    assert {arn.rpartition(":")[2] for arn in may["glue:GetTable"]} == tables
    assert not [action for action in may if action.startswith("glue:") and not re.match("glue:(Batch)?Get", action)]


def test_a_dashboard_over_no_view_is_refused(tmp_path: Path) -> None:
    from aws_cdk import App

    from cdk.config import ConfigError
    from cdk.stacks.dashboards import Dashboards

    (tmp_path / "empty.json").write_text('{"DataSetIdentifierDeclarations": [{"Identifier": "nothing"}]}')
    pipeline = plan("dev", layers=empty_layers(environment("dev"), tmp_path / "layers"))
    owned = msgspec.structs.replace(pipeline.environment, dashboard_principal=PRINCIPAL)
    with pytest.raises(
        ConfigError, match=r"dashboards/empty\.json: there is no view 'nothing' to show; valid: accounts,"
    ):
        Dashboards(App(), replace(pipeline, environment=owned), tmp_path)
