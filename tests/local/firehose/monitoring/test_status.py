"""What the inspector reports, and how `standpipe streams` shows it."""

import io

import pytest
from rich.console import Console

from local.firehose.monitoring.status import Backlog, Held, Holds, Passed, StreamStatus
from local.firehose.service import Firehose
from local.gateway.inspector import Inspector
from local.protocol import AwsError
from standpipe import streams
from tests.local.firehose.fakes import Neighbours, b64, data_of, ok
from tests.local.firehose.streams import create_request, partitioned, s3

BUSY = StreamStatus(
    "prices",
    "ACTIVE",
    3,
    Backlog(1200, 59.6),
    Holds(transform=Held(1, 1000, 2_500_000), destination=Held(2, 200, 900), invocations=2),
    Passed(3000, 1),
    Passed(1800, 4_000_000, 7),
    {"Lambda.FunctionError": 1500, "DataFormatConversion.ParseError": 2},
)
IDLE = StreamStatus("quotes", "CREATING", 1, Backlog(0, None), Holds(), Passed(0, 0), Passed(0, 0), {})


def printed(*shown: StreamStatus) -> str:
    file = io.StringIO()
    streams.show(shown, Console(file=file, width=80))
    return file.getvalue()


def test_every_stage_of_a_stream_is_told(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.function.handler = lambda event: {"records": [ok(r, data_of(r), year="2024") for r in event["records"]]}
    firehose.call("CreateDeliveryStream", create_request(partitioned()))
    firehose.call("CreateDeliveryStream", create_request(s3(), "quotes"))
    records = [{"Data": b64(data)} for data in (b'{"close":1}', b"garbage")]
    firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": records})
    firehose.flush()
    answer = Inspector(firehose.statuses).call("Streams", {})
    busy, idle = answer["Streams"]
    assert (busy["name"], busy["state"], busy["version"]) == ("prices", "ACTIVE", 1)
    assert busy["incoming"] == {"records": 2, "bytes": 18, "objects": 0}
    assert (busy["delivered"]["records"], busy["delivered"]["objects"]) == (1, 1)
    assert busy["errors"] == {"DataFormatConversion.ParseError": 1}
    assert busy["holds"]["transform"] == {"buffers": 0, "records": 0, "bytes": 0}
    assert idle["name"] == "quotes"
    assert idle["backlog"] == {"records": 0, "oldest_seconds": None}


def test_the_inspector_has_one_operation(firehose: Firehose) -> None:
    with pytest.raises(AwsError, match="the only operation is Streams"):
        Inspector(firehose.statuses).call("Stream", {})


def test_a_stream_is_a_row() -> None:
    text = printed(BUSY, IDLE)
    for cell in (
        "1,200",
        "60 s",
        "2.5 MB",
        "2 running",
        "1,800",
        "in 7",
        "1,500 Lambda.FunctionError",
        "CREATING",
    ):
        assert cell in text


def test_columns_without_content_are_left_out() -> None:
    assert "backup" not in printed(BUSY)
    assert printed(IDLE).split()[:2] == ["stream", "state"]
    assert "waiting" not in printed(IDLE)


def test_no_gateway_is_said() -> None:
    with pytest.raises(streams.NotServedError, match=r"http://127\.0\.0\.1:1: "):
        streams.fetch("http://127.0.0.1:1")
