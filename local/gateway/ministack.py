"""MiniStack behind the gateway: the one file that touches its private names.

MiniStack 1.5.33 is pinned; `tests/gateway/test_ministack_contract.py` says which name an upgrade took away.
"""

import copy
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol

import msgspec

from local.endpoint import ACCOUNT, CREDENTIAL, REGION
from local.gateway.batch_json import batch_json
from local.gateway.batch_pipes import READ_BY_LARGE_PARTS, logged, widen
from local.gateway.glue import batch_delete_partition, search_tables
from local.gateway.retention import MOST_EVENTS, MOST_STREAMS, by_minute, keep_newest

Message = MutableMapping[str, Any]
AsgiApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
State = dict[str, Any]

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "ministack.app": ("app", "SERVICE_REGISTRY", "SERVICE_NAME_ALIASES", "_build_persistence_save_dict"),
    "ministack.core.lambda_runtime": (
        "_PYTHON_WORKER_SCRIPT",
        "Worker._drain_stderr_bounded",
        "Worker._spawn",
        "json",
    ),
    "ministack.core.persistence": ("load_state", "save_state"),
    "ministack.services.cloudformation": ("_stacks",),
    "ministack.services.cloudformation.provisioners": ("_RESOURCE_HANDLERS",),
    "ministack.services.cloudformation.stacks": ("_runs_on_worker_thread",),
    "ministack.services.cloudwatch": ("_metrics",),
    "ministack.services.cloudwatch_logs": ("_log_events_lock", "_log_groups", "_log_records"),
    "ministack.services.eventbridge": ("_SCHEDULER_TICK_INTERVAL",),
    "ministack.services.glue": (
        "_create_table",
        "_delete_partition",
        "_handle_request_sync",
        "_tables",
        "json_response",
    ),
    "ministack.services.lambda_svc": ("json",),
    "ministack.services.scheduler": ("_SCHEDULE_TICK_INTERVAL", "_schedule_last_fired", "_tick_schedules"),
}
"""Module -> the names in it that this adapter reads or replaces; with a dot, attributes of a class."""

_FIRED: Final = "standpipe_fired_schedules"
_TICK_SECONDS: Final = 1
"""MiniStack itself looks for due schedules every 10 s, and a demonstration should not wait."""


class MiniStackChangedError(RuntimeError):
    """The installed MiniStack lacks names that the gateway builds on."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"MiniStack lacks {', '.join(self.missing)}. The gateway is built on ministack==1.5.33: "
            "install that version, or adapt local/gateway/ministack.py to the new names."
        )


class Provisioner(Protocol):
    """Creates, updates and deletes the resources of one CloudFormation type; a raised exception fails the resource."""

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str, /) -> tuple[str, dict[str, Any]]:
        """Return what `Ref` gives and what each `Fn::GetAtt` gives."""
        ...

    def update(
        self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str, /
    ) -> tuple[str, dict[str, Any]]:
        """Return the same as `create`; another physical id means that the resource was replaced."""
        ...

    def delete(self, physical_id: str, properties: Mapping[str, Any], /) -> None:
        """Succeed also when the resource is gone already."""
        ...


def configure(data_dir: Path, url: str) -> None:
    """Set the environment that MiniStack and the functions it runs will see; call it before `MiniStack()`.

    Everything is kept below `data_dir`, nothing but loopback is listened on, and functions get no credentials of the
    user's: they see `test`/`test` and the gateway's own address.
    """
    if "ministack.app" in sys.modules:
        raise RuntimeError(
            "MiniStack reads its environment when it is imported, and it was imported before configure()"
        )
    scratch = data_dir / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(scratch)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",  # no daemon is looked for, no container is ever reaped
        "GATEWAY_PORT": url.rpartition(":")[2],
        "IOT_MTLS_ENABLED": "0",  # listens on 0.0.0.0:8883 otherwise
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1"))),
        "PERSIST_STATE": "1",
        "S3_DATA_DIR": str(data_dir / "s3"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(data_dir / "state"),
        "TMPDIR": str(scratch),
    }


def missing_names() -> list[str]:
    """Say which names of `NEEDED` the installed MiniStack lacks, as `module.name`."""
    missing = []
    for module_name, names in NEEDED.items():
        try:
            module = importlib.import_module(module_name)
        except ImportError:
            missing.append(module_name)
            continue
        missing += [f"{module_name}.{name}" for name in names if not _has(module, name)]
    return missing


def _has(module: ModuleType, name: str) -> bool:
    try:
        attrgetter(name)(module)
    except AttributeError:
        return False
    return True


@dataclass(frozen=True)
class Stack:
    """A CloudFormation stack's name and status."""

    name: str
    status: str

    @property
    def settled(self) -> bool:
        """Whether nothing is being done to it now."""
        return not self.status.endswith("_IN_PROGRESS") or self.status == "REVIEW_IN_PROGRESS"


class MiniStack:
    """The imported MiniStack; raises `MiniStackChangedError` when a name it needs is gone."""

    def __init__(self) -> None:
        missing = missing_names()
        if missing:
            raise MiniStackChangedError(missing)
        self._modules: Mapping[str, Any] = {name: importlib.import_module(name) for name in NEEDED}
        self.app: AsgiApp = self._modules["ministack.app"].app
        self._on_threads: set[str] = set()
        self._leave_the_event_loop()
        self._speed_up_batches()
        self._leave_out_empty_owners()
        self._complete_glue()
        self._restore_fired()

    def tick_schedules(self, fired: Callable[[], None]) -> None:
        """Look for due schedules and rules every second, and call `fired` after some schedule has fired."""
        scheduler = self._modules["ministack.services.scheduler"]
        scheduler._SCHEDULE_TICK_INTERVAL = _TICK_SECONDS
        self._modules["ministack.services.eventbridge"]._SCHEDULER_TICK_INTERVAL = _TICK_SECONDS
        tick = scheduler._tick_schedules

        def tick_and_tell() -> None:
            before = dict(scheduler._schedule_last_fired)
            tick()
            if scheduler._schedule_last_fired != before:
                fired()

        scheduler._tick_schedules = tick_and_tell

    def provision(self, resource_type: str, provisioner: Provisioner) -> None:
        """Let `provisioner` make the resources of `resource_type`, on a worker thread: it may call the gateway."""
        self._modules["ministack.services.cloudformation.provisioners"]._RESOURCE_HANDLERS[resource_type] = {
            "create": provisioner.create,
            "update": provisioner.update,
            "delete": provisioner.delete,
        }
        self._on_threads.add(resource_type)

    def stacks(self) -> list[Stack]:
        """Every stack there is, deleted ones included."""
        records = self._modules["ministack.services.cloudformation"]._stacks._data
        return [Stack(key[-1], record.get("StackStatus", "")) for key, record in list(records.items())]

    def state_of(self, signing_name: str) -> str | None:
        """The key under which MiniStack stores a service's state; None when it is stored under no single one."""
        app = self._modules["ministack.app"]
        service = app.SERVICE_REGISTRY.get(app.SERVICE_NAME_ALIASES.get(signing_name, signing_name))
        if service is None or signing_name == "cloudformation":  # a stack changes any service
            return None
        key: str = service.get("state_key", service["module"])
        return key

    def snapshot(self, keys: set[str] | None) -> State:
        """Copy the state of the services `keys`, of all when None; call it on the event loop, where nothing changes."""
        getters = self._modules["ministack.app"]._build_persistence_save_dict()
        state = {key: copy.deepcopy(get()) for key, get in getters.items() if keys is None or key in keys}
        fired = self._modules["ministack.services.scheduler"]._schedule_last_fired
        state[_FIRED] = {"\0".join(key): moment for key, moment in list(fired.items())}
        return {key: value for key, value in state.items() if value is not None}

    def write(self, state: State) -> None:
        """Write a snapshot below the state directory, one file a service, each replaced whole."""
        save = self._modules["ministack.core.persistence"].save_state
        for key, value in state.items():
            save(key, value)

    def forget_old(self) -> None:
        """Drop old log events and put old metric points together; call it on the event loop, where metrics change."""
        logs = self._modules["ministack.services.cloudwatch_logs"]
        metrics = self._modules["ministack.services.cloudwatch"]._metrics._data
        for group in list(logs._log_groups._data.values()):
            keep_newest(group["streams"], MOST_STREAMS)
            for stream in list(group["streams"].values()):
                with logs._log_events_lock:
                    keep_newest(stream["events"], MOST_EVENTS)
        keep_newest(logs._log_records._data, MOST_EVENTS)
        now = time.time()
        for points in list(metrics.values()):
            before = len(points)  # a thread may add to it meanwhile
            points[:before] = by_minute(points[:before], now)

    def _leave_the_event_loop(self) -> None:
        """Provision our types on threads: a provisioner calling the gateway from its event loop would wait forever."""
        stacks = self._modules["ministack.services.cloudformation.stacks"]
        others = stacks._runs_on_worker_thread
        stacks._runs_on_worker_thread = lambda name: name in self._on_threads or others(name)

    def _speed_up_batches(self) -> None:
        """Pass on what Firehose and its transforms say to each other unread, in large parts."""
        for name in ("ministack.core.lambda_runtime", "ministack.services.lambda_svc"):
            self._modules[name].json = batch_json()
        runtime = self._modules["ministack.core.lambda_runtime"]
        spawn = runtime.Worker._spawn

        def spawn_with_wide_pipes(worker: Any) -> None:
            spawn(worker)
            widen(worker._proc)

        runtime.Worker._spawn = spawn_with_wide_pipes
        runtime.Worker._drain_stderr_bounded = logged
        runtime._PYTHON_WORKER_SCRIPT = READ_BY_LARGE_PARTS + runtime._PYTHON_WORKER_SCRIPT

    def _leave_out_empty_owners(self) -> None:
        """Keep no owner for a table that has none: a client that sends the table back may not send an empty one."""
        glue = self._modules["ministack.services.glue"]
        create = glue._create_table

        def create_without(data: Mapping[str, Any]) -> Any:
            answer = create(data)
            table = glue._tables.get(f"{data.get('DatabaseName')}/{data.get('TableInput', {}).get('Name')}")
            if table and not table.get("Owner", "-"):
                del table["Owner"]
            return answer

        glue._create_table = create_without

    def _complete_glue(self) -> None:
        """Answer the operations of Glue that MiniStack lacks."""
        glue = self._modules["ministack.services.glue"]
        others = glue._handle_request_sync
        ours: Mapping[str, Callable[[Any], Any]] = {
            "BatchDeletePartition": lambda request: batch_delete_partition(request, glue._delete_partition),
            "SearchTables": lambda request: search_tables(request, list(glue._tables.values())),
        }

        def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
            answer = ours.get(headers.get("x-amz-target", "").rpartition(".")[2])
            if answer is None:
                return others(method, path, headers, body, query)
            return glue.json_response(answer(msgspec.json.decode(body)))

        glue._handle_request_sync = handle

    def _restore_fired(self) -> None:
        """Remember which schedules have fired: a one-time schedule must not fire again after a restart."""
        stored: Mapping[str, float] = self._modules["ministack.core.persistence"].load_state(_FIRED) or {}
        fired = self._modules["ministack.services.scheduler"]._schedule_last_fired
        fired.update({tuple(key.split("\0")): moment for key, moment in stored.items()})
