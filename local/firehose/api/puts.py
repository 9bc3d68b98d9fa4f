"""PutRecord and PutRecordBatch: answered when the records are on disk.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

from collections.abc import Mapping
from typing import Any

from local.firehose.api.encryption import is_encrypted
from local.firehose.api.ingest import batch_of_records, one_record, stream_name
from local.firehose.api.registry import Registry
from local.firehose.stream import Stream
from local.protocol import AwsError, Json

_SLOW_DOWN = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}


class Puts:
    """The operations of producers."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def put_record(self, request: Mapping[str, Any]) -> Json:
        """Take one record; raises AwsError."""
        name, payloads = stream_name(request), one_record(request)
        stream = self._registry.active(name)
        with stream.metrics.timed("PutRecord.Latency"):
            accepted = stream.put(payloads)
        if not accepted:
            raise AwsError("ServiceUnavailableException", "Slow down.", status=503)
        stream.metrics.add(PutRecord_Requests=1, PutRecord_Bytes=len(payloads[0]))
        return {"RecordId": accepted[0], "Encrypted": self._encrypts(stream)}

    def put_record_batch(self, request: Mapping[str, Any]) -> Json:
        """Take up to 500 records; raises AwsError."""
        name, payloads = stream_name(request), batch_of_records(request)
        stream = self._registry.active(name)
        with stream.metrics.timed("PutRecordBatch.Latency"):
            accepted = stream.put(payloads)
        size = sum(map(len, payloads[: len(accepted)]))
        stream.metrics.add(PutRecordBatch_Requests=1, PutRecordBatch_Records=len(accepted), PutRecordBatch_Bytes=size)
        failed = len(payloads) - len(accepted)
        responses = [{"RecordId": number} for number in accepted] + failed * [_SLOW_DOWN]
        return {"FailedPutCount": failed, "Encrypted": self._encrypts(stream), "RequestResponses": responses}

    def _encrypts(self, stream: Stream) -> bool:
        return is_encrypted(stream.state.encryption, self._registry.surface.clock.now())
