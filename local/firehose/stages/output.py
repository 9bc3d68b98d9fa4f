"""From a ready buffer to its objects: conversion or compression, the key, the put, and error objects."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from delivery import limits
from local.firehose.configuration.config import Destination, Target
from local.firehose.conversion.catalog import Catalog, UnusableTableError
from local.firehose.conversion.convert import Converted, convert, refuse_all
from local.firehose.conversion.write import kind_of
from local.firehose.monitoring.error_log import ErrorLog
from local.firehose.monitoring.metrics import Metrics
from local.firehose.records import ErrorType, Failure, Item, Record
from local.firehose.stages.buffer import Buffer
from local.firehose.stages.compress import encoding_of
from local.firehose.stages.deliver import Delivery, Naming, S3Object, StoppedError
from local.firehose.stages.errors import error_lines

_log = logging.getLogger(__name__)
_CONVERTING = threading.Lock()
"""One conversion at a time: it takes several times its buffer in memory, and all cores."""
Done = Callable[[list[int]], None]


@dataclass(frozen=True)
class Output:
    """Everything after the buffers of one version of a stream; each method returns once the records are stored.

    Methods may run on several threads, and raise StoppedError when the stream stops first.
    """

    destination: Destination
    naming: Naming
    delivery: Delivery
    catalog: Catalog
    metrics: Metrics
    errors: ErrorLog
    now_ms: Callable[[], int]
    done: Done
    """Gets the sequence numbers of records that are stored, or lost for good."""

    def store_data(self, buffer: Buffer[Item]) -> None:
        """Store a buffer of one partition; what cannot be converted goes to the error prefix.

        On an unexpected error, the buffer is halved until the records that cause it are isolated. They go to the error
        prefix too: they are not lost, and do not hold up the others.
        """
        items = buffer.entries
        try:
            self._store_items(buffer)
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - no error may stop the stream
            _log.exception("%d records could not be stored together", len(items))
            if len(items) == 1:
                kind: ErrorType = "format-conversion-failed" if self.destination.conversion else "delivery-failed"
                self.store_errors([self.failure(items[0], kind, "InternalFailure", repr(error))])
                return
            for half in (items[: len(items) // 2], items[len(items) // 2 :]):
                self.store_data(Buffer(buffer.key, buffer.opened, half))

    def store_errors(self, failures: Sequence[Failure]) -> None:
        """Store failures of one kind under the error prefix; retried forever, as on AWS."""
        target, destination = self.destination.target, self.destination
        kind = failures[0].kind
        surroundings = self.naming.surroundings(min(f.arrival_ms for f in failures), target.zone, kind)
        key = self.naming.key(target.error_prefix, surroundings, "")
        lambda_arn = destination.transform.arn if destination.transform else ""
        self.errors.failed(failures, lambda_arn)
        body = error_lines(
            failures,
            lambda_arn=lambda_arn,
            catalog_table=destination.conversion.catalog_table if destination.conversion else {},
        )
        self.delivery.put(S3Object(target.bucket, key, body, _encryption(target)))
        self.done([failure.sequence for failure in failures])

    def store_backup(self, records: Sequence[Record]) -> None:
        """Store records as they were put, in the backup bucket."""
        target = self.destination.backup
        assert target is not None
        encoding = encoding_of(target.compression)
        surroundings = self.naming.surroundings(min(record.arrival_ms for record in records), target.zone)
        key = self.naming.key(target.prefix, surroundings, encoding.extension)
        body = encoding.encode(b"".join(record.data for record in records))
        headers = _encryption(target) | _content_encoding(encoding.content_encoding)
        self._store_forever(S3Object(target.bucket, key, body, headers))
        size = sum(len(record.data) for record in records)
        self.metrics.add(
            BackupToS3_Success=1,
            BackupToS3_Records=len(records),
            BackupToS3_Bytes=size,
            BackupToS3_DataFreshness=self._age(min(record.arrival_ms for record in records)),
        )
        self.done([record.sequence for record in records])

    def failure(self, item: Item, kind: ErrorType, code: str, message: str) -> Failure:
        """A failure of a record after its transform, at the current time."""
        return Failure(item.sequence, item.arrival_ms, item.data, kind, code, message, 1, self.now_ms())

    def _age(self, arrival_ms: int) -> float:
        """Seconds since a record's arrival."""
        return (self.now_ms() - arrival_ms) / 1000

    def _store_items(self, buffer: Buffer[Item]) -> None:
        items, conversion = buffer.entries, self.destination.conversion
        if conversion is None:
            encoding = encoding_of(self.destination.target.compression)
            body = encoding.encode(b"".join(item.data for item in items))
            self._store(buffer.key, items, body, encoding.extension, encoding.content_encoding)
            return
        try:
            columns = self.catalog.columns(conversion)
            with _CONVERTING:
                converted = convert(items, columns, conversion)
        except UnusableTableError as error:
            converted = refuse_all(items, str(error))
        self._count_conversion(converted)
        if converted.good:
            file = kind_of(conversion.serializer)
            self._store(buffer.key, converted.good, converted.body, file.extension, file.content_encoding)
        if converted.refused:
            self.store_errors(
                [
                    self.failure(i, "format-conversion-failed", f"DataFormatConversion.{r.code}", r.message)
                    for i, r in converted.refused
                ]
            )

    def _store(
        self, partition: tuple[str, ...], items: Sequence[Item], body: bytes, extension: str, content_encoding: str
    ) -> None:
        target, retry = self.destination.target, self.destination.partitioning_retry_seconds
        keys = dict(zip(target.prefix.keys, partition, strict=True))
        surroundings = self.naming.surroundings(min(item.arrival_ms for item in items), target.zone, "", keys)
        key = self.naming.key(target.prefix, surroundings, target.extension or extension)
        headers = _encryption(target) | _content_encoding(content_encoding)
        stored = S3Object(target.bucket, key, body, headers)
        if retry is None:
            self._store_forever(stored)
        elif failed := self.delivery.put(stored, retry):
            self.metrics.add(DeliveryToS3_Success=0)
            self.store_errors(
                [self.failure(item, "delivery-failed", failed, f"{key} was not stored") for item in items]
            )
            return
        self.metrics.add(
            DeliveryToS3_Success=1,
            DeliveryToS3_Records=len(items),
            DeliveryToS3_Bytes=len(body),
            DeliveryToS3_ObjectCount=1,
            DeliveryToS3_DataFreshness=self._age(min(item.arrival_ms for item in items)),
        )
        self.done([item.sequence for item in items])

    def _store_forever(self, stored: S3Object) -> None:
        """Store an object that AWS would lose after 24 hours. Here that is logged, and retries continue."""
        if failed := self.delivery.put(stored, limits.RETENTION_SECONDS):
            _log.error("%s: AWS loses s3://%s/%s now; here it is retried", failed, stored.bucket, stored.key)
            self.delivery.put(stored)

    def _count_conversion(self, converted: Converted) -> None:
        self.metrics.add(
            SucceedConversion_Records=len(converted.good),
            SucceedConversion_Bytes=sum(len(item.data) for item in converted.good),
            FailedConversion_Records=len(converted.refused),
            FailedConversion_Bytes=sum(len(item.data) for item, _ in converted.refused),
        )


def _encryption(target: Target) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": target.kms_key} if target.kms_key else {}


def _content_encoding(name: str) -> dict[str, str]:
    return {"ContentEncoding": name} if name else {}
