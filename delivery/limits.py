"""Amazon Data Firehose's limits and price steps: each with its unit, its reason and the page it comes from.

Everybody who obeys a limit imports it from here; no number is written twice.
Pages: https://docs.aws.amazon.com/firehose/latest/dev/limits.html (limits),
https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html (put),
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html (transform).
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# --- putting (API_PutRecordBatch) -------------------------------------------------------------
MAX_RECORD_BYTES: Final = 1000 * KIB
"""Bytes of one record's data before base64: 1,000 KiB, not 1 MiB."""
MAX_BATCH_RECORDS: Final = 500
"""Records in one PutRecordBatch call."""
MAX_BATCH_BYTES: Final = 4 * MIB
"""Raw bytes, before base64, of all records in one PutRecordBatch call."""

# --- billing (https://aws.amazon.com/firehose/pricing/) ----------------------------------------
BILLING_STEP_BYTES: Final = 5 * KIB
"""Every record is billed as if its size were rounded up to a multiple of this."""

# --- transform Lambda (data-transformation.html; lambda/latest/dg/gettingstarted-limits.html) --
LAMBDA_PAYLOAD_BYTES: Final = 6 * MIB
"""A synchronous invocation's request and its response, each, as sent (base64 included)."""
LAMBDA_MAX_IN_FLIGHT: Final = 5
"""Outstanding invocations of the transform per shard of a stream."""
LAMBDA_MAX_TIMEOUT_SECONDS: Final = 300
"""Firehose waits this long for the transform, whatever the function's own time-out."""
LAMBDA_BUFFER_MIB: Final = (0.2, 3.0)
"""Smallest and largest BufferSizeInMBs of a Lambda processor."""
LAMBDA_BUFFER_SECONDS: Final = (0, 900)
LAMBDA_DEFAULT_BUFFER_MIB: Final = 1.0
LAMBDA_DEFAULT_BUFFER_SECONDS: Final = 60
LAMBDA_DEFAULT_RETRIES: Final = 3

# --- buffering at the destination (create-configure-backup.html, API_BufferingHints) -----------
CONVERSION_MIN_BUFFER_MIB: Final = 64
"""Smallest buffer with record format conversion, and with dynamic partitioning."""
PARTITIONING_MIN_BUFFER_SECONDS: Final = 60
DEFAULT_BUFFER_MIB: Final = 5
DEFAULT_CONVERSION_BUFFER_MIB: Final = 128
DEFAULT_BUFFER_SECONDS: Final = 300

# --- files of record format conversion (API_ParquetSerDe, API_OrcSerDe) --------------------------
SERDE_BLOCK_BYTES: Final = 256 * MIB
"""Default BlockSizeBytes: a Parquet file's row groups are at most this large."""
PARQUET_PAGE_BYTES: Final = MIB
ORC_STRIPE_BYTES: Final = 64 * MIB
ORC_ROW_INDEX_STRIDE: Final = 10_000
"""Rows between index entries."""

# --- dynamic partitioning (dynamic-partitioning.html) -------------------------------------------
MAX_ACTIVE_PARTITIONS: Final = 500
"""Partitions open at once in one stream; records beyond it go to the error prefix."""
MAX_SUB_RECORDS: Final = 500
"""Sub-records that multi-record de-aggregation takes from one record; above it, it silently takes none."""
MAX_PARTITION_KEYS: Final = 50
"""Keys that the jq query of one stream may make."""
PARTITIONING_DEFAULT_RETRY_SECONDS: Final = 300

# --- throughput of a Direct PUT stream in us-east-1, us-west-2 and eu-west-1 (limits.html) -------
THROUGHPUT: Final = {
    "BytesPerSecondLimit": 5 * MIB,
    "RecordsPerSecondLimit": 500_000,
    "PutRequestsPerSecondLimit": 2_000,
}
"""By the CloudWatch metric that shows each limit. The laptop shows them and does not enforce them.

Other regions have 1 MiB, 100,000 records and 1,000 requests a second. A stream that stays throttled is given more
over time, and more can be requested."""

# --- names and prefixes (API_CreateDeliveryStream, s3-prefixes.html) ----------------------------
STREAM_NAME_PATTERN: Final = r"[a-zA-Z0-9_.-]{1,64}"
MAX_EVALUATED_PREFIX_CHARS: Final = 512

# --- streams (API_CreateDeliveryStream, API_TagDeliveryStream, API_StartDeliveryStreamEncryption) --
MAX_STREAMS: Final = 5000
"""Streams of one account in one region."""
MAX_TAGS: Final = 50
"""Tags of one stream."""
MAX_ENCRYPTION_CALLS: Final = 25
"""Starts and stops of one stream's encryption, together, in ENCRYPTION_CALLS_SECONDS."""
ENCRYPTION_CALLS_SECONDS: Final = 24 * 3600

RETENTION_SECONDS: Final = 24 * 3600
"""A Direct PUT record that cannot be delivered for this long is lost on AWS."""
