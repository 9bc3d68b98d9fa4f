"""What can be observed of a stream at a moment: samples for its metrics, and its status."""

from delivery import limits
from local.firehose.configuration.config import partitions
from local.firehose.monitoring.status import Passed, StreamStatus
from local.firehose.stream import Stream


def measure(stream: Stream) -> None:
    """Add samples of the current state to the stream's metrics; an idle stream has none, as on AWS."""
    age = stream.backlog.oldest_seconds
    if age is None and not stream.metrics.has_samples:
        return
    stream.metrics.add(**limits.THROUGHPUT)
    if age is not None:
        stream.metrics.add(DeliveryToS3_DataFreshness=age)
    if partitions(stream.state.destination):
        stream.metrics.add(PartitionCount=stream.holds.partitions, PartitionCountExceeded=0)


def status_of(stream: Stream, state: str) -> StreamStatus:
    """What the stream is doing, in the given DeliveryStreamStatus."""
    sums = {name: int(total) for name, total in stream.metrics.sums().items()}
    return StreamStatus(
        name=stream.state.name,
        state=state,
        version=stream.state.version,
        backlog=stream.backlog,
        holds=stream.holds,
        incoming=Passed(sums.get("IncomingRecords", 0), sums.get("IncomingBytes", 0)),
        delivered=Passed(
            sums.get("DeliveryToS3.Records", 0),
            sums.get("DeliveryToS3.Bytes", 0),
            sums.get("DeliveryToS3.ObjectCount", 0),
        ),
        errors=stream.errors.records(),
    )
