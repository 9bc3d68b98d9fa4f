"""The batch as Lambda gets it: only the messages whose files failed come again."""

import json
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from delivery.retrying import MAX_ATTEMPTS
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.files.test_run import FX, HEADER, T1
from tests.producers.files.world import World
from tests.producers.receiving import destination, lines

BATCH: dict[str, Any] = json.loads((Path(__file__).parents[2] / "events/s3_sqs_batch.json").read_text())
CONTEXT = SimpleNamespace(
    function_name="standpipe-test-files", memory_limit_in_mb=512, aws_request_id="1",
    get_remaining_time_in_millis=lambda: 900_000,
    invoked_function_arn="arn:aws:lambda:us-east-1:111122223333:function:standpipe-test-files",
)  # fmt: skip


@pytest.fixture(autouse=True)
def attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDPIPE_DROPS_ATTEMPTS", "3")


def test_one_failing_file_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Standpipe")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "files")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    from producers.files import handler

    world = World(versioned=False)
    world.s3.put("drop/trades/good.csv", f"{HEADER}\n{T1}\n".encode())
    world.s3.put("drop/trades/report.csv", b"%PDF-1.7")
    world.s3.put("drop/fx_daily/more rates.json", json.dumps(FX).encode())
    monkeypatch.setattr(handler, "_context", lambda: world.context)
    answer = handler.handler(BATCH, CONTEXT)  # type: ignore[arg-type]
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["message-4"]
    assert [row["rows_in"] for row in world.loads] == [1, 1, 3]
    assert [row["reason"].split(";")[0] for row in world.quarantine] == ["the file is a PDF"]
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    metrics = next(line for line in told if "_aws" in line)
    assert metrics["FilesRefused"] == [1.0]
    assert sum(metrics["RowsRead"]) == 5
    assert metrics["PackingEfficiency"]


def test_a_file_that_cannot_be_put_now_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Standpipe")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "files")
    from producers.files import handler

    refusing = FakeFirehose([{0}] * MAX_ATTEMPTS, repeat("InternalFailure"))
    world = World(versioned=False, to=destination(refusing))
    world.s3.put("drop/trades/good.csv", f"{HEADER}\n{T1}\n".encode())
    monkeypatch.setattr(handler, "_context", lambda: world.context)
    answer = handler.handler({"Records": BATCH["Records"][:1]}, CONTEXT)  # type: ignore[arg-type]
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["message-0"]


def test_a_throttled_stream_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Standpipe")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "files")
    from producers.files import handler

    throttled = FakeFirehose([{0}] * 3 * MAX_ATTEMPTS)
    world = World(versioned=False, to=destination(throttled))
    world.s3.put("drop/trades/good.csv", f"{HEADER}\n{T1}\n".encode())
    monkeypatch.setattr(handler, "_context", lambda: world.context)
    answer = handler.handler({"Records": BATCH["Records"][:1]}, CONTEXT)  # type: ignore[arg-type]
    assert answer["batchItemFailures"] == []
    assert len(lines(throttled, "trades")) == 1


@pytest.mark.parametrize(("received", "is_last"), [(1, False), (2, False), (3, True), (4, True)])
def test_the_reader_knows_whether_its_message_comes_again(
    received: int, is_last: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Standpipe")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "files")
    from producers.files import handler

    world, found = World(versioned=False), []
    monkeypatch.setattr(handler, "_context", lambda: world.context)
    monkeypatch.setattr(handler, "load_file", lambda file, message, context: found.append(context.is_last))
    record = BATCH["Records"][0]
    attributes = {**record["attributes"], "ApproximateReceiveCount": str(received)}
    handler.handler({"Records": [{**record, "attributes": attributes}]}, CONTEXT)  # type: ignore[arg-type]
    assert found == [is_last]
