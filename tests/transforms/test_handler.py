"""The deployed function: AWS's events in, AWS's answers out, and what it imports."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from delivery.retrying import MAX_ATTEMPTS
from transforms import handler as function
from transforms.putting import putter

EVENTS = Path(__file__).parent.parent / "events"
STREAM = "standpipe-prod-quarantine"


class ScriptedFirehose:
    """boto3's client: refuses the first `failures` records of each call, for `calls` calls."""

    def __init__(self, failures: int = 0, calls: int = 0) -> None:
        self.failures = failures
        self.calls = calls
        self.sent: list[list[bytes]] = []

    def put_record_batch(self, **request: Any) -> dict[str, Any]:
        data = [record["Data"] for record in request["Records"]]
        self.sent.append(data)
        failing = self.failures if len(self.sent) <= self.calls else 0
        refused = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
        return {
            "FailedPutCount": min(failing, len(data)),
            "RequestResponses": [refused if n < failing else {"RecordId": str(n)} for n in range(len(data))],
        }


@pytest.fixture
def _fx_daily(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDPIPE_DATASET", "fx_daily")
    monkeypatch.setenv("STANDPIPE_QUARANTINE_STREAM", STREAM)


@pytest.mark.usefixtures("_fx_daily")
@pytest.mark.parametrize("name", ["firehose_direct_put", "firehose_kinesis_source"])
def test_every_record_of_an_event_is_answered_once_in_order(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    event = json.loads((EVENTS / f"{name}.json").read_text())
    expected = json.loads((EVENTS / f"{name}.answers.json").read_text())
    response: Any = function.handler(event, None)
    assert list(response) == ["records"]
    assert [
        {name: value for name, value in answer.items() if name != "data"} for answer in response["records"]
    ] == expected
    ok = [answer for answer in response["records"] if answer["result"] == "Ok"]
    landed = [line for answer in ok for line in base64.b64decode(answer["data"]).splitlines()]
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert metrics["RowsLanded"] == [len(landed)]
    failed = len(expected) - len(ok)
    assert metrics.get("RecordsFailed") == ([failed] if failed else None)


@pytest.mark.usefixtures("_fx_daily")
def test_the_log_names_the_record_that_failed_and_why(caplog: pytest.LogCaptureFixture) -> None:
    event = json.loads((EVENTS / "firehose_direct_put.json").read_text())
    function.handler(event, None)
    (record,) = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    assert record["record_id"] == event["records"][-1]["recordId"]
    assert "holds no JSON object but nothing" in record["reason"]


def test_only_what_was_refused_is_put_again() -> None:
    client, pauses = ScriptedFirehose(failures=1, calls=1), list[float]()
    assert putter(lambda: client, pauses.append)(STREAM, [b"a", b"b"]) == ""
    assert client.sent == [[b"a", b"b"], [b"a"]]
    assert len(pauses) == 1


def test_a_put_that_is_refused_again_and_again_says_so() -> None:
    client = ScriptedFirehose(failures=1, calls=1000)
    problem = putter(lambda: client, lambda _seconds: None)(STREAM, [b"a"])
    assert STREAM in problem
    assert "Slow down." in problem
    assert len(client.sent) == MAX_ATTEMPTS  # Firehose waits for the transform


def test_clean_records_need_no_heavy_import() -> None:
    code = (
        "import sys, json, pathlib; from transforms.handler import handler;"
        f"handler(json.loads(pathlib.Path({str(EVENTS / 'firehose_kinesis_source.json')!r}).read_text()), None);"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'boto3', 'tenacity', 'pandas', 'numpy', 'pyarrow', 'sqlalchemy', 'orjson', 'duckdb', 'requests'}))"
    )
    environment = {**os.environ, "STANDPIPE_DATASET": "fx_daily", "STANDPIPE_QUARANTINE_STREAM": STREAM}
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.splitlines()[-1] == "[]"
