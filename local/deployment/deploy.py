"""Deploy a synthesised cloud assembly to the gateway with CloudFormation's API: no Node, no CDK CLI."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final, Literal

from botocore.exceptions import ClientError, WaiterError

from local.deployment.assembly import Asset, StackArtifact, read_assembly
from local.deployment.bootstrap import STACK, bootstrap_template
from local.endpoint import client

_BODY_BYTES: Final = 51_200
"""A larger template is given by its URL.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
_CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
_AT_ONCE: Final = 4
_POLL: Final = {"Delay": 0.1, "MaxAttempts": 6000}
_DEAD: Final = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS")
"""States of a stack that never came to be: it can only be deleted and created again."""

Outcome = Literal["created", "updated", "unchanged"]


class DeployError(RuntimeError):
    """A stack could not be deployed; `reason` is the first failed resource's, in CloudFormation's words."""

    def __init__(self, stack: str, reason: str) -> None:
        self.stack = stack
        self.reason = reason
        super().__init__(f"stack {stack} failed: {reason}")


@dataclass(frozen=True)
class Deployed:
    """A deployed stack: what happened to it, and its outputs."""

    name: str
    outcome: Outcome
    outputs: Mapping[str, str]


def deploy(cdk_out: Path, url: str, report: Callable[[str], None]) -> list[Deployed]:
    """Upload the assets of `cdk_out`, then create or update each stack after those it depends on.

    `report` gets one line per step. Raises `DeployError` for the first stack that fails, `AssemblyError` when `cdk_out`
    is not a cloud assembly that can be deployed here.
    """
    assembly = read_assembly(cdk_out)
    deployment = _Deployment(url, {asset.source.resolve(): asset for asset in assembly.assets})
    deployment.bootstrap({asset.bucket for asset in assembly.assets})
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        uploaded = sum(pool.map(deployment.upload, assembly.assets))
        report(f"assets: {uploaded} uploaded, {len(assembly.assets) - uploaded} there already")
        return list(_in_order(assembly.stacks, pool, deployment.stack, report))


def _in_order(
    stacks: tuple[StackArtifact, ...],
    pool: ThreadPoolExecutor,
    deploy_stack: Callable[[StackArtifact], Deployed],
    report: Callable[[str], None],
) -> Iterator[Deployed]:
    """Deploy each stack as soon as those it needs are deployed."""
    by_name = {stack.name: stack for stack in stacks}
    order = TopologicalSorter({stack.name: stack.needs for stack in stacks})
    order.prepare()
    running: dict[Future[Deployed], float] = {}
    while order.is_active():
        running |= {pool.submit(deploy_stack, by_name[name]): time.monotonic() for name in order.get_ready()}
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            started = running.pop(future)
            deployed = future.result()
            report(f"stack {deployed.name}: {deployed.outcome} in {time.monotonic() - started:.1f} s")
            order.done(deployed.name)
            yield deployed


class _Deployment:
    def __init__(self, url: str, assets: Mapping[Path, Asset]) -> None:
        self._url = url
        self._assets = assets
        self._s3 = client(url, "s3")
        self._ssm = client(url, "ssm")
        self._cloudformation = client(url, "cloudformation")

    def bootstrap(self, buckets: set[str]) -> None:
        """Create the asset bucket and the bootstrap version, unless `cdk bootstrap` has."""
        if self._status(STACK) is None:
            self._cloudformation.create_stack(StackName=STACK, TemplateBody=bootstrap_template())
            self._wait(STACK, "stack_create_complete")
        there = {bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]}
        for bucket in sorted(buckets - there):  # of an assembly with a qualifier of its own
            self._s3.create_bucket(Bucket=bucket)

    def upload(self, asset: Asset) -> bool:
        """Upload an asset; false if it was there: its key is a hash of its content."""
        try:
            self._s3.head_object(Bucket=asset.bucket, Key=asset.key)
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
        else:
            return False
        with tempfile.TemporaryDirectory() as scratch:
            is_folder = asset.packaging == "zip" and asset.source.is_dir()
            file = shutil.make_archive(f"{scratch}/asset", "zip", asset.source) if is_folder else asset.source
            self._s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=Path(file).read_bytes())
        return True

    def stack(self, stack: StackArtifact) -> Deployed:
        """Create or update one stack and wait for it."""
        status = self._status(stack.name)
        if status in _DEAD:
            self._cloudformation.delete_stack(StackName=stack.name)
            self._cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack.name, WaiterConfig=_POLL)
            status = None
        outcome = self._create(stack) if status is None else self._update(stack)
        if outcome != "unchanged":
            self._wait(stack.name, "stack_create_complete" if status is None else "stack_update_complete")
        found = self._cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        return Deployed(stack.name, outcome, outputs)

    def _status(self, name: str) -> str | None:
        try:
            status: str = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if "does not exist" not in error.response["Error"]["Message"]:
                raise
            return None
        return status

    def _create(self, stack: StackArtifact) -> Outcome:
        try:
            self._cloudformation.create_stack(**self._request(stack))
        except ClientError as error:
            raise DeployError(stack.name, error.response["Error"]["Message"]) from error
        return "created"

    def _update(self, stack: StackArtifact) -> Outcome:
        try:
            self._cloudformation.update_stack(**self._request(stack))
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if "No updates are to be performed" in message:
                return "unchanged"
            raise DeployError(stack.name, message) from error
        return "updated"

    def _request(self, stack: StackArtifact) -> dict[str, Any]:
        return {
            "StackName": stack.name,
            "Capabilities": list(_CAPABILITIES),
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()],
            "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
            **self._template(stack.template),
        }

    def _template(self, path: Path) -> dict[str, str]:
        body = json.dumps(json.loads(path.read_bytes()), separators=(",", ":"))
        if len(body.encode()) <= _BODY_BYTES:
            return {"TemplateBody": body}
        asset = self._assets[path.resolve()]
        return {"TemplateURL": f"{self._url}/{asset.bucket}/{asset.key}"}

    def _wait(self, name: str, waiter: str) -> None:
        try:
            self._cloudformation.get_waiter(waiter).wait(StackName=name, WaiterConfig=_POLL)
        except WaiterError as error:
            raise DeployError(name, self._first_failure(name)) from error

    def _first_failure(self, name: str) -> str:
        """The reason of the first resource that failed in the operation that has just ended."""
        reason = "it did not end as expected, and no resource says why"
        for page in self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
            for event in page["StackEvents"]:  # newest first
                status = event["ResourceStatus"]
                if event["LogicalResourceId"] == name and status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
                    return reason
                if status.endswith("_FAILED") and event["LogicalResourceId"] != name:
                    reason = f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}"
        return reason
