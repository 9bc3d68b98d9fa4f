"""The private names of MiniStack that the gateway builds on.

MiniStack 1.5.33 is pinned; `tests/local/gateway/test_ministack_contract.py` says which name an upgrade took away.
"""

import importlib
from collections.abc import Iterable, Mapping
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "ministack.app": ("app", "save_all", "SERVICE_REGISTRY", "SERVICE_NAME_ALIASES", "_build_persistence_save_dict"),
    "ministack.core.lambda_runtime": (
        "_PYTHON_WORKER_SCRIPT",
        "Worker._drain_stderr_bounded",
        "Worker._spawn",
        "Worker.invoke",
        "_workers",
        "json",
        "subprocess",
        "zipfile",
    ),
    "ministack.core.persistence": ("load_state", "save_state"),
    "ministack.services.cloudformation": ("_stacks",),
    "ministack.services.cloudformation.handlers": ("_roll_back_operation",),
    "ministack.services.cloudformation.provisioners": ("_RESOURCE_HANDLERS", "s3_bucket_name_conflict"),
    "ministack.services.cloudformation.stacks": ("_roll_back_operation", "_runs_on_worker_thread"),
    "ministack.services.cloudwatch": ("_metrics",),
    "ministack.services.cloudwatch_logs": ("_log_events_lock", "_log_groups", "_log_records"),
    "ministack.services.dynamodb": ("_tables",),
    "ministack.services.eventbridge": ("_SCHEDULER_TICK_INTERVAL", "_dispatch_to_lambda"),
    "ministack.services.glue": (
        "_create_table",
        "_databases",
        "_delete_partition",
        "_handle_request_sync",
        "_tables",
        "json_response",
    ),
    "ministack.services.lambda_svc": (
        "_execution_record_for_config",
        "_functions",
        "_get_func_record_for_ref",
        "_poll_sqs",
        "_route_async_failure",
        "_run_sqs_batch",
        "invoke_async_with_retry",
        "json",
    ),
    "ministack.services.s3": (
        "_buckets",
        "_dispatch",
        "_error",
        "_get_object",
        "_object_versions",
        "_parse_range",
    ),
    "ministack.services.sqs": ("_queues", "_queues_lock", "esm_wake", "load_persisted_state"),
    "ministack.services.scheduler": ("_SCHEDULE_TICK_INTERVAL", "_schedule_last_fired", "_tick_schedules"),
}
"""Module -> the names in it that this folder reads or replaces; with a dot, attributes of a class."""


class MiniStackChangedError(RuntimeError):
    """The installed MiniStack lacks names that the gateway builds on."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"MiniStack lacks {', '.join(self.missing)}. The gateway needs ministack==1.5.33: "
            "install that version, or adapt local/gateway/ministack/ to the new names."
        )


def modules() -> Mapping[str, Any]:
    """MiniStack's modules by their names; raises `MiniStackChangedError`."""
    missing = missing_names()
    if missing:
        raise MiniStackChangedError(missing)
    return {name: importlib.import_module(name) for name in NEEDED}


def missing_names() -> list[str]:
    """The names of `NEEDED` that the installed MiniStack lacks, as `module.name`."""
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
