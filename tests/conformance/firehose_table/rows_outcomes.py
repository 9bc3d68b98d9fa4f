"""Sections 2.3 and 2.4: what each answer of the transform does to a record."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.conformance.firehose_table.aws import Aws, Stream, raw
from tests.conformance.firehose_table.configurations import transform
from tests.conformance.firehose_table.row import Confidence, row


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# --- 2.3, 2.4 outcomes of one record --------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What the function answers for one record, and what that makes of it: it is delivered, or it has an error's code.

    The data `@` in an answer stands for the base64 of a text that names the row.
    """

    row_id: str
    statement: str
    confidence: Confidence
    answers: list[dict[str, Any]]
    delivered: bool = False
    code: str = ""
    message: str = ""
    here: str = ""

    @property
    def text(self) -> str:
        """What is delivered."""
        return f"<{self.row_id}>"

    @property
    def script(self) -> dict[str, Any]:
        """The record that makes the function answer so."""
        answers = [{k: _b64(self.text) if v == "@" else v for k, v in answer.items()} for answer in self.answers]
        return {"row": self.row_id, "answers": answers}


_OK = {"result": "Ok", "data": "@"}
_MISSING = "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids."
_NULL = (
    "The data field cannot be null when the SourceType is DirectPut or KinesisStreamAsSource and processing result is "
    "Ok."
)
OUTCOMES = [
    Outcome("ok", "`Ok` with data: the returned bytes replace the record.", "documented", [_OK], delivered=True),
    Outcome(
        "ok-extra", "Members of an answer that Firehose does not know are ignored.", "inferred", [_OK | {"more": 1}],
        delivered=True,
    ),
    Outcome(
        "ok-empty", "`Ok` with empty data.", "unknown", [{"result": "Ok", "data": ""}],
        here="The record is delivered as no bytes.",
    ),
    Outcome("dropped", "`Dropped`: no object, no error, no trace.", "probed", [{"result": "Dropped"}]),
    Outcome(
        "dropped-data", "`Dropped` with data drops the record all the same.", "inferred",
        [{"result": "Dropped", "data": "@"}],
    ),
    Outcome(
        "processing-failed", "`ProcessingFailed`: an error object, not retried.", "probed",
        [{"result": "ProcessingFailed"}],
        code="Lambda.ProcessingFailedStatus", message="ProcessingFailed status set for record",
    ),
    Outcome(
        "processing-failed-data", "`ProcessingFailed` with data: the error has the original record.", "documented",
        [{"result": "ProcessingFailed", "data": "@"}], code="Lambda.ProcessingFailedStatus",
        message="ProcessingFailed status set for record",
    ),
    Outcome(
        "missing-id", "A record that the function does not return fails.", "probed", [], code="Lambda.MissingRecordId",
        message=_MISSING,
    ),
    Outcome(
        "duplicated-id", "A record that the function returns twice fails.", "probed", [_OK, _OK],
        code="Lambda.DuplicatedRecordId", message="Multiple records were returned with the same record ID.",
    ),
    Outcome(
        "null-data", "`Ok` with null data fails.", "probed", [{"result": "Ok", "data": None}],
        code="Lambda.InvalidReturnFormat", message=_NULL,
    ),
    Outcome(
        "absent-data", "`Ok` without data fails.", "probed", [{"result": "Ok"}], code="Lambda.InvalidReturnFormat",
        message=_NULL,
    ),
    Outcome(
        "unknown-result", "An unknown `result` fails the record; its code is not known.", "unknown",
        [{"result": "OK", "data": "@"}],
        code="Lambda.InvalidReturnFormat", here="`Lambda.InvalidReturnFormat`, for that record alone, not retried.",
    ),
    Outcome(
        "absent-result", "An entry without `result`.", "unknown", [{"data": "@"}],
        code="Lambda.InvalidReturnFormat", here="As an unknown `result`.",
    ),
    Outcome(
        "bad-base64", "`data` that is not base64: neither the code nor how much fails is known.", "unknown",
        [{"result": "Ok", "data": "not base64!"}], code="Lambda.JsonProcessingException",
        here="`Lambda.JsonProcessingException`, for that record alone, not retried.",
    ),
]  # fmt: skip


def _outcomes(aws: Aws) -> Stream:
    """One batch with all of these records, and one that is simply delivered."""

    def make(own: Aws) -> Stream:
        stream = own.stream(ProcessingConfiguration=transform())
        stream.put({"keep": 1, "data": "<other>"}, *(outcome.script for outcome in OUTCOMES))
        return stream

    return aws.shared("transform-outcomes", make)


def _outcome(outcome: Outcome) -> None:
    @row(f"outcome-{outcome.row_id}", "2.4", outcome.statement, outcome.confidence, here=outcome.here)
    def _(aws: Aws) -> Iterator[None]:
        stream = _outcomes(aws)
        yield
        wanted = 1 if outcome.code else 0
        data = stream.body(len("<other>")).decode()
        lines = stream.errors(sum(1 for other in OUTCOMES if other.code))
        own = [line for line in lines if json.loads(raw(line)).get("row") == outcome.row_id]
        assert [(line["errorCode"], line["attemptsMade"]) for line in own] == wanted * [(outcome.code, 1)]
        assert all(outcome.message in line["errorMessage"] for line in own), own
        assert all(raw(line) == json.dumps(outcome.script).encode() for line in own), own
        assert (outcome.text in data) == outcome.delivered, data


for _each in OUTCOMES:
    _outcome(_each)


@row("others-deliver", "2.4", "A record that fails does not hold up the others of its batch.", "probed")
def _(aws: Aws) -> Iterator[None]:
    stream = _outcomes(aws)
    yield
    assert b"<other>" in stream.body(7)
    assert len(stream.events()) == 1


@row("unknown-id", "2.4", "An id that was never sent is ignored.", "probed")
def _(aws: Aws) -> Iterator[None]:
    stream = _outcomes(aws)
    yield
    assert b"stranger" not in stream.body(7)


@row(
    "base64-of-nothing", "2.3", "`partitionKeys` of an answer do nothing where dynamic partitioning is off.", "inferred"
)
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(ProcessingConfiguration=transform(), Prefix="p/")
    stream.put({"data": "x", "keys": {"k": "v"}})
    yield
    assert [stored.key.startswith("p/2") for stored in stream.data()] == [True]


# --- 2.4 outcomes of a batch ----------------------------------------------------------------------


def _whole(row_id: str, statement: str, confidence: Confidence, answer: Any, here: str = "") -> None:
    @row(row_id, "2.4", statement, confidence, here=here)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(ProcessingConfiguration=transform())
        stream.put({"keep": 1, "whole": answer}, {"data": "x"})
        yield
        assert [(line["errorCode"], line["attemptsMade"]) for line in stream.errors(2)] == 2 * [
            ("Lambda.MissingRecordId", 1)
        ]
        assert len(stream.events()) == 1


_whole("no-records-member", "An answer without `records` misses every id, and is not tried again.", "probed", {})
_whole("records-null", "An answer with `records: null` misses every id, too.", "inferred", {"records": None})
_whole("answer-a-list", "An answer that is not an object.", "unknown", [1], here="Every id counts as missing.")
_whole("answer-a-text", "An answer of text.", "unknown", "text", here="Every id counts as missing.")


def _batch_fails(
    row_id: str, statement: str, confidence: Confidence, function: str, error: tuple[str, str], **script: Any
) -> None:
    code, message = error

    @row(row_id, "2.4", statement, confidence)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(ProcessingConfiguration=transform(function))
        stream.put({**script, "number": 1}, {"number": 2})
        yield
        lines = stream.errors(2)
        assert [(line["errorCode"], line["attemptsMade"]) for line in lines] == 2 * [(code, 4)]
        assert all(message in line["errorMessage"] for line in lines), lines
        assert sorted(json.loads(raw(line))["number"] for line in lines) == [1, 2]
        assert stream.data(0) == []


_TIMED_OUT = (
    "Lambda.FunctionTimedOut",
    "The Lambda function invocation timed out. Increase the Timeout setting in the Lambda function.",
)
_FUNCTION_ERROR = (
    "Lambda.FunctionError",
    "The Lambda function was successfully invoked but it returned an error result.",
)
_batch_fails(
    "function-raises",
    "A function that raises fails the whole batch after 4 attempts.",
    "probed",
    "scripted",
    _FUNCTION_ERROR,
    **{"raise": "no"},
)
_batch_fails(
    "function-times-out", "A function that times out fails the whole batch after 4 attempts.", "probed", "hurried",
    _TIMED_OUT,
    sleep=1.5,
)  # fmt: skip
_batch_fails(
    "function-throttled",
    "A function that is throttled: `Lambda.InvokeLimitExceeded`, after 4 attempts.",
    "documented",
    "throttled",
    ("Lambda.InvokeLimitExceeded", ""),
)
_batch_fails(
    "function-gone",
    "A function that does not exist: `Lambda.ResourceNotFound`.",
    "documented",
    "nothing",
    ("Lambda.ResourceNotFound", ""),
)
_batch_fails(
    "answer-too-large",
    "An answer of more than 6 MB is a function error.",
    "inferred",
    "scripted",
    _FUNCTION_ERROR,
    size=5_000_000,
)
