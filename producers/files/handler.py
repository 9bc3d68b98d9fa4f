"""Lambda handler: loads the files that SQS messages announce, and the parts that other runs handed on.

Answers which messages failed, so that only those come again and end in the dead-letter queue
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting).
A file that cannot be read is not a failure: reading it again would not help. It is counted as `FilesRefused`.
"""

import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from delivery.limits import MIB
from producers.environment import contracts, destination, progress_table
from producers.files.job import LATER, Context, Report, Sizes
from producers.files.notifications import Dropped, NoticeError, Part, noticed
from producers.files.run import load_file, load_part
from producers.loading import Load

logger = Logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return process_partial_response(event, record_handler=_load_message, processor=processor, context=context)


def _load_message(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Load what one message announces; raises after the last file what the failing ones raised, or `NoticeError`.

    The queue gives a message STANDPIPE_DROPS_ATTEMPTS times.
    """

    def seconds_left() -> float:
        return lambda_context.get_remaining_time_in_millis() / 1000

    context = _context()
    context = replace(context, seconds_left=seconds_left, to=replace(context.to, seconds_left=seconds_left))
    try:
        found = noticed(record.body)
    except NoticeError:
        logger.exception("not an S3 event", extra={"message_id": record.message_id})
        raise
    is_last = int(record.attributes.approximate_receive_count) >= int(os.environ["STANDPIPE_DROPS_ATTEMPTS"])
    errors = list(_loaded(found, record.message_id, replace(context, is_last=is_last)))
    if errors:
        raise ExceptionGroup("files were not loaded", errors) if len(errors) > 1 else errors[0]


def _loaded(found: list[Dropped] | Part, message: str, context: Context) -> Iterator[Exception]:
    """Load each file, or the part; gives the errors on the way."""
    for one in [found] if isinstance(found, Part) else found:
        about = {"file": asdict(one)} if isinstance(one, Dropped) else {"part": one}
        try:
            report = load_part(one, message, context) if isinstance(one, Part) else load_file(one, message, context)
        except LATER as error:
            logger.exception("not loaded", extra=about)
            yield error
            continue
        if report:
            _report(report, about)


def _report(report: Report, about: dict[str, Any]) -> None:
    extra = {**about, "reason": report.reason, "load": asdict(report.load) if report.load else None}
    if report.outcome == "refused":
        logger.error("refused", extra=extra)
        metrics.add_metric("FilesRefused", MetricUnit.Count, 1)
    else:
        logger.info(report.outcome, extra=extra)
    if report.load:
        _count(report.load)


def _count(load: Load) -> None:
    metrics.add_metric("RowsRead", MetricUnit.Count, load.rows)
    metrics.add_metric("RowsRejected", MetricUnit.Count, load.rejected)
    if load.records:
        metrics.add_metric("PackingEfficiency", MetricUnit.Percent, 100 * load.packing_efficiency)


@cache
def _context() -> Context:
    """The function's surroundings, made once: STANDPIPE_DROPS_QUEUE takes what is handed on, and files above
    STANDPIPE_PART_MEBIBYTES are read in parts of that size."""
    part = int(os.environ["STANDPIPE_PART_MEBIBYTES"]) * MIB
    return Context(
        s3=boto3.client("s3"),
        table=progress_table(),
        contracts=contracts(),
        to=destination("files"),
        send=_send,
        seconds_left=lambda: 0.0,
        sizes=Sizes(part, part),
    )


def _send(body: str) -> None:
    sqs, url = _queue(os.environ["STANDPIPE_DROPS_QUEUE"])
    sqs.send_message(QueueUrl=url, MessageBody=body)


@cache
def _queue(name: str) -> tuple[Any, str]:
    """A client for SQS and the queue's URL, asked for when there is something to hand on."""
    sqs = boto3.client("sqs")
    return sqs, sqs.get_queue_url(QueueName=name)["QueueUrl"]
