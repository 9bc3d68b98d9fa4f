"""Records put to the stream `prices`."""

from local.firehose.service import Firehose
from tests.local.firehose.fakes import b64


def put(firehose: Firehose, *payloads: bytes) -> None:
    """Put them in one call."""
    records = [{"Data": b64(data)} for data in payloads]
    firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": records})


def deliver(firehose: Firehose, *payloads: bytes) -> None:
    """Put them, and deliver all that is buffered."""
    put(firehose, *payloads)
    firehose.flush()
