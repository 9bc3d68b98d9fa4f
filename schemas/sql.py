"""The part of a contract that says which table or query of the SQL database feeds the dataset, and how it is read."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.value import Name, Schedule, Value


class Sql(Value, frozen=True, kw_only=True, tag="sql", tag_field="kind"):
    """A table, a view or the result of a query of the SQL database, read on a schedule: whole, or what is new.

    Raises `ValueError` unless there is either a table or a query.
    """

    schedule: Schedule
    table: str = ""
    """`name` or `schema.name`."""
    query: Annotated[str, Meta(pattern=r"^[^;]*\Z", description="one SELECT without a semicolon")] = ""
    """In the database's own SQL."""
    watermark: Name | None = None
    """The column that grows with every change of a row; None: every run reads all rows."""
    overlap_minutes: Annotated[int, Meta(ge=0, le=7 * 24 * 60)] = 15
    """How long after its watermark was taken a row may become visible: the longest transaction, differing clocks."""
    deletes: Literal["ignored", "compared"] = "ignored"
    """`compared`: every run compares the keys at the source with those it knows, and marks those that are gone."""

    def __post_init__(self) -> None:
        if bool(self.table) == bool(self.query):
            raise ValueError(f"it needs either table or query; it has {'both' if self.table else 'neither'}")
