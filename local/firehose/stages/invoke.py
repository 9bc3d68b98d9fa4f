"""Invoking the transform, with Firehose's retries and the codes that it writes when they are exhausted.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from delivery import limits
from local.clock import Clock
from local.firehose.clients import CALL_ERRORS, UNREACHABLE, Lambda, error_code
from local.firehose.configuration.processors import LambdaProcessor
from local.firehose.records import Record
from local.firehose.stages.retries import pauses
from local.firehose.stages.transform import Answer, Caller, event, read_answer

_FUNCTION_ERROR = (
    "Lambda.FunctionError",
    "The Lambda function was successfully invoked but it returned an error result.",
)
_TIMED_OUT = (
    "Lambda.FunctionTimedOut",
    "The Lambda function invocation timed out. Increase the Timeout setting in the Lambda function.",
)
_CODES = {
    "TooManyRequestsException": "Lambda.InvokeLimitExceeded",
    "ThrottlingException": "Lambda.InvokeLimitExceeded",
    "ResourceNotFoundException": "Lambda.ResourceNotFound",
    "AccessDeniedException": "Lambda.InvokeAccessDenied",
}


class InvocationError(Exception):
    """An invocation without a usable answer; it may be retried."""

    def __init__(self, code: str, message: str, *, reached: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reached = reached


@dataclass(frozen=True)
class Transformed:
    """A batch's answer after `attempts` invocations."""

    answer: Answer
    attempts: int


Invoked = Callable[[float, InvocationError | None], None]
"""Called after every invocation with how many milliseconds it took, and how it failed."""


class Transform:
    """Calls one function for one stream; `run` blocks and may run on several threads."""

    def __init__(
        self,
        client: Lambda,
        processor: LambdaProcessor,
        caller: Caller,
        new_id: Callable[[], str],
        invoked: Invoked = lambda *_: None,
    ) -> None:
        self._client = client
        self._processor = processor
        self._caller = caller
        self._new_id = new_id
        self._invoked = invoked

    def run(self, records: Sequence[Record], clock: Clock, stop: threading.Event) -> Transformed | None:
        """Transform a batch, invoking up to `retries` + 1 times; None if `stop` was set before there was an answer."""
        attempts, waits = 0, pauses()
        while True:
            try:
                attempts += 1
                payload = self._measured(event(self._caller, self._new_id(), records))
                return Transformed(read_answer(payload, records), attempts)
            except InvocationError as failure:
                attempts -= 0 if failure.reached else 1
                if attempts > self._processor.retries:
                    failed = [(record, failure.code, failure.message) for record in records]
                    return Transformed(Answer(failed=failed), attempts)
            if clock.wait(stop, next(waits)):
                return None

    def _measured(self, payload: bytes) -> bytes:
        start, failed = time.perf_counter(), None
        try:
            return self._invoke(payload)
        except InvocationError as failure:
            failed = failure
            raise
        finally:
            self._invoked((time.perf_counter() - start) * 1000, failed)

    def _invoke(self, payload: bytes) -> bytes:
        try:
            response = self._client.invoke(FunctionName=self._processor.arn, Payload=payload)
            answer: bytes = response["Payload"].read()
        except CALL_ERRORS as error:
            raise _not_invoked(error) from error
        if response.get("FunctionError"):
            raise InvocationError(*(_TIMED_OUT if _is_timeout(answer) else _FUNCTION_ERROR))
        if len(answer) > limits.LAMBDA_PAYLOAD_BYTES:
            raise InvocationError(*_FUNCTION_ERROR)
        return answer


def _not_invoked(error: Exception) -> InvocationError:
    code, message = error_code(error), f"The Lambda function could not be invoked: {error}"
    if isinstance(error, UNREACHABLE):
        return InvocationError("Lambda.FunctionError", message, reached=False)
    if "Timeout" in code:
        return InvocationError(*_TIMED_OUT)
    return InvocationError(_CODES.get(code, "Lambda.FunctionError"), message)


def _is_timeout(answer: bytes) -> bool:
    return b"Sandbox.Timedout" in answer or b"Task timed out after" in answer
