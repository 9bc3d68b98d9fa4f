"""What AWS does not show: the gateway's view of its own streams, in the same protocol as everything else here.

curl -H 'X-Amz-Target: Standpipe.Streams' -d '{}' http://127.0.0.1:4566
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from local.firehose.monitoring.status import StreamStatus
from local.protocol import AwsError, Json

OPERATION = "Streams"


class Inspector:
    """A service that only this gateway has."""

    target_prefix = "Standpipe"

    def __init__(self, statuses: Callable[[], list[StreamStatus]]) -> None:
        self._statuses = statuses

    def call(self, operation: str, _: Mapping[str, Any]) -> Json:
        """Answer `Streams`: the status of every delivery stream (`StreamStatus`); raises AwsError."""
        if operation != OPERATION:
            raise AwsError("UnknownOperationException", f"{operation}: the only operation is {OPERATION}")
        return {OPERATION: msgspec.to_builtins(self._statuses())}

    def close(self) -> None:
        """There is nothing to stop."""
