"""Query executions: what is known of each, kept on disk once it has ended."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from local.athena.results import ResultColumn
from local.protocol import AwsError, Json

State = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
ENGINE_VERSION = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


@dataclass(frozen=True)
class Execution:
    """One query execution. Times are epoch seconds."""

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

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def describe(self) -> Json:
        """The QueryExecution member of GetQueryExecution."""
        return {
            "QueryExecutionId": self.id,
            "Query": self.query,
            "StatementType": self.type,
            "SubstatementType": self.substatement,
            "ResultConfiguration": {"OutputLocation": self.output},
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": {"Database": self.database, "Catalog": "awsdatacatalog"},
            "Status": self._status(),
            "Statistics": self._statistics(),
            "WorkGroup": self.workgroup,
            "EngineVersion": ENGINE_VERSION,
        }

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
        return {
            "EngineExecutionTimeInMillis": _milliseconds(self.ended - (self.started or self.ended)),
            "DataScannedInBytes": self.scanned,
            "TotalExecutionTimeInMillis": _milliseconds(self.ended - self.submitted),
            "QueryQueueTimeInMillis": _milliseconds(queued),
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": False},
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

    def rows(self, execution_id: str) -> Path:
        """Where the result rows of an execution are kept."""
        return self._folder / f"{execution_id}.rows"


def _stored(folder: Path) -> Iterator[Execution]:
    for path in folder.glob("*.json"):
        yield msgspec.json.decode(path.read_bytes(), type=Execution)
