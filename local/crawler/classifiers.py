"""Custom CSV classifiers, and how they are stored.

https://docs.aws.amazon.com/glue/latest/webapi/API_CsvClassifier.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from local.protocol import AwsError, Json
from local.store import Store


@dataclass(frozen=True)
class Classifier:
    """What is known of a CSV file in advance. What is empty is detected from the file."""

    delimiter: str = ""
    quote: str = ""
    header: Literal["UNKNOWN", "PRESENT", "ABSENT"] = "UNKNOWN"
    names: tuple[str, ...] = ()
    allows_single_column: bool = False


BUILT_IN = Classifier()


class Classifiers:
    """Classifiers by name."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def find(self, name: str) -> Classifier:
        """The classifier called `name`; raises `AwsError`."""
        said = self._get(name)
        return Classifier(
            said.get("Delimiter", ""),
            said.get("QuoteSymbol", ""),
            said.get("ContainsHeader", "UNKNOWN"),
            tuple(said.get("Header", ())),
            said.get("AllowSingleColumn", False),
        )

    def create(self, request: Mapping[str, Any]) -> Json:
        said = _csv(request)
        if self._store.get(said["Name"]) is not None:
            raise AwsError("AlreadyExistsException", f"Classifier {said['Name']} already exists")
        self._store.put(said["Name"], {**said, "CreationTime": self._now(), "LastUpdated": self._now(), "Version": 1})
        return {}

    def update(self, request: Mapping[str, Any]) -> Json:
        said = _csv(request)
        known = self._get(said["Name"])
        self._store.put(said["Name"], {**known, **said, "LastUpdated": self._now(), "Version": known["Version"] + 1})
        return {}

    def get(self, request: Mapping[str, Any]) -> Json:
        return {"Classifier": {"CsvClassifier": self._get(request["Name"])}}

    def list(self, request: Mapping[str, Any]) -> Json:  # noqa: ARG002 - one page holds all
        return {"Classifiers": [{"CsvClassifier": each} for each in self._store.all()]}

    def delete(self, request: Mapping[str, Any]) -> Json:
        self._get(request["Name"])
        self._store.remove(request["Name"])
        return {}

    def _get(self, name: str) -> Json:
        found = self._store.get(name)
        if found is None:
            raise AwsError("EntityNotFoundException", f"Classifier {name} not found")
        return found


def _csv(request: Mapping[str, Any]) -> Json:
    said = request.get("CsvClassifier")
    if said is None:
        raise AwsError("InvalidInputException", f"{', '.join(request)}: only a CsvClassifier is supported here")
    if unknown := {"CustomDatatypeConfigured", "CustomDatatypes", "Serde"} & {
        name for name, value in said.items() if value
    }:
        raise AwsError(
            "InvalidInputException", f"{', '.join(sorted(unknown))} of a CsvClassifier is not supported here"
        )
    return dict(said)
