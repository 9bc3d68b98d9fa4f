"""What is changed in MiniStack before it serves."""

import types
import zipfile
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from local.gateway.ministack.batch_json import batch_json
from local.gateway.ministack.batch_pipes import READ_BY_LARGE_PARTS, logged, widen
from local.gateway.ministack.glue import batch_delete_partition, search_tables
from local.gateway.ministack.ranges import ranged
from local.gateway.ministack.storing import storing
from local.gateway.ministack.unpacking import Archive

Modules = Mapping[str, Any]


def leave_the_event_loop(modules: Modules, types: AbstractSet[str]) -> None:
    """Provision `types` on threads: a provisioner calling the gateway from its event loop would wait forever."""
    stacks = modules["ministack.services.cloudformation.stacks"]
    others = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda name: name in types or others(name)


def speed_up_batches(modules: Modules) -> None:
    """Pass batches between Firehose and its transforms undecoded, in large chunks."""
    for name in ("ministack.core.lambda_runtime", "ministack.services.lambda_svc"):
        modules[name].json = batch_json()
    runtime = modules["ministack.core.lambda_runtime"]
    spawn = runtime.Worker._spawn

    def spawn_with_wide_pipes(worker: Any) -> None:
        spawn(worker)
        widen(worker._proc)

    runtime.Worker._spawn = spawn_with_wide_pipes
    runtime.Worker._drain_stderr_bounded = logged
    runtime._PYTHON_WORKER_SCRIPT = READ_BY_LARGE_PARTS + runtime._PYTHON_WORKER_SCRIPT


def unpack_once(modules: Modules) -> None:
    """Let the processes of functions share their code and layers."""
    modules["ministack.core.lambda_runtime"].zipfile = types.SimpleNamespace(**{**vars(zipfile), "ZipFile": Archive})


def store_or_refuse(modules: Modules) -> None:
    """Answer that an object is stored only when it is."""
    s3 = modules["ministack.services.s3"]
    s3._dispatch = storing(s3)


def save_when_settled(modules: Modules, settled: Callable[[], bool]) -> None:
    """Keep the last checkpoint when the gateway ends amid a deployment: nothing could continue half a stack."""
    app = modules["ministack.app"]
    save = app.save_all
    app.save_all = lambda states: save(states) if settled() else None


def read_ranges_of_versions(modules: Modules) -> None:
    """Answer with the range of a version that is asked for, not with all of it."""
    s3 = modules["ministack.services.s3"]
    s3._get_object = ranged(s3)


def leave_out_empty_owners(modules: Modules) -> None:
    """Keep no owner for a table that has none: a client that sends the table back may not send an empty one."""
    glue = modules["ministack.services.glue"]
    create = glue._create_table

    def create_without(data: Mapping[str, Any]) -> Any:
        answer = create(data)
        table = glue._tables.get(f"{data.get('DatabaseName')}/{data.get('TableInput', {}).get('Name')}")
        if table and not table.get("Owner", "-"):
            del table["Owner"]
        return answer

    glue._create_table = create_without


def retry_what_events_start(modules: Modules) -> None:
    """Invoke a function for a schedule or a rule as for any other event: retried, then kept where failures go."""
    functions = modules["ministack.services.lambda_svc"]

    def dispatch(arn: str, payload: str) -> None:
        function, config, _ = functions._get_func_record_for_ref(arn)
        if function and config:
            record = functions._execution_record_for_config(function, config)
            functions.invoke_async_with_retry(record, msgspec.json.decode(payload))

    modules["ministack.services.eventbridge"]._dispatch_to_lambda = dispatch


def allow_loops(modules: Modules) -> None:
    """Let a function run in a loop when its template does: MiniStack reads that from calls of its API alone."""
    functions = modules["ministack.services.lambda_svc"]
    handlers = modules["ministack.services.cloudformation.provisioners"]._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handlers["create"], handlers["update"]

    def allowing(made: Any, properties: Mapping[str, Any]) -> Any:
        functions._functions[made[0]]["recursive_loop"] = properties.get("RecursiveLoop", "Terminate")
        return made

    handlers["create"] = lambda name, new, stack: allowing(create(name, new, stack), new)
    handlers["update"] = lambda name, old, new, *of: allowing(update(name, old, new, *of), new)


def complete_glue(modules: Modules) -> None:
    """Answer the operations of Glue that MiniStack lacks."""
    glue = modules["ministack.services.glue"]
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
