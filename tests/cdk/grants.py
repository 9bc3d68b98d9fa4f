"""Who may do what by the templates: roles by their own policies, services by the policies of what they reach."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.cdk.conftest import Templates, as_list

_PSEUDO = {"AWS::AccountId": "000000000000", "AWS::Partition": "aws", "AWS::Region": "us-east-1"}
_NAMED = {
    "AWS::Events::Rule": ("events", "Name", "rule/"),
    "AWS::Lambda::Function": ("lambda", "FunctionName", "function:"),
    "AWS::Logs::LogGroup": ("logs", "LogGroupName", "log-group:"),
    "AWS::S3::Bucket": ("s3", "BucketName", ""),
    "AWS::SNS::Topic": ("sns", "TopicName", ""),
    "AWS::SQS::Queue": ("sqs", "QueueName", ""),
}
"""Service and name of what has one, and how its ARN continues."""
_POLICIES = ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")


@dataclass(frozen=True)
class Grant:
    """An action on a resource that `who`, a role or a service, needs; a service for the resource `source`."""

    who: str
    action: str
    resource: str
    source: str = ""


@dataclass(frozen=True)
class _Statement:
    who: str
    actions: list[str]
    resources: list[str]
    conditions: dict[str, str]

    def allows(self, grant: Grant) -> bool:
        context = {"aws:SourceAccount": _PSEUDO["AWS::AccountId"], "aws:SourceArn": grant.source}
        return (
            self.who == grant.who
            and any(fnmatchcase(grant.action, each) for each in self.actions)
            and any(fnmatchcase(grant.resource, each) for each in self.resources)
            and all(context.get(key) == value for key, value in self.conditions.items())
        )


class Grants:
    """What `templates` allow."""

    def __init__(self, templates: Templates) -> None:
        self.templates = templates
        self._statements = [*self._of_roles(), *self._of_resources()]

    def allow(self, grant: Grant) -> bool:
        """Whether some policy allows `grant`."""
        return any(statement.allows(grant) for statement in self._statements)

    def added(self) -> Iterator[Grant]:
        """What constructs added to roles, in policies of their own."""
        for name, policy in self.templates.resources("AWS::IAM::Policy").items():
            stack = name.partition("/")[0]
            for each in policy["PolicyDocument"]["Statement"]:
                for role in policy["Roles"]:
                    found = self._statement(stack, f"{stack}/{role['Ref']}", each)
                    yield from (Grant(found.who, a, resource) for a in found.actions for resource in found.resources)

    def text(self, stack: str, value: Any) -> str:
        """A value in a template of `stack` as text: what has a name by its name or ARN, a role by its id."""
        match value:
            case str():
                return re.sub(r"\$\{(AWS::\w+)}", lambda found: _PSEUDO[found[1]], value)
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(self.text(stack, part) for part in parts)
            case {"Fn::Sub": str(text)}:
                return self.text(stack, text)
            case {"Fn::GetAtt": [name, "Arn"]}:
                return self._arn(stack, name)
            case {"Fn::GetStackOutput": output}:
                other = output["StackName"].split("-", 2)[2]
                return self.text(other, self.templates.stacks[other]["Outputs"][output["OutputName"]]["Value"])
            case {"Ref": name}:
                return self._ref(stack, name)
        raise ValueError(f"{stack}: {value}")

    def _ref(self, stack: str, name: str) -> str:
        if name in _PSEUDO:
            return _PSEUDO[name]
        resource = self.templates.stacks[stack]["Resources"][name]
        if resource["Type"] == "AWS::SNS::Topic":
            return self._arn(stack, name)
        if resource["Type"] == "AWS::Glue::Table":
            return str(resource["Properties"]["TableInput"]["Name"])
        return self.text(stack, resource["Properties"][_NAMED[resource["Type"]][1]])

    def _arn(self, stack: str, name: str) -> str:
        resource = self.templates.stacks[stack]["Resources"][name]
        if resource["Type"] == "AWS::IAM::Role":
            return f"{stack}/{name}"
        service, key, kind = _NAMED[resource["Type"]]
        return arn(service, kind + self.text(stack, resource["Properties"][key]))

    def _of_roles(self) -> Iterator[_Statement]:
        for name, role in self.templates.resources("AWS::IAM::Role").items():
            for policy in role["Policies"]:
                for each in policy["PolicyDocument"]["Statement"]:
                    yield self._statement(name.partition("/")[0], name, each)

    def _of_resources(self) -> Iterator[_Statement]:
        for kind in _POLICIES:
            for name, policy in self.templates.resources(kind).items():
                for each in policy["PolicyDocument"]["Statement"]:
                    if each["Effect"] == "Allow":
                        yield self._statement(name.partition("/")[0], each["Principal"]["Service"], each)

    def _statement(self, stack: str, who: str, statement: Mapping[str, Any]) -> _Statement:
        resources = [self.text(stack, each) for each in as_list(statement["Resource"])]
        conditions = {
            key: self.text(stack, value)
            for operator in statement.get("Condition", {}).values()
            for key, value in operator.items()
        }
        return _Statement(who, as_list(statement["Action"]), resources, conditions)


def arn(service: str, resource: str) -> str:
    """The ARN of a resource in the stacks' account and region; buckets have neither in theirs."""
    place = ":" if service == "s3" else f"{_PSEUDO['AWS::Region']}:{_PSEUDO['AWS::AccountId']}"
    # a policy names the streams of a log group, and so does CloudFormation with the ARN of a group
    return f"arn:aws:{service}:{place}:{resource}" + (":*" if service == "logs" else "")
