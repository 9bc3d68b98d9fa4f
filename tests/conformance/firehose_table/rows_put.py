"""Section 1: PutRecord and PutRecordBatch."""

import re
from collections.abc import Iterator

from tests.conformance.firehose_table.aws import Aws
from tests.conformance.firehose_table.configurations import transform
from tests.conformance.firehose_table.putting import refused_put, taker
from tests.conformance.firehose_table.row import row

_BIGGEST = 1_024_000


# --- 1.1 limits -----------------------------------------------------------------------------------


@row("largest-record", "1.1", "A record of 1,024,000 bytes, counted before base64, is taken.", "documented")
def _(aws: Aws) -> None:
    assert taker(aws).put(bytes(_BIGGEST))["FailedPutCount"] == 0


@row("empty-record", "1.1", "A record may have no bytes at all.", "documented")
def _(aws: Aws) -> None:
    assert taker(aws).put(b"")["FailedPutCount"] == 0


@row("most-records", "1.1", "PutRecordBatch takes 500 records.", "documented")
def _(aws: Aws) -> None:
    assert taker(aws).put(*500 * [b"x"])["FailedPutCount"] == 0


@row("too-many-records", "1.3", "A batch of 501 records is refused as a whole by a validation error.", "probed")
def _(aws: Aws) -> None:
    code, message = refused_put(aws, *501 * [b"x"])
    assert code == "ValidationException"
    assert "at 'records' failed to satisfy constraint: Member must have length less than or equal to 500" in message


@row("no-records", "1.1", "A batch of no records is refused.", "documented")
def _(aws: Aws) -> None:
    code, message = refused_put(aws)
    assert (code, "'records'" in message, "greater than or equal to 1" in message) == (
        "ValidationException",
        True,
        True,
    )


@row("largest-batch", "1.1", "A batch may have 4 MiB: 4,194,304 bytes.", "documented")
def _(aws: Aws) -> None:
    assert taker(aws).put(*4 * [bytes(_BIGGEST)], bytes(4_194_304 - 4 * _BIGGEST))["FailedPutCount"] == 0


@row("batch-counts-raw-bytes", "1.1", "The 4 MiB count raw bytes, not their base64 text.", "probed")
def _(aws: Aws) -> None:
    assert taker(aws).put(*4 * [bytes(1_000_000)])["FailedPutCount"] == 0


@row("too-large-batch", "1.3", "A larger batch is refused: `Records size exceeds 4 MB limit`.", "probed")
def _(aws: Aws) -> None:
    assert refused_put(aws, *5 * [bytes(900_000)]) == ("InvalidArgumentException", "Records size exceeds 4 MB limit")


@row(
    "too-large-record",
    "1.3",
    "A record that is too large is named with its size and its place, as a Java buffer.",
    "probed",
)
def _(aws: Aws) -> None:
    assert refused_put(aws, b"", bytes(1_045_710)) == (
        "ValidationException",
        "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1045710 cap=1045710]' at "
        "'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1024000",
    )


@row("too-large-records", "1.3", "Several records that are too large are listed in one message.", "probed")
def _(aws: Aws) -> None:
    _, message = refused_put(aws, bytes(_BIGGEST + 1), b"", bytes(_BIGGEST + 1))
    assert message.startswith("2 validation errors detected: ")
    assert re.findall(r"records\.\d", message) == ["records.1", "records.3"]


@row("too-large-single-record", "1.3", "PutRecord refuses a record that is too large in the same words.", "inferred")
def _(aws: Aws) -> None:
    code, message = aws.refused("PutRecord", DeliveryStreamName=taker(aws).name, Record={"Data": bytes(_BIGGEST + 1)})
    assert (code, "at 'record.data' failed to satisfy constraint" in message) == ("ValidationException", True)


@row("longest-name", "1.1", "A stream's name has 1 to 64 characters of `a-z A-Z 0-9 _ . -`.", "documented")
def _(aws: Aws) -> None:
    name = "aZ0_.-" + 58 * "x"
    aws.stream(request={"DeliveryStreamName": name})
    described = aws.firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert described["DeliveryStreamARN"].endswith(f":deliverystream/{name}")


@row("too-long-name", "1.1", "A name of 65 characters is refused.", "documented")
def _(aws: Aws) -> None:
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName=65 * "x", ExtendedS3DestinationConfiguration={}
    )
    assert code == "ValidationException"
    assert (
        "at 'deliveryStreamName' failed to satisfy constraint: Member must have length less than or equal to 64"
        in message
    )


@row("name-with-a-blank", "1.1", "A name with another character is refused.", "documented")
def _(aws: Aws) -> None:
    code, message = aws.refused("PutRecord", DeliveryStreamName="a b", Record={"Data": b"x"})
    assert code == "ValidationException"
    assert "satisfy regular expression pattern: [a-zA-Z0-9_.-]+" in message


# --- 1.2 answers ----------------------------------------------------------------------------------


@row("answer-of-a-put", "1.2", "PutRecord answers the record's id and whether it was encrypted.", "documented")
def _(aws: Aws) -> None:
    answer = aws.firehose.put_record(DeliveryStreamName=taker(aws).name, Record={"Data": b"x"})
    assert (bool(answer["RecordId"]), answer["Encrypted"]) == (True, False)


@row(
    "answer-of-a-batch",
    "1.2",
    "PutRecordBatch answers 200, how many records failed, and one entry for each record.",
    "documented",
)
def _(aws: Aws) -> None:
    answer = taker(aws).put(b"a", b"b", b"c")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert (answer["FailedPutCount"], answer["Encrypted"], len(answer["RequestResponses"])) == (0, False, 3)


@row("entry-of-a-batch", "1.2", "An entry has either a RecordId or an ErrorCode with its ErrorMessage.", "documented")
def _(aws: Aws) -> None:
    entries = taker(aws).put(b"a", b"b")["RequestResponses"]
    assert [set(entry) for entry in entries] in (2 * [{"RecordId"}], 2 * [{"ErrorCode", "ErrorMessage"}])


@row("entries-in-order", "1.2", "Entries come in the order of the request.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform())
    answer = stream.put(*({"keep": 1, "data": f"{number} "} for number in range(5)))
    yield
    [event] = stream.events()
    assert [r["RecordId"] for r in answer["RequestResponses"]] == [r["recordId"] for r in event["records"]]


@row("ids-are-unique", "1.2", "Every record has an id of its own.", "documented")
def _(aws: Aws) -> None:
    ids = [entry["RecordId"] for entry in taker(aws).put(*20 * [b"same"])["RequestResponses"]]
    assert len(set(ids)) == 20
