"""Buckets are private and encrypted, and data is deleted only with both keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cdk.conftest import Templates, flat, templates

KINDS = ("lake", "drop", "results", "logs")


@pytest.fixture(params=KINDS)
def bucket(request: pytest.FixtureRequest, dev: Templates) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each
        for each in dev.resources("AWS::S3::Bucket").values()
        if flat(each["BucketName"]) == f"standpipe-dev-{request.param}-<AWS::AccountId>-<AWS::Region>"
    )
    return found


def test_a_bucket_is_private_encrypted_and_owned(bucket: dict[str, Any]) -> None:
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_unfinished_uploads_go(bucket: dict[str, Any]) -> None:
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert any(rule.get("AbortIncompleteMultipartUpload") == {"DaysAfterInitiation": 7} for rule in rules)


def test_every_bucket_refuses_what_is_not_tls(dev: Templates) -> None:
    policies = dev.resources("AWS::S3::BucketPolicy").values()
    assert len(policies) == len(KINDS)
    for policy in policies:
        denied = [each["Condition"] for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
        assert {"Bool": {"aws:SecureTransport": "false"}} in denied
        assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in denied


def test_landed_and_curated_data_never_expire(dev: Templates) -> None:
    (lake,) = (each for each in dev.resources("AWS::S3::Bucket").values() if "-lake-" in flat(each["BucketName"]))
    expiring = [rule for rule in lake["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule]
    assert [rule["Prefix"] for rule in expiring] == ["errors/"]


@pytest.mark.parametrize(("kind", "expected"), [("lake", True), ("drop", True), ("results", None), ("logs", None)])
def test_delete_markers_go_once_no_version_is_left(dev: Templates, kind: str, expected: bool | None) -> None:
    (bucket,) = (each for each in dev.resources("AWS::S3::Bucket").values() if f"-{kind}-" in flat(each["BucketName"]))
    (cleaning,) = (each for each in bucket["LifecycleConfiguration"]["Rules"] if each["Id"] == "unfinished")
    assert cleaning.get("ExpiredObjectDeleteMarker") is expected
    assert cleaning["AbortIncompleteMultipartUpload"]


def test_dropped_files_are_announced_without_a_function_that_cdk_would_add(dev: Templates) -> None:
    (drop,) = (each for each in dev.resources("AWS::S3::Bucket").values() if "-drop-" in flat(each["BucketName"]))
    assert drop["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert not [kind for kind in json.dumps(dev.stacks["storage"]).split('"') if kind.startswith("Custom::")]


def test_what_producers_remember_can_be_restored_and_costs_nothing_at_rest(dev: Templates) -> None:
    (table,) = dev.resources("AWS::DynamoDB::Table").values()
    assert table["TableName"] == "standpipe-dev-progress"
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


@pytest.mark.parametrize(("name", "is_protected"), [("local", False), ("dev", False), ("prod", True)])
def test_what_producers_remember_is_protected_where_data_are(synthesised: Any, name: str, is_protected: bool) -> None:
    (table,) = synthesised(name).resources("AWS::DynamoDB::Table").values()
    assert table["DeletionProtectionEnabled"] is is_protected


def test_data_outlives_its_replacement(dev: Templates) -> None:
    kept = [each for stack in dev.stacks.values() for each in stack["Resources"].values() if "DeletionPolicy" in each]
    kept = [each for each in kept if each["DeletionPolicy"] != "Delete"]
    assert {each["UpdateReplacePolicy"] for each in kept} == {"Retain"}


def test_nothing_can_fail_after_what_is_protected_from_deletion_was_created(prod: Templates) -> None:
    resources = prod.stacks["storage"]["Resources"]
    (name,) = (name for name, each in resources.items() if each["Type"] == "AWS::DynamoDB::Table")
    assert set(resources[name]["DependsOn"]) == resources.keys() - {name}


def deletion_policies(found: Templates) -> set[str]:
    kinds = ("AWS::S3::Bucket", "AWS::Glue::Database", "AWS::DynamoDB::Table")
    return {each["DeletionPolicy"] for kind in kinds for each in found.whole(kind).values()}


def landing_policies(found: Templates) -> set[str]:
    tables = found.whole("AWS::Glue::Table").values()
    landing = [each for each in tables if each["Properties"]["TableInput"]["Name"].endswith("_landing")]
    assert landing
    return {each["DeletionPolicy"] for each in landing}


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_data_outlive_their_stacks_unless_both_keys_say_otherwise(synthesised: Any, name: str) -> None:
    assert deletion_policies(synthesised(name)) == landing_policies(synthesised(name)) == {"RetainExceptOnCreate"}


def test_both_keys_delete_data_and_say_so(tmp_path: Path) -> None:
    found = templates("dev", tmp_path, data_deletion_allowed=True)
    assert deletion_policies(found) == landing_policies(found) == {"Delete"}
    assert "deletes its data" in warnings(tmp_path, "dev")


def test_one_key_alone_deletes_nothing_and_says_so(tmp_path: Path) -> None:
    found = templates("prod", tmp_path, data_deletion_allowed=True)
    assert deletion_policies(found) == {"RetainExceptOnCreate"}
    assert "has no effect: prod keeps its data" in warnings(tmp_path, "prod")


def warnings(scratch: Path, name: str) -> str:
    """What synthesis says of the storage stack."""
    return (scratch / "cdk.out" / f"standpipe-{name}-storage.metadata.json").read_text()


def test_stacks_that_hold_data_in_prod_are_protected(prod: Templates, tmp_path: Path) -> None:
    templates("prod", tmp_path)
    manifest = json.loads((tmp_path / "cdk.out" / "manifest.json").read_text())["artifacts"]
    protected = {name for name, each in manifest.items() if each.get("properties", {}).get("terminationProtection")}
    assert protected == {"standpipe-prod-storage", "standpipe-prod-catalogue"}


def test_what_outlives_its_stack_can_be_imported_once_account_and_region_are_known(tmp_path: Path) -> None:
    """CloudFormation imports by itself what is retained and has a literal name."""
    found = templates("dev", tmp_path, {"account": "111122223333", "region": "eu-west-1"})
    kept = {**found.whole("AWS::S3::Bucket"), **found.whole("AWS::DynamoDB::Table")}
    names = {each["Properties"].get("BucketName") or each["Properties"]["TableName"] for each in kept.values()}
    assert names == {
        *(f"standpipe-dev-{kind}-111122223333-eu-west-1" for kind in KINDS), "standpipe-dev-progress",
    }  # fmt: skip
    assert {each["DeletionPolicy"] for each in kept.values()} == {"RetainExceptOnCreate"}
