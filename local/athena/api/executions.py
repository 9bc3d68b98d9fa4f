"""Query executions: what is known of each, kept on disk once it has ended."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from local.athena.api.results import ResultColumn
from local.protocol import AwsError, Json

State = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
ENGINE_VERSION = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


@dataclass(frozen=True)
class Execution:
    """One query execution. Times are epoch seconds.

    `manifest` is where the list of the objects it wrote is, `reuse_minutes` how old a result may be that it takes
    instead of running, `canonical` what makes two queries the same, and `reused` the execution whose result it took.
    """

    id: str
    query: str
    type: str
    substatement: str
    database: str
    workgroup: str
    output: str
    submitted: float
    state: State = "QUEUED"
    reason: str = ""
    error: dict[str, Any] | None = None
    started: float = 0.0
    ended: float = 0.0
    scanned: int = 0
    columns: Sequence[ResultColumn] = field(default_factory=tuple)
    header: bool = True
    parameters: Sequence[str] = field(default_factory=tuple)
    updated: int = 0
    manifest: str = ""
    reuse_minutes: int | None = None
    reused: str = ""
    canonical: str = ""

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def describe(self) -> Json:
        """The QueryExecution member of GetQueryExecution."""
        reuse: Json = {"Enabled": self.reuse_minutes is not None}
        if self.reuse_minutes is not None:
            reuse["MaxAgeInMinutes"] = self.reuse_minutes
        return {
            "QueryExecutionId": self.id,
            "Query": self.query,
            "StatementType": self.type,
            "SubstatementType": self.substatement,
            **self._place(),
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": reuse},
            **({"ExecutionParameters": list(self.parameters)} if self.parameters else {}),
            "QueryExecutionContext": {"Database": self.database, "Catalog": "awsdatacatalog"},
            "Status": self._status(),
            "Statistics": self._statistics(),
            "WorkGroup": self.workgroup,
            "EngineVersion": ENGINE_VERSION,
        }

    def _place(self) -> Json:
        if self.output:
            return {"ResultConfiguration": {"OutputLocation": self.output}}
        return {"ManagedQueryResultsConfiguration": {"Enabled": True}}

    def _status(self) -> Json:
        status: Json = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.reason:
            status["StateChangeReason"] = self.reason
        if self.error is not None:
            status["AthenaError"] = self.error
        if self.has_ended:
            status["CompletionDateTime"] = self.ended
        return status

    def _statistics(self) -> Json:
        if not self.has_ended:
            return {}
        queued = (self.started or self.ended) - self.submitted
        manifest = {"DataManifestLocation": self.manifest} if self.manifest else {}
        return {
            **manifest,
            "EngineExecutionTimeInMillis": _milliseconds(self.ended - (self.started or self.ended)),
            "DataScannedInBytes": self.scanned,
            "TotalExecutionTimeInMillis": _milliseconds(self.ended - self.submitted),
            "QueryQueueTimeInMillis": _milliseconds(queued),
            "QueryPlanningTimeInMillis": 0,
            "ServicePreProcessingTimeInMillis": 0,
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": bool(self.reused)},
        }


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


class Executions:
    """All executions by id. Thread-safe; ended ones outlive the process, others are lost with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._known = {each.id: each for each in _stored(folder)}

    def add(self, execution: Execution) -> None:
        with self._lock:
            self._known[execution.id] = execution

    def get(self, execution_id: str) -> Execution:
        """Raises `AwsError` for an id that was never given."""
        with self._lock:
            found = self._known.get(execution_id)
        if found is None:
            raise AwsError("InvalidRequestException", f"QueryExecution {execution_id} was not found")
        return found

    def update(self, execution_id: str, **changes: Any) -> Execution:
        """Change members of an execution; one that has ended stays as it ended."""
        with self._lock:
            known = self._known[execution_id]
            if known.has_ended:
                return known
            changed = replace(known, **changes)
            self._known[execution_id] = changed
        if changed.has_ended:
            (self._folder / f"{execution_id}.json").write_bytes(msgspec.json.encode(changed))
        return changed

    def newest(self, workgroup: str) -> list[str]:
        """Ids of a workgroup's executions, newest first."""
        with self._lock:
            found = [each for each in self._known.values() if each.workgroup == workgroup]
        return [each.id for each in sorted(found, key=lambda each: each.submitted, reverse=True)]

    def succeeded(self, workgroup: str) -> list[Execution]:
        """A workgroup's executions that have a result, newest first."""
        with self._lock:
            found = [each for each in self._known.values() if each.workgroup == workgroup and each.state == "SUCCEEDED"]
        return sorted(found, key=lambda each: each.ended, reverse=True)

    def rows(self, execution_id: str) -> Path:
        """Where the result rows of an execution are kept."""
        return self._folder / f"{execution_id}.rows"


def _stored(folder: Path) -> Iterator[Execution]:
    for path in folder.glob("*.json"):
        yield msgspec.json.decode(path.read_bytes(), type=Execution)
