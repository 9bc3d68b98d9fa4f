"""A cloud assembly of two small stacks, written as `cdk synth` would."""

import json
from pathlib import Path
from typing import Any

from local.deployment.assembly import Asset

BUCKET = "tiny-bucket"
ASSETS = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
SCHEMA_VERSION = "43.0.0"

HANDLER = """
import json, os, time
import boto3
import greeting

def handler(event, context):
    time.sleep(event.get("sleep", 0))
    if "size" in event:
        return "x" * event["size"]
    if "fail" in event:
        raise ValueError(event["fail"])
    if again := event.get("again"):
        next = json.dumps({"again": again - 1})
        boto3.client("lambda").invoke(FunctionName=context.function_name, InvocationType="Event", Payload=next)
    key = "seen/" + context.aws_request_id + ".json"
    boto3.client("s3").put_object(Bucket="tiny-bucket", Key=key, Body=json.dumps(event).encode())
    return {"greeting": greeting.WORD, "environment": dict(os.environ)}
"""


def write(
    folder: Path, *, word: str = "hello", buffer_mib: Any = 64, schedule: str = "rate(1 day)", queue: str = "tiny-queue"
) -> Path:
    """Write the assembly to `folder`; `word` is what the layer says, `buffer_mib` the delivery stream's buffer."""
    layer = _folder_asset(folder, f"layer-{word}", {"python/greeting.py": f"WORD = {word!r}\n"})
    code = _folder_asset(folder, "code", {"index.py": HANDLER})
    _stack(folder, "tiny-base", _base(layer, code, buffer_mib, schedule), [layer, code], [])
    _stack(folder, "tiny-top", _top(queue), [], ["tiny-base"])
    return _manifest(folder)


def write_one(folder: Path, name: str, template: dict[str, Any]) -> Path:
    """Write an assembly of one stack with a queue and whatever else `template` says."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}
    _stack(folder, name, {**template, "Resources": {"Queue": queue, **template.get("Resources", {})}}, [], [])
    return _manifest(folder)


def _manifest(folder: Path) -> Path:
    manifest: dict[str, Any] = {"version": SCHEMA_VERSION, "artifacts": {}}
    for part in sorted(folder.glob("*.part.json")):
        manifest["artifacts"] |= json.loads(part.read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _folder_asset(folder: Path, name: str, files: dict[str, str]) -> Asset:
    for path, text in files.items():
        target = folder / f"asset.{name}" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return Asset(Path(f"asset.{name}"), "zip", ASSETS, f"{name}.zip")


def _stack(folder: Path, name: str, template: dict[str, Any], assets: list[Asset], needs: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.template.json").write_text(json.dumps(template))
    own = Asset(Path(f"{name}.template.json"), "file", ASSETS, f"{name}-{abs(hash(json.dumps(template)))}.json")
    files = {asset.key: _file(asset) for asset in [*assets, own]}
    (folder / f"{name}.assets.json").write_text(json.dumps({"version": SCHEMA_VERSION, "files": files}))
    artifacts = {
        f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}},
        name: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {
                "templateFile": f"{name}.template.json",
                "stackName": name,
                "stackTemplateAssetObjectUrl": f"s3://{own.bucket}/{own.key}",
                "requiresBootstrapStackVersion": 6,
                "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
            },
            "dependencies": [f"{name}.assets", *needs],
        },
    }
    (folder / f"{name}.part.json").write_text(json.dumps(artifacts))


def _file(asset: Asset) -> dict[str, Any]:
    return {
        "source": {"path": str(asset.source), "packaging": asset.packaging},
        "destinations": {"here": {"bucketName": asset.bucket, "objectKey": asset.key}},
    }


def _base(layer: Asset, code: Asset, buffer_mib: Any, schedule: str) -> dict[str, Any]:
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": _bucket(), "DependsOn": ["MayInvoke"]},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "tiny-secret", "SecretString": "s"}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": _trust()}},
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": _content(layer)}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "tiny-function",
                "Runtime": "python3.11",
                "Handler": "index.handler",
                "Timeout": 20,
                "Code": _content(code),
                "Layers": [{"Ref": "Layer"}],
                "RecursiveLoop": "Allow",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
        "MayInvoke": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "Function"},
                "Principal": "s3.amazonaws.com",
            },
        },
        "Stream": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": _stream(buffer_mib)},
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "Name": "tiny-schedule",
                "ScheduleExpression": schedule,
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {
                    "Arn": {"Fn::GetAtt": ["Function", "Arn"]},
                    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Input": '{"from": "schedule"}',
                },
            },
        },
        "Query": {
            "Type": "AWS::Athena::NamedQuery",
            "Properties": {"Database": "tiny", "QueryString": "SELECT 1", "Name": "one"},
        },
        "Group": {
            "Type": "AWS::Athena::WorkGroup",
            "Properties": {
                "Name": "tiny-group",
                "WorkGroupConfiguration": {"BytesScannedCutoffPerQuery": 10_000_000},
            },
        },
        "Prices": {"Type": "AWS::QuickSight::DataSet", "Properties": {"Name": "prices"}},
        "Trades": {"Type": "AWS::QuickSight::DataSet", "Properties": {"Name": "trades"}},
    }
    outputs = {
        "StreamArn": {"Value": {"Fn::GetAtt": ["Stream", "Arn"]}, "Export": {"Name": "tiny-stream-arn"}},
        "StreamName": {"Value": {"Ref": "Stream"}},
        "QueryId": {"Value": {"Ref": "Query"}},
    }
    return {"Resources": resources, "Outputs": outputs, "Parameters": _bootstrap_version()}


def _bucket() -> dict[str, Any]:
    return {
        "BucketName": BUCKET,
        "NotificationConfiguration": {
            "LambdaConfigurations": [
                {
                    "Event": "s3:ObjectCreated:*",
                    "Function": {"Fn::GetAtt": ["Function", "Arn"]},
                    "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
                }
            ]
        },
    }


def _stream(buffer_mib: Any) -> dict[str, Any]:
    return {
        "DeliveryStreamName": "tiny-stream",
        "DeliveryStreamType": "DirectPut",
        "ExtendedS3DestinationConfiguration": {
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "RoleARN": {"Fn::GetAtt": ["Role", "Arn"]},
            "BufferingHints": {"SizeInMBs": buffer_mib, "IntervalInSeconds": "60"},
            "Prefix": "landed/!{timestamp:yyyy}/",
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "S3BackupMode": "Enabled",
            "S3BackupConfiguration": {
                "BucketARN": f"arn:aws:s3:::{BUCKET}",
                "RoleARN": {"Fn::GetAtt": ["Role", "Arn"]},
                "Prefix": "backup/",
            },
        },
    }


def _top(queue: str) -> dict[str, Any]:
    value = {"Fn::ImportValue": "tiny-stream-arn"}
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": queue}},
        "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/tiny", "Type": "String", "Value": value}},
    }
    return {"Resources": resources, "Parameters": _bootstrap_version()}


def _bootstrap_version() -> dict[str, Any]:
    kind = "AWS::SSM::Parameter::Value<String>"
    return {"BootstrapVersion": {"Type": kind, "Default": "/cdk-bootstrap/hnb659fds/version"}}


def _trust() -> dict[str, Any]:
    principal = {"Service": ["lambda.amazonaws.com", "firehose.amazonaws.com", "scheduler.amazonaws.com"]}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _content(asset: Asset) -> dict[str, Any]:
    return {"S3Bucket": {"Fn::Sub": asset.bucket}, "S3Key": asset.key}
