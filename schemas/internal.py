"""The rows that Standpipe writes itself, in their final form: the streams of internal datasets have no transform."""

from msgspec import Struct


class QuarantineRow(Struct, frozen=True):
    """One row of the dataset `quarantine`."""

    dataset: str
    rule: str
    reason: str
    source_row: str
    line: int | None
    column_name: str | None
    source: str
    ingested_at: str


class LoadRow(Struct, frozen=True):
    """One row of the dataset `loads`."""

    dataset: str
    loaded_source: str
    rows_in: int
    records: int
    record_bytes: int
    billed_bytes: int
    rejected: int
    undelivered: int
    note: str | None
    source: str
    ingested_at: str
