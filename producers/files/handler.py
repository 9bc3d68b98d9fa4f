"""Lambda handler: loads the files that a batch of SQS messages announces.

Answers which messages failed, so that only those come again and end in the dead-letter queue
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting).
"""

from dataclasses import asdict
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from delivery.putting import UndeliveredError
from producers.environment import contracts, destination
from producers.files.errors import FileError
from producers.files.notices import NoticeError, dropped
from producers.files.run import S3Client, load_file

logger = Logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return process_partial_response(event, record_handler=_load_message, processor=processor, context=context)


def _load_message(record: SQSRecord) -> None:
    """Load each file of one message; raises after the last what the failing ones raised, or `NoticeError`."""
    try:
        files = dropped(record.body)
    except NoticeError:
        logger.exception("not understood", extra={"message_id": record.message_id})
        raise
    errors: list[Exception] = []
    for file in files:
        try:
            done = load_file(file, _s3(), contracts(), destination("files"))
        except (FileError, UndeliveredError, ClientError, BotoCoreError) as error:
            logger.exception("not loaded", extra={"file": asdict(file)})
            errors.append(error)
            continue
        logger.info("loaded", extra={"file": asdict(file), "load": asdict(done) if done else None})
        metrics.add_metric("RowsRead", MetricUnit.Count, done.rows if done else 0)
    if errors:
        raise ExceptionGroup("files were not loaded", errors) if len(errors) > 1 else errors[0]


@cache
def _s3() -> S3Client:
    client: S3Client = boto3.client("s3")
    return client
