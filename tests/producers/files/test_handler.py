"""The batch as Lambda gets it: only the messages whose files failed come again."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.files.fake_s3 import FakeS3
from tests.producers.files.test_run import FX, HEADER, T1
from tests.producers.receiving import destination, lines

BATCH: dict[str, Any] = json.loads((Path(__file__).parents[2] / "events/s3_sqs_batch.json").read_text())
CONTEXT = SimpleNamespace(
    function_name="standpipe-test-files", memory_limit_in_mb=512, aws_request_id="1",
    invoked_function_arn="arn:aws:lambda:us-east-1:111122223333:function:standpipe-test-files",
)  # fmt: skip


def test_one_failing_file_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Standpipe")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "files")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    from producers.files import handler

    firehose = FakeFirehose()
    objects = {
        "drop/trades/good.csv": f"{HEADER}\n{T1}\n".encode(),
        "drop/trades/report.csv": b"%PDF-1.7",
        "drop/fx_daily/more rates.json": json.dumps(FX).encode(),
    }
    monkeypatch.setattr(handler, "_s3", lambda: FakeS3(objects))
    monkeypatch.setattr(handler, "destination", lambda producer: destination(firehose, producer))
    answer = handler.handler(BATCH, CONTEXT)  # type: ignore[arg-type]
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    assert failed == {"message-1", "message-4"}
    assert [row["rows_in"] for row in lines(firehose, "loads")] == [1, 3]
    assert [row["reason"].split(";")[0] for row in lines(firehose, "quarantine")] == ["the file is a PDF"]
