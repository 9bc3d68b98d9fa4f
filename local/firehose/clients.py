"""What Firehose needs of other services, in boto3's shapes: boto3 clients fit, and fakes take four lines each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

CALL_ERRORS = (BotoCoreError, ClientError)
"""What a boto3 client raises when a call fails."""

UNREACHABLE = (ConnectTimeoutError, EndpointConnectionError)
"""Those raised when the endpoint does not answer. On AWS it always does, so they do not count as attempts."""


class S3(Protocol):
    """Stores objects."""

    def put_object(self, **request: Any) -> Mapping[str, Any]:
        """Bucket, Key and Body; also ContentType, ContentEncoding and encryption."""
        ...


class Lambda(Protocol):
    """Invokes functions synchronously."""

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Mapping[str, Any]:  # noqa: N803
        """Answers `Payload` (readable) and, when the function failed, `FunctionError`."""
        ...


class Glue(Protocol):
    """Knows tables."""

    def get_table(self, *, DatabaseName: str, Name: str) -> Mapping[str, Any]:  # noqa: N803
        """Answers `Table` with its columns."""
        ...

    def get_table_version(self, *, DatabaseName: str, TableName: str, VersionId: str) -> Mapping[str, Any]:  # noqa: N803
        """Answers `TableVersion`, whose `Table` is as get_table's."""
        ...


class Kms(Protocol):
    """Knows keys."""

    def describe_key(self, *, KeyId: str) -> Mapping[str, Any]:  # noqa: N803
        """Answers `KeyMetadata` with the key's state."""
        ...


class CloudWatch(Protocol):
    """Keeps metrics."""

    def put_metric_data(self, *, Namespace: str, MetricData: Sequence[Any]) -> Any:  # noqa: N803
        """Store samples."""
        ...


class Logs(Protocol):
    """Keeps log events."""

    def put_log_events(self, *, logGroupName: str, logStreamName: str, logEvents: Sequence[Any]) -> Any:  # noqa: N803
        """Store events, which are in order of time."""
        ...


@dataclass(frozen=True)
class Clients:
    """The services that delivery streams call.

    Without `kms` every key counts as usable; without `cloudwatch` and `logs` nothing is sent there.
    """

    s3: S3
    lambda_: Lambda
    glue: Glue
    kms: Kms | None = None
    cloudwatch: CloudWatch | None = None
    logs: Logs | None = None


def error_code(error: Exception) -> str:
    """The service's own code for a failed call, e.g. `NoSuchBucket`; the exception's name if no service answered."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__
