"""A json module for MiniStack's Lambda that passes batches to and from Firehose's transforms through undecoded.

MiniStack decodes and encodes a batch of 1 MiB twice on its way to a function and back, on the thread that also accepts
records, without using its contents. Here a batch is only validated and passed along.
"""

import json
from types import ModuleType
from typing import Any, Final

import msgspec

_EVENT: Final = b'{"invocationId":"'
"""How `local.firehose.stages.transform.event` begins."""
_ANSWER: Final = '{"status": "ok", "result": {"records": [{"recordId": '
"""How a MiniStack worker's answer with a batch begins."""


class Batch(dict[str, Any]):
    """An event that is not decoded: an empty dict with the JSON text attached."""

    def __init__(self, text: bytes) -> None:
        super().__init__()
        self.text = msgspec.Raw(text)


class _Line(msgspec.Struct):
    status: str
    result: msgspec.Raw


def batch_json() -> ModuleType:
    """A module that can stand in for `json`."""
    module = ModuleType("json")
    module.__dict__.update(json.__dict__, loads=loads, dumps=dumps)
    return module


def loads(text: str | bytes, **options: Any) -> Any:
    """Like json.loads, but a Batch for Firehose's event, and a `result` of bytes for a worker's answer to it."""
    if isinstance(text, bytes):
        if text.startswith(_EVENT) and b"\n" not in text and _is_json(text):
            return Batch(text)
    elif text.startswith(_ANSWER) and (line := _line(text)):
        return {"status": line.status, "result": bytes(line.result)}
    return json.loads(text, **options)


def dumps(value: Any, **options: Any) -> str:
    """Like json.dumps, also for a Batch and for an object whose member `event` is one."""
    if isinstance(value, Batch):
        return bytes(value.text).decode()
    if isinstance(value, dict) and isinstance(event := value.get("event"), Batch):
        return msgspec.json.encode({**value, "event": event.text}).decode()
    return json.dumps(value, **options)


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _line(text: str) -> _Line | None:
    try:
        return msgspec.json.decode(text, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
