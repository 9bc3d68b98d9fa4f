"""Which requests are worth saving for, and when they are saved."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from local.gateway.asgi import Message
from local.gateway.checkpoint import Checkpoint, changes_state
from local.gateway.ministack.emulator import Stack, State
from local.gateway.request import signed_for


class Disk:
    """MiniStack as far as a checkpoint knows it."""

    def __init__(self, *stacks: Stack) -> None:
        self.there = list(stacks)
        self.written: list[State] = []

    def settled(self) -> bool:
        return all(stack.settled for stack in self.there)

    def state_of(self, service: str) -> str | None:
        return {"events": "eventbridge", "sqs": "sqs", "scheduler": "scheduler"}.get(service)

    def snapshot(self, keys: set[str] | None) -> State:
        return {key: {} for key in sorted(keys or {"everything"})}

    def write(self, state: State) -> None:
        self.written.append(state)


def request(service: str, method: str = "POST", path: str = "/", target: str = "") -> Message:
    credential = f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host"
    headers = [(b"host", b"x"), (b"authorization", credential.encode())]
    headers += [(b"x-amz-target", target.encode())] if target else []
    return {"type": "http", "method": method, "path": path, "headers": headers}


def saved(
    disk: Any,
    act: Callable[[Checkpoint], None],
    settled: Callable[[], None] = lambda: None,
    done: Callable[[], bool] = lambda: True,
) -> list[list[str]]:
    """What was written, as the names of services, within a second after `act`, and until `done`."""

    async def run() -> None:
        checkpoint = Checkpoint(disk, settled)
        running = asyncio.create_task(checkpoint.run())
        act(checkpoint)
        for _ in range(100):
            await asyncio.sleep(0.01)
            if disk.written and done():
                break
        running.cancel()

    asyncio.run(run())
    return [list(state) for state in disk.written]


def test_a_burst_is_saved_once() -> None:
    def burst(checkpoint: Checkpoint) -> None:
        for service in ("events", "sqs", "events"):
            checkpoint.answered(request(service))

    assert saved(Disk(), burst) == [["eventbridge", "sqs"]]


def test_a_deployment_saves_everything_and_says_so() -> None:
    reported: list[bool] = []
    act = lambda checkpoint: checkpoint.answered(request("cloudformation"))  # noqa: E731
    found = saved(Disk(Stack("a", "CREATE_COMPLETE")), act, lambda: reported.append(True), lambda: bool(reported))
    assert found == [["everything"]]
    assert reported == [True]


def test_nothing_is_saved_while_a_stack_is_being_made() -> None:
    act = lambda checkpoint: checkpoint.answered(request("cloudformation"))  # noqa: E731
    assert saved(Disk(Stack("a", "CREATE_IN_PROGRESS")), act) == []


def test_a_schedule_that_fired_is_saved() -> None:
    assert saved(Disk(), lambda checkpoint: checkpoint.changed_elsewhere("scheduler")) == [["scheduler"]]


def test_a_save_that_fails_is_made_good_by_the_next(caplog: pytest.LogCaptureFixture) -> None:
    class Full(Disk):
        tries = 0

        def write(self, state: State) -> None:
            self.tries += 1
            if self.tries == 1:
                raise OSError("no space left")
            super().write(state)

    async def run(disk: Any) -> None:
        checkpoint = Checkpoint(disk, lambda: None)
        running = asyncio.create_task(checkpoint.run())
        checkpoint.answered(request("sqs"))
        while not disk.tries:
            await asyncio.sleep(0.01)
        checkpoint.answered(request("events"))
        while not disk.written:
            await asyncio.sleep(0.01)
        running.cancel()

    full = Full()
    asyncio.run(asyncio.wait_for(run(full), 10))
    assert [list(state) for state in full.written] == [["eventbridge", "sqs"]]
    assert "no space left" in caplog.text


@pytest.mark.parametrize(
    ("service", "method", "path", "changes"),
    [
        ("s3", "PUT", "/bucket", True),
        ("s3", "PUT", "/bucket/", True),
        ("s3", "PUT", "/bucket/key", False),
        ("s3", "GET", "/bucket", False),
        ("sqs", "POST", "/", True),
        ("lambda", "POST", "/2015-03-31/functions/f/invocations", False),
        ("lambda", "POST", "/2015-03-31/functions", True),
        ("scheduler", "DELETE", "/schedules/s", True),
    ],
)
def test_changes(service: str, method: str, path: str, changes: bool) -> None:
    assert changes_state(service, method, path) is changes


def test_the_service_is_read_from_the_signature() -> None:
    assert signed_for(request("secretsmanager")) == "secretsmanager"
    assert signed_for(request("execute-api")) == "execute-api"
    assert signed_for({"type": "http", "headers": [(b"host", b"x")]}) == ""


@pytest.mark.parametrize(
    ("status", "settled"),
    [("CREATE_COMPLETE", True), ("UPDATE_IN_PROGRESS", False), ("REVIEW_IN_PROGRESS", True), ("DELETE_COMPLETE", True)],
)
def test_a_stack_is_settled_when_nothing_is_done_to_it(status: str, settled: bool) -> None:
    assert Stack("s", status).settled is settled


def test_samples_and_log_events_alone_are_not_saved() -> None:
    def act(checkpoint: Checkpoint) -> None:
        checkpoint.answered(
            request("monitoring", path="/service/GraniteServiceVersion20100801/operation/PutMetricData")
        )
        checkpoint.answered(request("logs", target="Logs_20140328.PutLogEvents"))

    assert saved(Disk(), act) == []
    assert saved(Disk(), lambda checkpoint: checkpoint.answered(request("logs", target="Logs_20140328.CreateLogGroup")))
