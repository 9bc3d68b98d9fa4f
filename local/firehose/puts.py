"""PutRecord and PutRecordBatch: answered when the records are on disk.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

from collections.abc import Mapping
from typing import Any

from local.firehose.encryption import is_encrypted
from local.firehose.ingest import batch_of_records, one_record, stream_name
from local.firehose.registry import Registry
from local.firehose.stream import Stream
from local.protocol import Json


class Puts:
    """The operations of producers."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def put_record(self, request: Mapping[str, Any]) -> Json:
        """Take one record; raises AwsError."""
        name, payloads = stream_name(request), one_record(request)
        stream = self._registry.active(name)
        [record] = stream.put(payloads)
        stream.metrics.add(PutRecord_Requests=1, PutRecord_Bytes=len(record.data))
        return {"RecordId": record.record_id, "Encrypted": self._encrypts(stream)}

    def put_record_batch(self, request: Mapping[str, Any]) -> Json:
        """Take up to 500 records; raises AwsError."""
        name, payloads = stream_name(request), batch_of_records(request)
        stream = self._registry.active(name)
        records = stream.put(payloads)
        size = sum(map(len, payloads))
        stream.metrics.add(PutRecordBatch_Requests=1, PutRecordBatch_Records=len(records), PutRecordBatch_Bytes=size)
        responses = [{"RecordId": record.record_id} for record in records]
        return {"FailedPutCount": 0, "Encrypted": self._encrypts(stream), "RequestResponses": responses}

    def _encrypts(self, stream: Stream) -> bool:
        return is_encrypted(stream.state.encryption, self._registry.surface.clock.now())
