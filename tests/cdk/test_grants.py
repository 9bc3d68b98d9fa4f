"""What a resource needs to do its work, somebody has allowed: on this machine nobody asks, on AWS nothing would work.

Roles are frozen, so what a construct grants to one is lost without a word unless the role has it of its own.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_iam as iam

from cdk.check import pipelines
from tests.cdk.conftest import Templates, synthesise
from tests.cdk.grants import Grant, Grants, arn

NOT_NEEDED = {
    "ingestion/.*Role.* s3:.*": "Firehose writes under the two prefixes of its dataset, and deletes nothing",
    "ingestion/.*Role.* logs:CreateLogStream": "the template has the one log stream",
    "ingestion/.*Role.* glue:GetSchemaVersion": "of schema registries; the schema is a table's",
    "producers/.*Role.* sqs:GetQueue(Attributes|Url)": "Lambda sends to the ARN",
}
"""What constructs grant and frozen roles do without, as `role action`, and why."""

SENDING = {"events": "PutEvents", "lambda": "InvokeFunction", "sns": "Publish", "sqs": "SendMessage"}
"""What sending to a destination takes, by its service."""


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Templates]:
    """The templates of an environment with all that is optional."""
    scratch = tmp_path_factory.mktemp("grants")
    return cache(lambda name: with_all(name, scratch))


def with_all(name: str, scratch: Path) -> Templates:
    pipeline = next(each for each in pipelines(scratch) if each.environment.name == name)
    return synthesise(pipeline, scratch / name)


def sends(who: str, destination: str, source: str = "") -> Grant:
    service = destination.split(":")[2]
    return Grant(who, f"{service}:{SENDING[service]}", destination, source)


class Needs:
    """What the resources of some templates need, by what each of them refers to."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._text = Grants(templates).text

    def __iter__(self) -> Iterator[tuple[str, Grant]]:
        """Each need with the resource that has it."""
        kinds: dict[str, Callable[[str, Mapping[str, Any]], Iterator[Grant]]] = {
            "AWS::CloudWatch::Alarm": self._alarm,
            "AWS::Events::Rule": self._rule,
            "AWS::Glue::Crawler": self._crawler,
            "AWS::Glue::Job": self._job,
            "AWS::KinesisFirehose::DeliveryStream": self._stream,
            "AWS::Lambda::EventInvokeConfig": self._failed_run,
            "AWS::Lambda::EventSourceMapping": self._mapping,
            "AWS::Lambda::Function": self._function,
            "AWS::S3::Bucket": self._bucket,
            "AWS::Scheduler::Schedule": self._schedule,
        }
        for kind, of in kinds.items():
            for name, properties in self._templates.resources(kind).items():
                yield from ((name, need) for need in of(name.partition("/")[0], properties))

    def _alarm(self, stack: str, alarm: Mapping[str, Any]) -> Iterator[Grant]:
        for action in alarm["AlarmActions"]:
            yield sends("cloudwatch.amazonaws.com", self._text(stack, action))

    def _rule(self, stack: str, rule: Mapping[str, Any]) -> Iterator[Grant]:
        source = arn("events", f"rule/{rule['Name']}")
        for target in rule["Targets"]:
            if role := target.get("RoleArn"):
                yield Grant(self._text(stack, role), "glue:NotifyEvent", self._text(stack, target["Arn"]))
            else:
                yield sends("events.amazonaws.com", self._text(stack, target["Arn"]), source)
            if queue := target.get("DeadLetterConfig"):
                yield sends("events.amazonaws.com", self._text(stack, queue["Arn"]), source)

    def _crawler(self, stack: str, crawler: Mapping[str, Any]) -> Iterator[Grant]:
        for target in crawler["Targets"]["S3Targets"]:
            yield self._reads(stack, crawler["Role"], target["Path"])

    def _job(self, stack: str, job: Mapping[str, Any]) -> Iterator[Grant]:
        yield self._reads(stack, job["Role"], job["Command"]["ScriptLocation"])
        yield self._reads(stack, job["Role"], job["DefaultArguments"]["--extra-py-files"])

    def _reads(self, stack: str, role: Any, url: Any) -> Grant:
        return Grant(self._text(stack, role), "s3:GetObject", arn("s3", self._text(stack, url).removeprefix("s3://")))

    def _stream(self, stack: str, stream: Mapping[str, Any]) -> Iterator[Grant]:
        to = stream["ExtendedS3DestinationConfiguration"]
        role = self._text(stack, to["RoleARN"])
        for prefix in ("Prefix", "ErrorOutputPrefix"):
            yield Grant(role, "s3:PutObject", f"{self._text(stack, to['BucketARN'])}/{to[prefix]}")
        schema = to["DataFormatConversionConfiguration"]["SchemaConfiguration"]
        table = f"{schema['DatabaseName']}/{self._text(stack, schema['TableName'])}"
        yield Grant(self._text(stack, schema["RoleARN"]), "glue:GetTableVersions", arn("glue", f"table/{table}"))
        group = self._text(stack, to["CloudWatchLoggingOptions"]["LogGroupName"])
        yield Grant(role, "logs:PutLogEvents", arn("logs", f"log-group:{group}"))
        for processor in to.get("ProcessingConfiguration", {}).get("Processors", ()):
            given = {
                each["ParameterName"]: self._text(stack, each["ParameterValue"]) for each in processor["Parameters"]
            }
            yield sends(given["RoleArn"], given["LambdaArn"])

    def _failed_run(self, stack: str, config: Mapping[str, Any]) -> Iterator[Grant]:
        for outcome in config["DestinationConfig"].values():
            yield sends(self._role(stack, config["FunctionName"]), self._text(stack, outcome["Destination"]))

    def _mapping(self, stack: str, mapping: Mapping[str, Any]) -> Iterator[Grant]:
        role, queue = self._role(stack, mapping["FunctionName"]), self._text(stack, mapping["EventSourceArn"])
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            yield Grant(role, f"sqs:{action}", queue)

    def _role(self, stack: str, function: Mapping[str, str]) -> str:
        return self._text(stack, self._templates.stacks[stack]["Resources"][function["Ref"]]["Properties"]["Role"])

    def _function(self, stack: str, function: Mapping[str, Any]) -> Iterator[Grant]:
        role = self._text(stack, function["Role"])
        group = arn("logs", f"log-group:{self._text(stack, function['LoggingConfig']['LogGroup'])}")
        yield from (Grant(role, f"logs:{action}", group) for action in ("CreateLogStream", "PutLogEvents"))
        if "VpcConfig" in function:
            yield Grant(role, "ec2:CreateNetworkInterface", "*")

    def _bucket(self, stack: str, bucket: Mapping[str, Any]) -> Iterator[Grant]:
        if logged := bucket.get("LoggingConfiguration"):
            place = f"{self._text(stack, logged['DestinationBucketName'])}/{logged['LogFilePrefix']}"
            source = arn("s3", self._text(stack, bucket["BucketName"]))
            yield Grant("logging.s3.amazonaws.com", "s3:PutObject", arn("s3", place), source)

    def _schedule(self, stack: str, schedule: Mapping[str, Any]) -> Iterator[Grant]:
        role = self._text(stack, schedule["Target"]["RoleArn"])
        yield sends(role, self._text(stack, schedule["Target"]["Arn"]))
        yield sends(role, self._text(stack, schedule["Target"]["DeadLetterConfig"]["Arn"]))


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_whoever_sends_reads_or_writes_for_a_resource_may(every: Callable[[str], Templates], name: str) -> None:
    templates = every(name)
    needs, grants = list(Needs(templates)), Grants(templates)
    assert {need.action for _, need in needs} >= {"sqs:SendMessage", "sns:Publish", "lambda:InvokeFunction"}
    assert [(resource, need) for resource, need in needs if not grants.allow(need)] == []


def test_a_frozen_role_loses_nothing_that_a_construct_grants_it(
    every: Callable[[str], Templates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grants = Grants(every("prod"))
    monkeypatch.setattr(iam.Role, "without_policy_updates", lambda role: role)
    added = list(Grants(with_all("prod", tmp_path)).added())
    assert added
    lost = {f"{each.who} {each.action}": each for each in added if not grants.allow(each)}
    assert {name for name in lost if not any(re.fullmatch(known, name) for known in NOT_NEEDED)} == set()
    assert {known for known in NOT_NEEDED if not any(re.fullmatch(known, name) for name in lost)} == set()
