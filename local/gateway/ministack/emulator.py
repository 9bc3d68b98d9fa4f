"""The MiniStack of this process: what it serves, what it provisions for us, and its state on disk."""

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from local.gateway.asgi import AsgiApp
from local.gateway.ministack.adoption import Adoption
from local.gateway.ministack.functions import Functions
from local.gateway.ministack.names import modules
from local.gateway.ministack.patches import (
    allow_loops,
    complete_glue,
    leave_out_empty_owners,
    leave_the_event_loop,
    read_ranges_of_versions,
    retry_what_events_start,
    save_when_settled,
    speed_up_batches,
    store_or_refuse,
    unpack_once,
)
from local.gateway.ministack.retention import MOST_EVENTS, MOST_STREAMS, by_minute, keep_newest

State = dict[str, Any]

_FIRED: Final = "standpipe_fired_schedules"
_TICK_SECONDS: Final = 1
"""MiniStack itself checks schedules every 10 s; a demo should not wait that long."""


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

    def existing(self, properties: Mapping[str, Any], /) -> str | None:
        """The physical id of a resource that exists under the name in a template."""
        ...

    def adopt(self, physical_id: str, properties: Mapping[str, Any], stack: str, /) -> tuple[str, dict[str, Any]]:
        """Bring an existing resource to `properties`; return the same as `create`."""
        ...

    def delete(self, physical_id: str, properties: Mapping[str, Any], /) -> None:
        """Succeed also when the resource is already gone."""
        ...


@dataclass(frozen=True)
class Stack:
    """A CloudFormation stack's name and status."""

    name: str
    status: str

    @property
    def settled(self) -> bool:
        """Whether no operation is running on it."""
        return not self.status.endswith("_IN_PROGRESS") or self.status == "REVIEW_IN_PROGRESS"


class MiniStack:
    """The imported MiniStack; raises `MiniStackChangedError` when a name it needs is gone."""

    def __init__(self) -> None:
        self._modules = modules()
        self.app: AsgiApp = self._modules["ministack.app"].app
        self._on_threads: set[str] = set()
        leave_the_event_loop(self._modules, self._on_threads)
        speed_up_batches(self._modules)
        unpack_once(self._modules)
        store_or_refuse(self._modules)
        read_ranges_of_versions(self._modules)
        leave_out_empty_owners(self._modules)
        complete_glue(self._modules)
        retry_what_events_start(self._modules)
        allow_loops(self._modules)
        self._adoption = Adoption(self._modules)
        self.functions = Functions(self._modules)
        save_when_settled(self._modules, self.settled)
        self._restore_fired()

    def tick_schedules(self, fired: Callable[[], None]) -> None:
        """Check schedules and rules every second, and call `fired` after a schedule has fired."""
        scheduler = self._modules["ministack.services.scheduler"]
        scheduler._SCHEDULE_TICK_INTERVAL = _TICK_SECONDS
        self._modules["ministack.services.eventbridge"]._SCHEDULER_TICK_INTERVAL = _TICK_SECONDS
        tick = scheduler._tick_schedules

        def tick_and_report() -> None:
            before = dict(scheduler._schedule_last_fired)
            tick()
            if scheduler._schedule_last_fired != before:
                fired()

        scheduler._tick_schedules = tick_and_report

    def provision(self, resource_type: str, provisioner: Provisioner) -> None:
        """Let `provisioner` create the resources of `resource_type`, on a worker thread: it may call the gateway."""
        self._modules["ministack.services.cloudformation.provisioners"]._RESOURCE_HANDLERS[resource_type] = {
            "create": self._adoption.adopting(
                resource_type, provisioner.create, provisioner.existing, provisioner.adopt
            ),
            "update": provisioner.update,
            "delete": provisioner.delete,
        }
        self._on_threads.add(resource_type)

    def stacks(self) -> list[Stack]:
        """Every stack there is, deleted ones included."""
        records = self._modules["ministack.services.cloudformation"]._stacks._data
        return [Stack(key[-1], record.get("StackStatus", "")) for key, record in list(records.items())]

    def settled(self) -> bool:
        """Whether no stack is being worked on."""
        return all(stack.settled for stack in self.stacks())

    def state_of(self, signing_name: str) -> str | None:
        """The key under which MiniStack stores a service's state; None if there is no single one."""
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

    def save(self) -> None:
        """Write everything, as MiniStack does when its server has stopped."""
        app = self._modules["ministack.app"]
        app.save_all(app._build_persistence_save_dict())

    def forget_old(self) -> None:
        """Drop old log events and merge old metric points; call it on the event loop, where metrics change."""
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

    def _restore_fired(self) -> None:
        """Remember which schedules have fired: a one-time schedule must not fire again after a restart."""
        stored: Mapping[str, float] = self._modules["ministack.core.persistence"].load_state(_FIRED) or {}
        fired = self._modules["ministack.services.scheduler"]._schedule_last_fired
        fired.update({tuple(key.split("\0")): moment for key, moment in stored.items()})
