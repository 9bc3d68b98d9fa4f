"""Web pages are refused, whatever they send; AWS clients, the command line and downloads are not."""

import asyncio
import http.client
import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.endpoint import client
from local.gateway.asgi import Message
from local.gateway.guard import Guard
from local.gateway.running import RunningGateway
from tests.local.gateway import tiny_app

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
HERE = "127.0.0.1:4566"


async def _app(scope: Message, receive: Any, send: Any) -> None:
    cors = [(b"Access-Control-Allow-Origin", b"*"), (b"access-control-expose-headers", b"*")]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", b"1"), *cors]})
    await send({"type": "http.response.body", "body": b"served"})


def ask(method: str, target: str, headers: Mapping[str, str], kind: str = "http") -> list[Message]:
    path, _, query = target.partition("?")
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Message = {
        "type": kind,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    if kind == "http":
        scope["method"] = method
    asyncio.run(Guard(_app)(scope, lambda: asyncio.Event().wait(), send))  # type: ignore[arg-type,return-value]
    return sent


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("POST", "/2015-03-31/functions", {"Origin": "https://evil.example"}),
        ("POST", "/", {"Origin": "null"}),
        ("POST", "/", {"Origin": "http://127.0.0.1:4566", "Sec-Fetch-Site": "same-origin"}),
        ("GET", "/lake/page.html", {"Origin": "https://evil.example", "Sec-Fetch-Site": "none"}),
        ("GET", "/lake/page.html", {"Sec-Fetch-Site": "cross-site"}),
        ("GET", "/lake/page.html", {"Sec-Fetch-Site": "same-site"}),
        ("GET", "/lake/page.html", {"Sec-Fetch-Site": "same-origin"}),
        ("GET", "/lake/page.html", {"User-Agent": CHROME}),
        ("GET", "/?Action=CreateStack", {"Sec-Fetch-Site": "none"}),
        ("GET", "/?%41ction=CreateStack", {"Sec-Fetch-Site": "none"}),
        ("POST", "/", {"Sec-Fetch-Site": "none"}),
        ("OPTIONS", "/", {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}),
    ],
)
def test_what_a_page_sends_is_refused(method: str, target: str, headers: Mapping[str, str]) -> None:
    start, body = ask(method, target, {"Host": HERE, **headers})
    assert start["status"] == 403
    assert json.loads(body["body"])["__type"] == "AccessDeniedException"


@pytest.mark.parametrize(
    "host",
    ["evil.example:4566", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example#.localhost", "0.0.0.0"],
)
def test_another_name_of_the_host_is_refused(host: str) -> None:
    assert ask("GET", "/", {"Host": host})[0]["status"] == 403


def test_a_request_without_a_host_is_refused() -> None:
    assert ask("GET", "/", {})[0]["status"] == 403


@pytest.mark.parametrize(
    "host",
    [
        HERE,
        "127.0.0.1",
        "localhost:4566",
        "LOCALHOST",
        "[::1]:4566",
        "lake.localhost:4566",
        "lake.s3.us-east-1.localhost",
    ],
)
def test_every_name_of_this_machine_is_served(host: str) -> None:
    assert ask("GET", "/", {"Host": host})[1]["body"] == b"served"


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "curl/8.5.0"},
        {"User-Agent": "Boto3/1.40.0 md/Botocore#1.40.0"},
        {"User-Agent": "node", "Sec-Fetch-Mode": "cors"},  # what Node's fetch sends
        {"User-Agent": CHROME, "Sec-Fetch-Site": "none"},  # what the user opens, e.g. a presigned URL
    ],
)
def test_clients_are_served(headers: Mapping[str, str]) -> None:
    start, body = ask("GET", "/lake/part.parquet?X-Amz-Signature=1", {"Host": HERE, **headers})
    assert (start["status"], body["body"]) == (200, b"served")


def test_no_answer_is_for_a_page_to_read() -> None:
    assert ask("GET", "/", {"Host": HERE})[0]["headers"] == [(b"etag", b"1")]


@pytest.mark.parametrize("headers", [{"Host": HERE, "Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_a_websocket_of_a_page_is_closed(headers: Mapping[str, str]) -> None:
    assert ask("GET", "/", headers, kind="websocket") == [{"type": "websocket.close"}]


@pytest.mark.parametrize("path", ["reset", "config", "ses/messages", "sqs/messages", "rds/iam-auth", "healthy"])
def test_what_is_only_ministacks_is_refused(path: str) -> None:
    assert ask("POST", f"/_ministack/{path}", {"Host": HERE})[0]["status"] == 403


@pytest.mark.parametrize("path", ["health", "lambda-code/a/r/f", "lambda-layers/a/r/l/1/content", "cfn-response/token"])
def test_what_answers_refer_to_is_served(path: str) -> None:
    assert ask("GET", f"/_ministack/{path}", {"Host": HERE})[0]["status"] == 200


def sent(gateway: RunningGateway, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Status and headers of the running gateway's answer."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    connection.request(method, path, b"", dict(headers))
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Origin": "https://evil.example",
}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {"Origin": "https://evil.example"}),
        ("GET", "/", {"Host": "evil.example:4566"}),
        ("GET", "/api/prod", {"Host": "a.execute-api.localhost", **WEBSOCKET}),
        ("POST", "/_ministack/reset", {}),
    ],
)
def test_the_gateway_refuses(gateway: RunningGateway, method: str, path: str, headers: Mapping[str, str]) -> None:
    status, answered = sent(gateway, method, path, headers)
    assert status == 403
    assert not [name for name in answered if name.startswith("access-control-")]


def test_the_gateway_serves_what_sends_no_origin(gateway: RunningGateway) -> None:
    status, answered = sent(gateway, "GET", "/", {})
    assert status == 200
    assert not [name for name in answered if name.startswith("access-control-")]


def test_presigned_and_virtual_hosted_urls_are_served(gateway: RunningGateway) -> None:
    client(gateway.url, "s3").put_object(Bucket=tiny_app.BUCKET, Key="guard.txt", Body=b"kept")
    virtual = boto3.client(
        "s3",
        endpoint_url=f"http://s3.localhost:{gateway.port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "virtual"}),
    )
    url = virtual.generate_presigned_url("get_object", Params={"Bucket": tiny_app.BUCKET, "Key": "guard.txt"})
    host = f"{tiny_app.BUCKET}.s3.localhost:{gateway.port}"
    assert url.startswith(f"http://{host}/guard.txt?")
    status, _ = sent(gateway, "GET", url.removeprefix(f"http://{host}"), {"Host": host})
    assert status == 200
