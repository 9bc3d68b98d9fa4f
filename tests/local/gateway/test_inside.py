"""A boto3 client that is connected inside sends and gets what it would over a socket."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from delivery import limits
from local.endpoint import client
from local.gateway import inside
from local.gateway.asgi import Message
from local.gateway.inside import Inside

NOWHERE = "http://127.0.0.1:9"


class App:
    """Answers a Lambda invocation with what it was sent, S3 with an error; remembers what it was asked."""

    def __init__(self) -> None:
        self.scopes: list[Message] = []
        self.bodies: list[bytes] = []
        self.delay = 0.0

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        message = await receive()
        self.bodies.append(message["body"])
        await asyncio.sleep(self.delay)
        if scope["path"].endswith("/invocations"):
            status, headers, body = 200, [(b"x-amz-function-error", b"Unhandled")], self.bodies[-1]
        else:
            status, headers, body = 503, [], b"<Error><Code>SlowDown</Code><Message>Less.</Message></Error>"
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body[:3], "more_body": True})
        await send({"type": "http.response.body", "body": body[3:]})


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_six_megabytes_go_in_and_out(loop: asyncio.AbstractEventLoop) -> None:
    app = App()
    functions = Inside(app, loop).connect(client(NOWHERE, "lambda"))
    payload = json.dumps({"padding": "x" * 6_000_000}).encode()
    answer = functions.invoke(FunctionName="arn:aws:lambda:us-east-1:000000000000:function:f", Payload=payload)
    assert answer["Payload"].read() == payload
    assert answer["FunctionError"] == "Unhandled"
    [scope] = app.scopes
    assert scope["path"] == "/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
    assert (b"content-length", str(len(payload)).encode()) in scope["headers"]


def test_an_error_is_the_exception_of_the_service(loop: asyncio.AbstractEventLoop) -> None:
    app = App()
    s3 = Inside(app, loop).connect(client(NOWHERE, "s3"))
    with pytest.raises(ClientError, match="SlowDown"):
        s3.put_object(Bucket="lake", Key="a b/é", Body=b"body", ContentEncoding="gzip")
    assert app.bodies == [b"body"]
    assert app.scopes[0]["path"] == "/lake/a b/é"
    assert (b"content-encoding", b"gzip") in app.scopes[0]["headers"]


def test_an_answer_that_does_not_come_is_a_time_out(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App()
    app.delay = 60
    monkeypatch.setattr(inside, "INVOCATION_SECONDS", 0.05)
    functions = Inside(app, loop).connect(client(NOWHERE, "lambda"))
    with pytest.raises(ReadTimeoutError):
        functions.invoke(FunctionName="f", Payload=b"{}")


def test_other_clients_are_left_alone(loop: asyncio.AbstractEventLoop) -> None:
    app = App()
    Inside(app, loop).connect(client(NOWHERE, "lambda"))
    with pytest.raises(Exception, match="Could not connect"):
        client(NOWHERE, "lambda").invoke(FunctionName="f", Payload=b"{}")
    assert app.scopes == []


@pytest.mark.parametrize("seconds", [inside.INVOCATION_SECONDS, client(NOWHERE, "lambda").meta.config.read_timeout])
def test_a_transform_is_waited_for_as_long_as_firehose_does(seconds: float) -> None:
    assert seconds > limits.LAMBDA_MAX_TIMEOUT_SECONDS


def test_no_client_repeats_a_call_by_itself() -> None:
    assert client(NOWHERE, "lambda").meta.config.retries["total_max_attempts"] == 1
