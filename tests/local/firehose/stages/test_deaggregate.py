"""De-aggregation: what is cut, what stays whole, and that a record is done only when all of its parts are."""

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.clock import Clock
from local.firehose.owed import Owed
from local.firehose.records import Record
from local.firehose.service import Firehose
from local.firehose.stages.deaggregate import Deaggregation, deaggregate
from tests.local.firehose.fakes import Neighbours, b64, client_error, data_of, ok
from tests.local.firehose.streams import ERRORS, create_request, hints, parquet, processing, s3

JSON = Deaggregation(b"")
FIELDS = Deaggregation(b"####")
texts = st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(texts, scalars, max_size=3)
objects = st.dictionaries(texts, values, max_size=4)


def parts(data: bytes, how: Deaggregation) -> list[bytes]:
    return [record.data for record in deaggregate(Record(7, 0, data), how)]


@given(st.lists(objects, min_size=1, max_size=5), st.sampled_from(["", "\n", " \r\n\t"]), st.booleans())
def test_objects_are_cut_out_as_they_were_written(documents: list[Any], separator: str, ascii_only: bool) -> None:
    texts = [json.dumps(document, ensure_ascii=ascii_only) for document in documents]
    if not ascii_only and any("\ud800" <= char <= "\udfff" for text in texts for char in text):
        return
    data = separator + separator.join(texts) + separator
    assert parts(data.encode(), JSON) == [text.encode() for text in texts]


@given(st.lists(st.binary(min_size=1).filter(lambda part: b"#" not in part), min_size=1, max_size=20))
def test_delimited_parts_are_what_lies_between(pieces: list[bytes]) -> None:
    assert parts(b"####".join(pieces), FIELDS) == pieces
    assert parts(b"####".join([b"", *pieces, b""]), FIELDS) == pieces


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n",
        b"[{}]",
        b"1 2",
        b'{"a":1}garbage',
        b'{"a":1} [1]',
        b'{"a":',
        b'{"a":"\xff"}',
        b"null",
        10_000 * b'{"a":' + b"1" + 10_000 * b"}",
    ],
)
def test_what_is_not_made_of_objects_goes_on_whole(data: bytes) -> None:
    assert deaggregate(Record(7, 0, data), JSON) == [Record(7, 0, data)]


@pytest.mark.parametrize(("how", "part"), [(JSON, b"{}"), (FIELDS, b"x####")])
def test_more_than_500_go_on_whole(how: Deaggregation, part: bytes) -> None:
    assert len(parts(500 * part, how)) == 500
    assert parts(501 * part, how) == [501 * part]


def test_parts_have_ids_of_their_own() -> None:
    whole = Record(7, 0, b"{}{}")
    ids = [record.record_id for record in deaggregate(whole, JSON)]
    assert len({whole.record_id, *ids}) == 3
    assert all(record_id.isdecimal() and record_id[:-6] == whole.record_id[:-6] for record_id in ids)


@given(st.dictionaries(st.integers(0, 9), st.integers(1, 6), min_size=1), st.sampled_from([1, 2]), st.randoms())
def test_a_record_is_done_once_when_it_owes_nothing(split: dict[int, int], outcomes: int, random: Any) -> None:
    done: list[int] = []
    owed = Owed(outcomes, done.extend)
    for sequence, count in split.items():
        owed.split(sequence, count)
    coming = [sequence for sequence, count in split.items() for _ in range(count + outcomes - 1)]
    random.shuffle(coming)
    left = dict.fromkeys(split, 0) | {sequence: coming.count(sequence) for sequence in split}
    for sequence in coming:
        left[sequence] -= 1
        owed.settle([sequence])
        assert sorted(done) == sorted(number for number, count in left.items() if not count)


def deaggregated(kind: str = "JSON", **members: Any) -> dict[str, Any]:
    """De-aggregation, a transform and partitions by its key `ticker`."""
    delimiter = {"Delimiter": b64(b"####")} if kind == "DELIMITED" else {}
    return s3(
        Prefix="data/!{partitionKeyFromLambda:ticker}/",
        ErrorOutputPrefix=ERRORS,
        BufferingHints=hints(64, 60),
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration=processing(
            Lambda={"LambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:f"},
            RecordDeAggregation={"SubRecordType": kind, **delimiter},
        ),
        **members,
    )


def by_ticker(event: dict[str, Any]) -> dict[str, Any]:
    """Partitions by `ticker`, drops X and fails Y."""
    answers = []
    for record in event["records"]:
        ticker = json.loads(data_of(record))["ticker"]
        result = {"X": "Dropped", "Y": "ProcessingFailed"}.get(ticker)
        answers.append(
            {"recordId": record["recordId"], "result": result} if result else ok(record, data_of(record), ticker=ticker)
        )
    return {"records": answers}


@pytest.mark.parametrize(("kind", "separator"), [("JSON", b"\n"), ("JSON", b""), ("DELIMITED", b"####")])
def test_each_part_is_transformed_and_partitioned_by_itself(
    firehose: Firehose, neighbours: Neighbours, kind: str, separator: bytes
) -> None:
    neighbours.function.handler = by_ticker
    firehose.call("CreateDeliveryStream", create_request(deaggregated(kind)))
    record = separator.join(b'{"ticker":"%s"}' % ticker for ticker in (b"A", b"X", b"B", b"Y", b"A"))
    firehose.call("PutRecord", {"DeliveryStreamName": "prices", "Record": {"Data": b64(record)}})
    firehose.flush()
    assert [len(event["records"]) for event in neighbours.function.events] == [5]
    assert neighbours.s3.bodies("lake/data/A/") == [2 * b'{"ticker":"A"}']
    assert neighbours.s3.bodies("lake/data/B/") == [b'{"ticker":"B"}']
    [error] = neighbours.s3.errors("lake/errors/processing-failed/")
    assert base64.b64decode(error["rawData"]) == b'{"ticker":"Y"}'


def test_more_than_500_reach_the_transform_as_one_record(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {"records": [ok(r, b"{}", ticker="A") for r in event["records"]]}
    firehose.call("CreateDeliveryStream", create_request(deaggregated()))
    record = 501 * b'{"ticker":"A"}\n'
    firehose.call("PutRecord", {"DeliveryStreamName": "prices", "Record": {"Data": b64(record)}})
    firehose.flush()
    [event] = neighbours.function.events
    assert [data_of(given) for given in event["records"]] == [record]


def test_a_part_that_does_not_convert_leaves_its_neighbours(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {"records": [ok(r, data_of(r), ticker="A") for r in event["records"]]}
    firehose.call("CreateDeliveryStream", create_request(deaggregated(DataFormatConversionConfiguration=parquet())))
    record = b'{"ticker":"A","close":1}{"ticker":"A","close":"oops"}{"ticker":"A","close":3}'
    firehose.call("PutRecord", {"DeliveryStreamName": "prices", "Record": {"Data": b64(record)}})
    firehose.flush()
    [error] = neighbours.s3.errors("lake/errors/format-conversion-failed/")
    assert base64.b64decode(error["rawData"]) == b'{"ticker":"A","close":"oops"}'
    assert firehose.metrics("prices")["SucceedConversion.Records"] == 2
    assert firehose.metrics("prices")["DeliveryToS3.Records"] == 2


def test_a_record_comes_back_whole_until_its_last_part_and_its_copy_are_stored(
    firehose: Firehose, neighbours: Neighbours, tmp_path: Any
) -> None:
    neighbours.function.handler = by_ticker
    backup = s3(BucketARN="arn:aws:s3:::raw", BufferingHints=hints(1, 60))
    configuration = deaggregated(S3BackupMode="Enabled", S3BackupConfiguration=backup)
    firehose.call("CreateDeliveryStream", create_request(configuration))
    record = b'{"ticker":"A"}{"ticker":"X"}'
    firehose.call("PutRecord", {"DeliveryStreamName": "prices", "Record": {"Data": b64(record)}})
    firehose.flush()
    assert neighbours.s3.bodies("raw/") == [record]
    firehose.close()
    again = Firehose(neighbours.clients, tmp_path, Clock(speed=1000.0))
    again.flush()
    again.close()
    assert len(neighbours.s3.objects) == 2


def test_a_record_of_which_some_parts_were_stored_comes_back_whole(
    firehose: Firehose, neighbours: Neighbours, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: the parts that were stored already are stored again, and none is lost."""
    neighbours.function.handler = by_ticker
    store = neighbours.s3.put_object

    def not_b(**request: Any) -> Any:
        if "/B/" in request["Key"]:
            raise client_error("InternalError", "PutObject")
        return store(**request)

    monkeypatch.setattr(neighbours.s3, "put_object", not_b)
    tried_long = {"Enabled": True, "RetryOptions": {"DurationInSeconds": 7200}}
    firehose.call(
        "CreateDeliveryStream", create_request(deaggregated() | {"DynamicPartitioningConfiguration": tried_long})
    )
    record = b'{"ticker":"A"}{"ticker":"B"}'
    firehose.call("PutRecord", {"DeliveryStreamName": "prices", "Record": {"Data": b64(record)}})
    while not neighbours.s3.objects:
        time.sleep(0.01)
    firehose.close()
    monkeypatch.undo()
    again = Firehose(neighbours.clients, tmp_path, Clock(speed=1000.0))
    again.flush()
    again.close()
    assert neighbours.s3.bodies("lake/data/A/") == 2 * [b'{"ticker":"A"}']
    assert neighbours.s3.bodies("lake/data/B/") == [b'{"ticker":"B"}']
