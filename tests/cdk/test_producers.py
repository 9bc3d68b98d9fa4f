"""What starts the producers, and what becomes of a run that fails."""

import json
import re

from schemas.alpha_vantage import AlphaVantage
from schemas.load import load_contracts
from schemas.sql import Sql
from tests.cdk.conftest import Templates, flat

SCHEDULED = {
    name: contract.source
    for name, contract in load_contracts().items()
    if isinstance(contract.source, AlphaVantage | Sql)
}
CRON = re.compile(r"cron\((\S+ ){5}\S+\)")
"""Six fields: minutes, hours, day of month, month, day of week, year."""
RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|\d{2,}) (minutes|hours|days))\)")


def test_each_scheduled_dataset_has_its_schedule(dev: Templates) -> None:
    schedules = {each["Name"]: each for each in dev.resources("AWS::Scheduler::Schedule").values()}
    assert set(schedules) == set(SCHEDULED)
    for name, source in SCHEDULED.items():
        found = schedules[name]
        assert found["GroupName"] == "standpipe-dev"
        assert found["ScheduleExpression"] == source.schedule.expression
        assert found["ScheduleExpressionTimezone"] == source.schedule.timezone
        assert found["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert json.loads(found["Target"]["Input"]) == {"dataset": name}
        producer = "alpha-vantage" if isinstance(source, AlphaVantage) else "sql"
        assert flat(found["Target"]["Arn"]).endswith(f":function:standpipe-dev-{producer}")


def test_schedules_are_ones_that_event_bridge_reads() -> None:
    for name, source in SCHEDULED.items():
        expression = source.schedule.expression
        assert CRON.fullmatch(expression) or RATE.fullmatch(expression), name


def test_schedules_run_in_prod_only(local: Templates, dev: Templates, prod: Templates) -> None:
    def states(templates: Templates) -> set[str]:
        return {each["State"] for each in templates.resources("AWS::Scheduler::Schedule").values()}

    assert (states(local), states(dev), states(prod)) == ({"DISABLED"}, {"DISABLED"}, {"ENABLED"})


def test_a_schedule_gives_up_soon_and_keeps_what_it_could_not_start(dev: Templates) -> None:
    for schedule in dev.resources("AWS::Scheduler::Schedule").values():
        target = schedule["Target"]
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 2}
        assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("Failures")


def test_the_event_of_a_dropped_file_is_kept_when_it_cannot_be_queued(dev: Templates) -> None:
    (rule,) = (each for each in dev.resources("AWS::Events::Rule").values() if each["Name"] == "standpipe-dev-drops")
    (target,) = rule["Targets"]
    assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("DropsFailures")


def test_a_scheduled_load_that_fails_for_good_is_kept(dev: Templates) -> None:
    kept = dev.resources("AWS::Lambda::EventInvokeConfig").values()
    assert len(kept) == 2
    for each in kept:
        assert each["MaximumRetryAttempts"] == 1
        assert each["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0].startswith("Failures")


def test_only_producers_that_continue_themselves_may_run_in_a_loop(dev: Templates) -> None:
    functions = dev.resources("AWS::Lambda::Function").values()
    loops = {each["FunctionName"]: each["RecursiveLoop"] for each in functions if "RecursiveLoop" in each}
    assert loops == {"standpipe-dev-sql": "Allow", "standpipe-dev-files": "Allow"}


def test_dropped_files_go_to_the_queue_except_those_that_the_crawler_reads(dev: Templates) -> None:
    (rule,) = (each for each in dev.resources("AWS::Events::Rule").values() if each["Name"] == "standpipe-dev-drops")
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    assert flat(pattern["detail"]["bucket"]["name"][0]) == "standpipe-dev-drop-<AWS::AccountId>-<AWS::Region>"
    assert pattern["detail"]["object"]["key"] == [{"anything-but": {"prefix": "drop/adhoc/"}}]
    (target,) = rule["Targets"]
    queue = dev.resources("AWS::SQS::Queue")[f"producers/{target['Arn']['Fn::GetAtt'][0]}"]
    assert queue["QueueName"] == "standpipe-dev-drops"
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 3


def test_a_file_that_fails_leaves_its_neighbours_alone(dev: Templates) -> None:
    (mapping,) = dev.resources("AWS::Lambda::EventSourceMapping").values()
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == 1
    functions = {each["FunctionName"]: each for each in dev.resources("AWS::Lambda::Function").values()}
    queue = next(
        each for each in dev.resources("AWS::SQS::Queue").values() if each["QueueName"] == "standpipe-dev-drops"
    )
    assert queue["VisibilityTimeout"] == 6 * functions["standpipe-dev-files"]["Timeout"]


def test_queues_are_encrypted_and_those_of_failures_ring(dev: Templates) -> None:
    queues = dev.resources("AWS::SQS::Queue").values()
    assert {each["QueueName"] for each in queues} == {
        "standpipe-dev-drops", "standpipe-dev-drops-failed", "standpipe-dev-loads-failed",
    }  # fmt: skip
    assert all(each["SqsManagedSseEnabled"] for each in queues)
    alarms = {each["AlarmName"] for each in dev.resources("AWS::CloudWatch::Alarm").values()}
    for name in ("drops-failed", "loads-failed"):
        assert f"standpipe-dev-{name} ApproximateNumberOfMessagesVisible" in alarms


def test_producers_are_told_where_things_are(local: Templates, dev: Templates) -> None:
    def variables(templates: Templates, name: str) -> dict[str, str]:
        functions = templates.resources("AWS::Lambda::Function").values()
        found: dict[str, str] = next(
            each["Environment"]["Variables"] for each in functions if each["FunctionName"] == name
        )
        return found

    api = variables(dev, "standpipe-dev-alpha-vantage")
    assert api["STANDPIPE_STREAM_PREFIX"] == "standpipe-dev-"
    assert (api["ALPHA_VANTAGE_URL"], api["ALPHA_VANTAGE_PLAN"]) == ("https://www.alphavantage.co/query", "free")
    assert api["ALPHA_VANTAGE_CALLS_PER_MINUTE"] == "75"
    assert api["ALPHA_VANTAGE_SECRET"] == "standpipe/dev/alpha-vantage"
    assert variables(dev, "standpipe-dev-sql")["STANDPIPE_DATABASE_SECRET"] == "standpipe/dev/database"
    files = variables(dev, "standpipe-dev-files")
    assert (files["STANDPIPE_DROPS_QUEUE"], files["STANDPIPE_PART_MEBIBYTES"]) == ("standpipe-dev-drops", "256")
    assert files["STANDPIPE_DROPS_ATTEMPTS"] == "3"
    assert flat(files["STANDPIPE_LAKE_BUCKET"]).startswith("standpipe-dev-lake-")
    assert variables(local, "standpipe-local-alpha-vantage")["ALPHA_VANTAGE_URL"].startswith("http://127.0.0.1:")


def test_every_alarm_goes_to_the_topic(dev: Templates) -> None:
    (topic,) = dev.resources("AWS::SNS::Topic").values()
    alarms = dev.resources("AWS::CloudWatch::Alarm")
    assert alarms
    for name, alarm in alarms.items():
        (action,) = alarm["AlarmActions"]
        assert flat(action).endswith(f":{topic['TopicName']}"), name


def test_a_refused_file_rings(dev: Templates) -> None:
    alarms = {each["AlarmName"]: each for each in dev.resources("AWS::CloudWatch::Alarm").values()}
    alarm = alarms["standpipe-dev-files FilesRefused"]
    assert alarm["Namespace"] == "Standpipe"
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "standpipe-dev-files"}]


def test_parked_records_ring_whichever_producer_parked_them(dev: Templates) -> None:
    alarms = {each["AlarmName"]: each for each in dev.resources("AWS::CloudWatch::Alarm").values()}
    for name in ("alpha-vantage", "sql", "files"):
        alarm = alarms[f"standpipe-dev-{name} RecordsUndelivered"]
        assert (alarm["Namespace"], alarm["Statistic"], alarm["Threshold"]) == ("Standpipe", "Sum", 0)
        assert alarm["Dimensions"] == [{"Name": "service", "Value": f"standpipe-dev-{name}"}]
