"""Each role may do what it needs and nothing else; what no validator says of IAM is said here."""

import re
from typing import Any

import pytest

from tests.cdk.conftest import Templates, as_list, flat

ACCOUNT = "<AWS::Region>:<AWS::AccountId>"

WILDCARDS = {
    r"arn:<AWS::Partition>:logs:REGION:log-group:/aws/lambda/standpipe-dev-[a-z_-]+:\*",
    r"arn:<AWS::Partition>:logs:REGION:log-group:/aws/kinesisfirehose/standpipe-dev-[a-z_]+:\*",
    r"arn:<AWS::Partition>:logs:REGION:log-group:/aws-glue/crawlers:\*",
    r"arn:<AWS::Partition>:logs:REGION:log-group:/aws-glue/jobs/\*:\*",
    r"arn:<AWS::Partition>:lambda:REGION:function:standpipe-dev-transform-[a-z_]+:\*",
    r"arn:<AWS::Partition>:s3:::standpipe-dev-lake-PLACE/(landing|errors)/[a-z_]+/\*",
    r"arn:<AWS::Partition>:s3:::standpipe-dev-lake-PLACE/(landing|curated)/\*",
    r"arn:<AWS::Partition>:s3:::standpipe-dev-lake-PLACE/undelivered/standpipe-dev-\*",
    r"arn:<AWS::Partition>:s3:::standpipe-dev-drop-PLACE/drop/\*",
    r"arn:<AWS::Partition>:s3:::standpipe-dev-drop-PLACE/drop/adhoc/\*",
    r"arn:<AWS::Partition>:glue:REGION:table/standpipe_dev/(adhoc_)?\*",
    r"arn:<AWS::Partition>:glue:REGION:table/standpipe_dev/\*_curated",
    r"\*",  # cloudwatch:PutMetricData, which knows no resources
}
"""Every resource with a wildcard that a role may be given."""


def statements(templates: Templates) -> list[tuple[str, dict[str, Any]]]:
    """Every statement of every role's policies, with the role's name."""
    return [
        (name, statement)
        for name, role in templates.resources("AWS::IAM::Role").items()
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def role_statements(templates: Templates, role: str) -> list[dict[str, Any]]:
    found = [statement for name, statement in statements(templates) if re.fullmatch(f"{role}[0-9A-F]{{8}}", name)]
    assert found, role
    return found


def allowed(templates: Templates, role: str) -> dict[str, set[str]]:
    """What `role` may do, by action: the resources."""
    by_action: dict[str, set[str]] = {}
    for statement in role_statements(templates, role):
        for action in as_list(statement["Action"]):
            by_action.setdefault(action, set()).update(flat(each) for each in as_list(statement["Resource"]))
    return by_action


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_no_role_has_a_wildcard_action_a_managed_policy_or_a_policy_added_from_outside(
    synthesised: Any, name: str
) -> None:
    templates = synthesised(name)
    assert statements(templates)
    for role, statement in statements(templates):
        assert not [action for action in as_list(statement["Action"]) if "*" in action], role
    assert not [role for role in templates.resources("AWS::IAM::Role").values() if "ManagedPolicyArns" in role]
    assert not templates.resources("AWS::IAM::Policy")


def test_every_wildcard_resource_is_one_of_those_that_were_agreed_on(dev: Templates) -> None:
    found = {
        flat(resource).replace(ACCOUNT, "REGION").replace("<AWS::AccountId>-<AWS::Region>", "PLACE")
        for _, statement in statements(dev)
        for resource in as_list(statement["Resource"])
        if "*" in flat(resource)
    }
    unmatched = {resource for resource in found if not any(re.fullmatch(known, resource) for known in WILDCARDS)}
    unused = {known for known in WILDCARDS if not any(re.fullmatch(known, resource) for resource in found)}
    assert not unmatched
    assert not unused


def test_a_delivery_stream_writes_under_its_own_prefixes_and_deletes_nothing(dev: Templates) -> None:
    may = allowed(dev, "ingestion/FxDailyRole")
    lake = "arn:<AWS::Partition>:s3:::standpipe-dev-lake-<AWS::AccountId>-<AWS::Region>"
    prefixes = {f"{lake}/landing/fx_daily/*", f"{lake}/errors/fx_daily/*"}
    assert may["s3:PutObject"] == may["s3:GetObject"] == prefixes  # AWS's own policy has GetObject, too
    assert not [action for action in may if "Delete" in action]
    assert may["glue:GetTableVersions"] == {
        f"arn:<AWS::Partition>:glue:{ACCOUNT}:catalog",
        f"arn:<AWS::Partition>:glue:{ACCOUNT}:database/standpipe_dev",
        f"arn:<AWS::Partition>:glue:{ACCOUNT}:table/standpipe_dev/fx_daily_landing",
    }


def test_a_transform_puts_to_its_own_stream_and_to_the_quarantine_only(dev: Templates) -> None:
    stream = f"arn:<AWS::Partition>:firehose:{ACCOUNT}:deliverystream/standpipe-dev-"
    assert allowed(dev, "ingestion/TradesTransformRole")["firehose:PutRecordBatch"] == {
        f"{stream}trades", f"{stream}quarantine",
    }  # fmt: skip


def test_a_producer_puts_to_the_datasets_it_feeds_and_reads_its_own_secret_only(dev: Templates) -> None:
    may = allowed(dev, "producers/SqlRole")
    stream = f"arn:<AWS::Partition>:firehose:{ACCOUNT}:deliverystream/standpipe-dev-"
    assert may["firehose:PutRecordBatch"] == {
        f"{stream}{name}" for name in ("accounts", "instruments", "quarantine", "loads")
    }
    assert may["secretsmanager:GetSecretValue"] == {
        f"arn:<AWS::Partition>:secretsmanager:{ACCOUNT}:secret:standpipe/dev/database-??????"
    }
    assert may["lambda:InvokeFunction"] == {f"arn:<AWS::Partition>:lambda:{ACCOUNT}:function:standpipe-dev-sql"}


def test_services_take_on_a_role_for_this_account_only(dev: Templates) -> None:
    services = {"firehose.amazonaws.com", "scheduler.amazonaws.com", "glue.amazonaws.com", "events.amazonaws.com"}
    seen = set()
    for name, role in dev.resources("AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = statement["Principal"]["Service"]
        if service in services:
            seen.add(service)
            assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}, name
    assert seen == services


def test_only_glue_may_publish_metrics_and_only_in_its_namespace(dev: Templates) -> None:
    found = [statement for _, statement in statements(dev) if as_list(statement["Resource"]) == ["*"]]
    assert [(each["Action"], each["Condition"]) for each in found] == [
        ("cloudwatch:PutMetricData", {"StringEquals": {"cloudwatch:namespace": "Glue"}})
    ]


def test_a_producer_reaches_what_it_remembers_and_nothing_of_the_others(dev: Templates) -> None:
    conditions = [
        statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for _, statement in statements(dev)
        if "dynamodb:PutItem" in as_list(statement["Action"])
    ]
    assert sorted(conditions) == ["alpha-vantage/*", "files/*", "sql/*"]


def test_a_producer_parks_what_streams_refuse_and_reads_nothing_of_the_lake(dev: Templates) -> None:
    may = allowed(dev, "producers/SqlRole")
    lake = "arn:<AWS::Partition>:s3:::standpipe-dev-lake-<AWS::AccountId>-<AWS::Region>"
    assert may["s3:PutObject"] == {f"{lake}/undelivered/standpipe-dev-*"}
    assert "s3:GetObject" not in may


def test_the_files_producer_reads_what_was_dropped_and_hands_on_through_its_own_queue(dev: Templates) -> None:
    may = allowed(dev, "producers/FilesRole")
    drop = "arn:<AWS::Partition>:s3:::standpipe-dev-drop-<AWS::AccountId>-<AWS::Region>"
    assert may["s3:GetObject"] == may["s3:GetObjectVersion"] == {f"{drop}/drop/*"}
    assert may["s3:ListBucket"] == {drop}
    assert may["sqs:SendMessage"] == may["sqs:ReceiveMessage"]
    assert len(may["sqs:SendMessage"]) == 1
