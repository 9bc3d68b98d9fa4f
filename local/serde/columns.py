"""The columns that a SerDe fills."""

from dataclasses import dataclass

import pyarrow as pa

from local.serde.hive_types import HiveType, arrow_type


@dataclass(frozen=True)
class Columns:
    """A table's columns in the table's order, names in lower case; partition keys are not among them."""

    names: tuple[str, ...]
    types: tuple[HiveType, ...]

    def arrow_schema(self, time_unit: str = "ns") -> pa.Schema:
        """The columns as an Arrow schema."""
        return pa.schema([(n, arrow_type(t, time_unit)) for n, t in zip(self.names, self.types, strict=True)])
