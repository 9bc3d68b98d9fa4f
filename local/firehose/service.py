"""Amazon Data Firehose's API over streams on this machine.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_Operations.html
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local.clock import Clock
from local.endpoint import ACCOUNT, REGION
from local.firehose.api.control import StreamOperations
from local.firehose.api.encryption import EncryptionOperations
from local.firehose.api.puts import Puts
from local.firehose.api.registry import Registry
from local.firehose.api.shapes import check_request, operations, without_nulls
from local.firehose.api.tags import TagOperations
from local.firehose.clients import Clients
from local.firehose.monitoring.observe import status_of
from local.firehose.monitoring.publisher import Publisher
from local.firehose.monitoring.status import StreamStatus
from local.firehose.stream import Stream, Surface, system_randomness
from local.protocol import AwsError, Json

_FLUSH_SECONDS = 60.0

Operation = Callable[[Mapping[str, Any]], Json]


class Firehose:
    """The service. Streams and acknowledged records are stored under `data_dir` and survive the process.

    A new stream is CREATING, and changed encryption ENABLING or DISABLING, for `settling_seconds`, whatever the speed.
    """

    target_prefix = "Firehose_20150804"

    def __init__(
        self,
        clients: Clients,
        data_dir: Path,
        clock: Clock,
        settling_seconds: float = 0.0,
        *,
        account: str = ACCOUNT,
        region: str = REGION,
    ) -> None:
        self._registry = Registry(data_dir, account, Surface(clients, clock, region, system_randomness()))
        self._publisher = Publisher(clients, clock, self._registry.all)
        puts, tags = Puts(self._registry), TagOperations(self._registry)
        streams = StreamOperations(self._registry, settling_seconds)
        encryption = EncryptionOperations(self._registry, settling_seconds)
        # Puts check their own requests: there are many, and the model's checks are slow.
        self._puts: dict[str, Operation] = {"PutRecord": puts.put_record, "PutRecordBatch": puts.put_record_batch}
        self._operations: dict[str, Operation] = {
            "CreateDeliveryStream": streams.create,
            "DescribeDeliveryStream": streams.describe,
            "ListDeliveryStreams": streams.list_streams,
            "DeleteDeliveryStream": streams.delete,
            "UpdateDestination": streams.update,
            "TagDeliveryStream": tags.tag,
            "UntagDeliveryStream": tags.untag,
            "ListTagsForDeliveryStream": tags.list_tags,
            "StartDeliveryStreamEncryption": encryption.start,
            "StopDeliveryStreamEncryption": encryption.stop,
        }

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        """Answer one operation of the Firehose API; raises AwsError."""
        if operation in self._puts:
            return self._puts[operation](request)
        if operation not in self._operations:
            known = ", ".join(sorted(operations()))
            raise AwsError("UnknownOperationException", f"{operation}: operations are {known}")
        given = without_nulls(request)
        check_request(operation, given)
        return self._operations[operation](given)

    def close(self) -> None:
        """Stop delivering; a new Firehose over the same `data_dir` continues where this one stopped."""
        streams = self._registry.all()
        with ThreadPoolExecutor(max(len(streams), 1)) as at_once:
            list(at_once.map(Stream.close, streams))
        self._publisher.stop()

    def flush(self) -> None:
        """For tests: deliver everything that is buffered now, whatever the hints; TimeoutError after a minute."""
        for stream in self._registry.all():
            if not stream.flush(_FLUSH_SECONDS):
                raise TimeoutError(f"stream {stream.state.name} did not deliver within {_FLUSH_SECONDS:g} s")

    def metrics(self, stream: str) -> dict[str, float]:
        """For tests: the stream's metrics by AWS's names, summed since it was opened; raises AwsError if unknown."""
        return self.stream(stream).metrics.sums()

    def stream(self, name: str) -> Stream:
        """For tests: the stream itself; raises AwsError if unknown."""
        return self._registry.find(name)

    def statuses(self) -> list[StreamStatus]:
        """What every stream is doing, in the order of their names."""
        return [status_of(stream, self._registry.status(stream.state)) for stream in self._registry.all()]

    def publish(self) -> None:
        """For tests: send to CloudWatch now what it would get within a minute."""
        self._publisher.publish()
