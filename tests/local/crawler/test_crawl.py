"""Crawls: tables, partitions, what changes from one to the next, and what is left out."""

import json
from typing import Any

import pytest

from local.protocol import AwsError
from tests.local.athena.laptop import failing
from tests.local.crawler.conftest import NOW, World
from tests.support.parquet import parquet

LEVEL = '{"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}, "CrawlerOutput": %s}'
ROWS = "id,value\n1,a\n2,b\n"


def test_a_folder_becomes_a_table_as_glue_describes_it(world: World) -> None:
    world.define()
    world.drop("Daily Prices/one.csv", ROWS)
    assert world.crawl()["Status"] == "SUCCEEDED"
    table = world.table("adhoc_daily_prices")
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["PartitionKeys"] == []
    assert table["Parameters"] == {
        "CrawlerSchemaDeserializerVersion": "1.0", "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": "adhoc",
        "areColumnsQuoted": "false", "classification": "csv", "columnsOrdered": "true", "compressionType": "none",
        "delimiter": ",", "objectCount": "1", "sizeKey": str(len(ROWS)), "skip.header.line.count": "1",
        "typeOfData": "file",
    }  # fmt: skip
    described = table["StorageDescriptor"]
    assert described["Location"] == "s3://drop/adhoc/Daily Prices/"
    assert described["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "Parameters": {"field.delim": ","},
    }
    assert world.columns("adhoc_daily_prices") == {"id": "bigint", "value": "string"}


@pytest.mark.parametrize(
    ("name", "body", "library"),
    [
        ("x.csv", 'a,b\n1,"x, y"\n', "org.apache.hadoop.hive.serde2.OpenCSVSerde"),
        ("x.json", '{"a": 1}\n', "org.openx.data.jsonserde.JsonSerDe"),
        ("x.parquet", parquet(a=[1]), "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"),
    ],
)
def test_each_format_has_its_serde(world: World, name: str, body: bytes | str, library: str) -> None:
    world.define()
    world.drop(f"t/{name}", body)
    world.crawl()
    assert world.table("adhoc_t")["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == library
    assert ("skip.header.line.count" in world.table("adhoc_t")["Parameters"]) == (name == "x.csv")


def test_folders_are_partitions_by_name_or_by_depth(world: World) -> None:
    world.define()
    world.drop("t/Year=2025/eu west/x.csv", ROWS)
    world.drop("t/Year=2026/us%2Feast/x.csv", ROWS)
    world.crawl()
    assert [(key["Name"], key["Type"]) for key in world.table("adhoc_t")["PartitionKeys"]] == [
        ("year", "string"), ("partition_1", "string"),
    ]  # fmt: skip
    assert [(each["Values"], each["StorageDescriptor"]["Location"]) for each in world.glue.partitions["adhoc_t"]] == [
        (["2025", "eu west"], "s3://drop/adhoc/t/Year=2025/eu west/"),
        (["2026", "us%2Feast"], "s3://drop/adhoc/t/Year=2026/us%2Feast/"),
    ]


def test_new_columns_and_wider_types_change_the_table_and_every_partition(world: World) -> None:
    world.define(LEVEL % '{"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}')
    world.drop("t/year=2025/x.csv", "id,value\n1,7\n")
    world.crawl()
    world.drop("t/year=2026/x.csv", "id,value,more\n1,7.5,z\n")
    world.crawl()
    assert world.columns("adhoc_t") == {"id": "bigint", "value": "double", "more": "string"}
    for partition in world.glue.partitions["adhoc_t"]:
        assert [each["Type"] for each in partition["StorageDescriptor"]["Columns"]] == ["bigint", "double", "string"]
    metrics = world.crawlers.call("GetCrawlerMetrics", {})["CrawlerMetricsList"][0]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"]) == (0, 1)


def test_without_inheritance_a_partition_keeps_its_own_columns(world: World) -> None:
    world.define()
    world.drop("t/year=2025/x.json", '{"a": 1}\n')
    world.drop("t/year=2026/x.json", '{"a": 1, "b": 2}\n')
    world.crawl()
    columns = {
        each["Values"][0]: len(each["StorageDescriptor"]["Columns"]) for each in world.glue.partitions["adhoc_t"]
    }
    assert columns == {"2025": 1, "2026": 2}


def test_nothing_changes_when_nothing_has_changed(world: World) -> None:
    world.define()
    world.drop("t/year=2025/x.csv", ROWS)
    world.crawl()
    world.crawl()
    newest, first = world.crawlers.call("ListCrawls", {"CrawlerName": "adhoc"})["Crawls"]
    assert (newest["State"], newest["Summary"]) == ("COMPLETED", "{}")
    added = {thing: json.loads(changes["ADD"]) for thing, changes in json.loads(first["Summary"]).items()}
    assert added == {
        "TABLE": {"Details": {"names": ["adhoc_t"]}, "Count": 1},
        "PARTITION": {"Details": {"names": ["adhoc_t/2025"]}, "Count": 1},
    }


def test_a_column_that_is_gone_goes_or_stays_by_the_configuration(world: World) -> None:
    for configuration, expected in (
        ("{}", ["b"]),
        ('{"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}', ["a", "b"]),
    ):
        world.define(LEVEL % configuration)
        world.drop("t/x.json", '{"a": 1}\n')
        world.crawl()
        world.drop("t/x.json", '{"b": 1}\n')
        world.crawl()
        assert list(world.columns("adhoc_t")) == expected
        world.glue.databases["db"].clear()
        world.crawlers.call("DeleteCrawler", {"Name": "adhoc"})


def test_changes_are_only_logged_when_the_policy_says_so(world: World) -> None:
    world.define(SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    world.drop("t/x.json", '{"a": 1}\n')
    world.crawl()
    world.drop("t/x.json", '{"a": 1, "b": 1}\n')
    world.crawl()
    assert list(world.columns("adhoc_t")) == ["a"]
    assert "INFO : The schema of table adhoc_t has changed; the policy is to leave it" in world.logs.lines


@pytest.mark.parametrize("policy", ["LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"])
def test_tables_without_files_go_by_the_policy_and_others_are_left_alone(world: World, policy: str) -> None:
    world.glue.databases["db"]["mine"] = {
        "Name": "mine",
        "Parameters": {},
        "StorageDescriptor": {"Location": "s3://lake/"},
    }
    world.define(SchemaChangePolicy={"DeleteBehavior": policy})
    world.drop("t/year=1/x.csv", ROWS)
    world.drop("t/year=2/x.csv", ROWS)
    world.drop("u/x.csv", ROWS)
    world.crawl()
    world.remove("t/year=1/x.csv")
    world.remove("u/x.csv")
    world.crawl()
    assert "mine" in world.glue.databases["db"]
    assert ("adhoc_u" in world.glue.databases["db"]) == (policy != "DELETE_FROM_DATABASE")
    deprecated = "DEPRECATED_BY_CRAWLER" in world.glue.databases["db"].get("adhoc_u", {}).get("Parameters", {})
    assert deprecated == (policy == "DEPRECATE_IN_DATABASE")
    assert len(world.glue.partitions["adhoc_t"]) == (1 if policy == "DELETE_FROM_DATABASE" else 2)


def test_files_that_do_not_fit_leave_their_table_as_it_was_and_their_neighbours_are_placed(world: World) -> None:
    world.define()
    world.drop("t/x.csv", ROWS)
    world.drop("good/x.csv", ROWS)
    world.crawl()
    before = world.table("adhoc_t")
    world.drop("t/y.json", '{"a": 1}\n')
    world.drop("good/y.csv", "id,value,more\n3,c,d\n")
    last = world.crawl()
    assert last["Status"] == "SUCCEEDED"
    assert "s3://drop/adhoc/t/ was left out: adhoc/t/x.csv is csv and adhoc/t/y.json is json" in last["ErrorMessage"]
    assert world.table("adhoc_t") is before
    assert list(world.columns("adhoc_good")) == ["id", "value", "more"]
    assert [line for line in world.logs.lines if line.startswith("WARN")] == [f"WARN : {last['ErrorMessage']}"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"loose.csv": ROWS}, "adhoc/loose.csv is not in a table's folder"),
        ({"t/x.csv": ROWS, "t/deep/x.csv": ROWS}, "all must be at the same depth"),
        ({"t/a=1/x.csv": ROWS, "t/b=1/x.csv": ROWS}, "the folders a=1 and b=1 do not name the same partition key"),
        ({"t/id=1/x.csv": ROWS}, "id is a column of the files and a partition key"),
        ({"t/x.pdf": b"%PDF\0\1"}, "adhoc/t/x.pdf: it is not text"),
    ],
)
def test_what_is_left_out_is_said(world: World, files: dict[str, bytes | str], said: str) -> None:
    world.define()
    for key, body in files.items():
        world.drop(key, body)
    assert said in world.crawl()["ErrorMessage"]
    assert world.glue.databases["db"] == {}


def test_other_partition_folders_do_not_break_the_table(world: World) -> None:
    world.define()
    world.drop("t/year=1/x.csv", ROWS)
    world.crawl()
    world.remove("t/year=1/x.csv")
    world.drop("t/day=1/x.csv", ROWS)
    assert "its partition keys were year and are day; drop the table adhoc_t first" in world.crawl()["ErrorMessage"]
    assert world.table("adhoc_t")["PartitionKeys"] == [{"Name": "year", "Type": "string"}]


def test_a_name_that_is_taken_gets_a_suffix(world: World) -> None:
    world.define()
    world.drop("a b/x.csv", ROWS)
    world.drop("a-b/x.csv", ROWS)
    world.crawl()
    world.crawl()
    first, second = sorted(world.glue.databases["db"])
    assert first == "adhoc_a_b"
    assert second.startswith("adhoc_a_b_")
    assert {world.table(name)["StorageDescriptor"]["Location"] for name in (first, second)} == {
        "s3://drop/adhoc/a b/", "s3://drop/adhoc/a-b/",
    }  # fmt: skip


def test_without_a_level_the_path_is_one_table(world: World) -> None:
    world.define('{"Version": 1.0}')
    world.drop("x.csv", ROWS)
    world.crawl()
    assert world.table("adhoc_adhoc")["StorageDescriptor"]["Location"] == "s3://drop/adhoc/"


def test_hidden_and_empty_objects_are_no_data(world: World) -> None:
    world.define()
    world.drop("t/x.csv", ROWS)
    world.drop("t/_SUCCESS", "done")
    world.drop("t/.part", "half")
    world.drop("t/empty.csv", "")
    assert "ErrorMessage" not in world.crawl()
    assert world.table("adhoc_t")["Parameters"]["objectCount"] == "1"


def test_a_crawl_can_be_stopped_and_its_crawler_is_busy_until_then(world: World) -> None:
    world.define()
    world.drop("t/x.csv", ROWS)
    world.drop("t/y.csv", ROWS)
    world.s3.gate.clear()
    world.crawlers.call("StartCrawler", {"Name": "adhoc"})
    for operation in ("StartCrawler", "UpdateCrawler", "DeleteCrawler"):
        with pytest.raises(AwsError) as raised:
            world.crawlers.call(operation, {"Name": "adhoc"})
        assert raised.value.code == "CrawlerRunningException"
    world.crawlers.call("StopCrawler", {"Name": "adhoc"})
    assert world.crawlers.call("GetCrawler", {"Name": "adhoc"})["Crawler"]["State"] == "STOPPING"
    world.s3.gate.set()
    assert world.ended()["Status"] == "CANCELLED"
    assert world.glue.databases["db"] == {}
    with pytest.raises(AwsError, match="CrawlerNotRunningException"):
        world.crawlers.call("StopCrawler", {"Name": "adhoc"})


def test_a_crawl_that_fails_says_why_and_the_next_one_runs(world: World) -> None:
    world.define(DatabaseName="nowhere")
    world.drop("t/x.csv", ROWS)
    last = world.crawl()
    assert (last["Status"], "EntityNotFoundException" in last["ErrorMessage"]) == ("FAILED", True)
    world.crawlers.call("UpdateCrawler", {"Name": "adhoc", "DatabaseName": "db"})
    assert world.crawl()["Status"] == "SUCCEEDED"


WRITES = ("create_table", "update_table", "batch_create_partition", "batch_update_partition")


@pytest.mark.parametrize("broken", WRITES)
def test_a_crawl_that_was_cut_off_at_any_write_is_made_whole_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(**_: Any) -> None:
        raise failing("InternalServiceException", broken)

    world.define(LEVEL % '{"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}')
    world.drop("t/year=2025/x.csv", "id,value\n1,7\n")
    before = world.crawl() if broken.startswith(("update", "batch_update")) else {"Status": "SUCCEEDED"}
    assert before["Status"] == "SUCCEEDED"
    world.drop("t/year=2026/x.csv", "id,value,more\n1,7.5,z\n")
    with monkeypatch.context() as patch:
        patch.setattr(world.glue, broken, fail)
        last = world.crawl()
    assert (last["Status"], broken in last["ErrorMessage"]) == ("FAILED", True)
    assert "ErrorMessage" not in world.crawl()
    assert world.columns("adhoc_t") == {"id": "bigint", "value": "double", "more": "string"}
    partitions = world.glue.partitions["adhoc_t"]
    assert sorted(each["Values"][0] for each in partitions) == ["2025", "2026"]
    assert all(len(each["StorageDescriptor"]["Columns"]) == 3 for each in partitions)


def test_crawlers_and_classifiers_survive_a_restart(world: World) -> None:
    classifier = {"Name": "headed", "Delimiter": ",", "ContainsHeader": "PRESENT", "QuoteSymbol": '"'}
    world.crawlers.call("CreateClassifier", {"CsvClassifier": classifier})
    world.define(Classifiers=["headed"])
    world.drop("t/x.csv", "name,colour\nrose,red\n")
    world.crawl()
    world.crawlers.close()
    world.restart()
    described = world.crawlers.call("GetCrawler", {"Name": "adhoc"})["Crawler"]
    assert (described["State"], described["LastCrawl"]["Status"]) == ("READY", "SUCCEEDED")
    assert world.columns("adhoc_t") == {"name": "string", "colour": "string"}
    assert world.crawlers.call("GetClassifier", {"Name": "headed"})["Classifier"]["CsvClassifier"]["Delimiter"] == ","


def test_a_schedule_starts_the_crawler_once_a_moment_and_can_be_switched_off(world: World) -> None:
    world.define(Schedule="cron(0 * * * ? *)")
    world.drop("t/x.csv", ROWS)
    hour = NOW - NOW % 3600 + 3600
    world.now = hour - 1
    assert world.crawlers.tick(hour - 60) == hour - 1
    assert "LastCrawl" not in world.crawlers.call("GetCrawler", {"Name": "adhoc"})["Crawler"]
    world.now = hour + 0.5
    world.crawlers.tick(hour - 1)
    assert world.ended()["Status"] == "SUCCEEDED"
    world.crawlers.tick(hour + 0.5)
    assert len(world.crawlers.call("ListCrawls", {"CrawlerName": "adhoc"})["Crawls"]) == 1
    world.crawlers.call("StopCrawlerSchedule", {"CrawlerName": "adhoc"})
    world.now = hour + 3601
    world.crawlers.tick(hour + 0.5)
    described = world.crawlers.call("GetCrawler", {"Name": "adhoc"})["Crawler"]
    assert described["Schedule"] == {"ScheduleExpression": "cron(0 * * * ? *)", "State": "NOT_SCHEDULED"}
    assert len(world.crawlers.call("ListCrawls", {"CrawlerName": "adhoc"})["Crawls"]) == 1


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"Targets": {"JdbcTargets": [{"ConnectionName": "x"}]}}, "JdbcTargets is not supported here; S3Targets is"),
        ({"Targets": {"S3Targets": [{"Path": "s3://drop/", "Exclusions": ["*.txt"]}]}}, "Exclusions"),
        ({"Targets": {"S3Targets": [{"Path": "drop/adhoc"}]}}, "must begin with s3://"),
        ({"Targets": {}}, "A crawler needs a target"),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "CRAWL_EVENT_MODE is not supported here"),
        ({"Configuration": "{"}, "The Configuration is not JSON"),
        (
            {"Configuration": '{"Grouping": {"TableCount": 2}}'},
            "Grouping.TableCount of the Configuration is not supported here",
        ),
        (
            {"Configuration": LEVEL % '{"Tables": {"TableThreshold": 2}}'},
            "TableThreshold of Tables is not supported here",
        ),
        ({"LakeFormationConfiguration": {"UseLakeFormationCredentials": True}}, "credentials of Lake Formation"),
        ({"Schedule": "rate(1 hour)"}, "is not a cron expression: it must be cron("),
        ({"Schedule": "cron(61 * * * ? *)"}, "is not a cron expression"),
        ({"Classifiers": ["nobody"]}, "Classifier nobody not found"),
    ],
)
def test_what_is_not_done_is_refused(world: World, told: dict[str, Any], said: str) -> None:
    with pytest.raises(AwsError) as raised:
        world.define(**told)
    assert said in raised.value.message
    assert world.crawlers.call("ListCrawlers", {}) == {"CrawlerNames": []}
