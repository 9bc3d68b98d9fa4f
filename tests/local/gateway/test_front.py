"""Requests for our own services are answered in AWS's JSON protocol, everything else is passed on."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from local.gateway.asgi import Message
from local.gateway.front import Front, Ours
from local.protocol import AwsError, Json


class Echo:
    target_prefix = "Echo_1"

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        if operation == "Refuse":
            raise AwsError("NotToday", "Come back tomorrow.", status=429)
        if operation == "Break":
            raise ZeroDivisionError
        return {"operation": operation, "request": dict(request)}

    def close(self) -> None:
        pass


async def _rest(scope: Message, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"rest"})


async def _request(front: Front, target: str | None, *parts: bytes, signed_for: str = "s3") -> list[Message]:
    sent: list[Message] = []
    messages = [
        {"type": "http.request", "body": part, "more_body": index + 1 < len(parts)} for index, part in enumerate(parts)
    ]

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = f"AWS4-HMAC-SHA256 Credential=key/20261124/us-east-1/{signed_for}/aws4_request, SignedHeaders=host"
    headers = [(b"authorization", scope.encode())] + ([(b"x-amz-target", target.encode())] if target else [])
    await front({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive, send)
    return sent


def ask(target: str | None, *parts: bytes) -> tuple[int, bytes, dict[bytes, bytes], list[str]]:
    heard: list[str] = []

    async def run() -> list[Message]:
        front = Front(_rest, Ours({"echo": Echo.target_prefix}), lambda scope: heard.append(scope["path"]))
        front.open([Echo()])
        return await _request(front, target, *parts)

    start, body = asyncio.run(run())
    return start["status"], body["body"], dict(start["headers"]), heard


def test_an_operation_is_answered() -> None:
    status, body, headers, heard = ask("Echo_1.Say", b'{"wo', b'rd": 1}')
    assert (status, json.loads(body)) == (200, {"operation": "Say", "request": {"word": 1}})
    assert headers[b"content-type"] == b"application/x-amz-json-1.1"
    assert len(headers[b"x-amzn-requestid"]) == 36
    assert heard == []


@pytest.mark.parametrize("target", [None, "Echo_2.Say", "Other.Echo_1"])
def test_other_requests_are_passed_on_and_heard_of(target: str | None) -> None:
    status, body, _, heard = ask(target, b"")
    assert (status, body, heard) == (299, b"rest", ["/"])


@pytest.mark.parametrize(
    ("operation", "body", "status", "code"),
    [
        ("Refuse", b"{}", 429, "NotToday"),
        ("Break", b"{}", 500, "InternalFailure"),
        ("Say", b"[1]", 400, "SerializationException"),
        ("Say", b"{", 400, "SerializationException"),
        ("Say", b'{"a":' + b"[" * 100_000, 400, "SerializationException"),
    ],
)
def test_a_failure_names_its_code(operation: str, body: bytes, status: int, code: str) -> None:
    answered, answer, _, _ = ask(f"Echo_1.{operation}", body)
    assert (answered, json.loads(answer)["__type"]) == (status, code)


@pytest.mark.parametrize("target", [None, "Echo_2.Say", "Say"])
def test_a_request_signed_for_our_service_is_not_passed_on(target: str | None) -> None:
    async def run() -> list[Message]:
        front = Front(_rest, Ours({"echo": Echo.target_prefix}), lambda scope: None)
        front.open([Echo()])
        return await _request(front, target, b"{}", signed_for="echo")

    start, body = asyncio.run(run())
    assert start["status"] == 400
    assert json.loads(body["body"])["__type"] == "UnknownOperationException"


def test_a_client_that_leaves_gets_no_answer() -> None:
    async def run() -> list[Message]:
        front = Front(_rest, Ours({"echo": Echo.target_prefix}), lambda scope: None)
        front.open([Echo()])
        return await _request(front, "Echo_1.Say")

    assert asyncio.run(run()) == []


def test_a_request_waits_until_the_services_are_open() -> None:
    async def run() -> list[Message]:
        front = Front(_rest, Ours({"echo": Echo.target_prefix}), lambda scope: None)
        answer = asyncio.create_task(_request(front, "Echo_1.Say", b"{}"))
        await asyncio.sleep(0)
        assert not answer.done()
        front.open([Echo()])
        return await answer

    assert asyncio.run(run())[0]["status"] == 200


def test_a_closed_front_reports_no_failure() -> None:
    """A producer parks what is refused; what has no answer, it puts again."""

    async def run() -> None:
        front = Front(_rest, Ours({"echo": Echo.target_prefix}), lambda scope: None)
        front.open([Echo()])
        front.close()
        refused = asyncio.create_task(_request(front, "Echo_1.Break", b"{}"))
        for target, status in (("Echo_1.Say", 200), (None, 299)):
            start, _ = await _request(front, target, b"{}")
            assert start["status"] == status
        assert not refused.done()
        refused.cancel()

    asyncio.run(run())
