"""ARNs of resources in the stack's own account and region, from their names: no stack refers to another for them."""

from aws_cdk import ArnFormat, Stack
from constructs import Construct

from cdk.config import BucketKind, Environment


def stream_arn(scope: Construct, name: str) -> str:
    """A delivery stream's ARN."""
    return Stack.of(scope).format_arn(service="firehose", resource="deliverystream", resource_name=name)


def function_arn(scope: Construct, name: str) -> str:
    """A Lambda function's ARN, without a version."""
    return Stack.of(scope).format_arn(
        service="lambda", resource="function", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def table_arn(scope: Construct, name: str) -> str:
    """A DynamoDB table's ARN."""
    return Stack.of(scope).format_arn(service="dynamodb", resource="table", resource_name=name)


def queue_arn(scope: Construct, name: str) -> str:
    """An SQS queue's ARN."""
    return Stack.of(scope).format_arn(service="sqs", resource=name)


def topic_arn(scope: Construct, name: str) -> str:
    """An SNS topic's ARN."""
    return Stack.of(scope).format_arn(service="sns", resource=name)


def secret_arn(scope: Construct, name: str) -> str:
    """The ARN of a secret by name: Secrets Manager adds six characters of its own."""
    return Stack.of(scope).format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=f"{name}-??????",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def glue_arns(scope: Construct, database: str, table: str) -> list[str]:
    """What Glue asks permission for when a table is read: the catalogue, the database and the table."""
    stack = Stack.of(scope)
    return [
        stack.format_arn(service="glue", resource="catalog"),
        stack.format_arn(service="glue", resource="database", resource_name=database),
        stack.format_arn(service="glue", resource="table", resource_name=f"{database}/{table}"),
    ]


def workgroup_arn(scope: Construct, name: str) -> str:
    """An Athena workgroup's ARN."""
    return Stack.of(scope).format_arn(service="athena", resource="workgroup", resource_name=name)


def data_catalog_arn(scope: Construct, name: str) -> str:
    """The ARN of a catalogue as Athena names it; Glue's is `AwsDataCatalog`."""
    return Stack.of(scope).format_arn(service="athena", resource="datacatalog", resource_name=name)


def workflow_arn(scope: Construct, name: str) -> str:
    """A Glue workflow's ARN."""
    return Stack.of(scope).format_arn(service="glue", resource="workflow", resource_name=name)


def log_group_arn(scope: Construct, name: str) -> str:
    """The ARN of all streams of a log group."""
    return Stack.of(scope).format_arn(
        service="logs", resource="log-group", resource_name=f"{name}:*", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def bucket_arn(scope: Construct, name: str) -> str:
    """A bucket's ARN."""
    return Stack.of(scope).format_arn(service="s3", region="", account="", resource=name)


def bucket_name(scope: Construct, environment: Environment, kind: BucketKind) -> str:
    """The bucket of `kind` in the stack's account and region."""
    stack = Stack.of(scope)
    return environment.bucket(kind, stack.account, stack.region)
