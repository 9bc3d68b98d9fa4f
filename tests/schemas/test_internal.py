"""The rows that Standpipe writes itself have the columns of their contracts, in their order."""

import pytest
from msgspec import Struct

from schemas.internal import LoadRow, QuarantineRow
from schemas.load import load_contracts


@pytest.mark.parametrize(("dataset", "row"), [("quarantine", QuarantineRow), ("loads", LoadRow)])
def test_a_row_has_the_columns_of_its_dataset(dataset: str, row: type[Struct]) -> None:
    assert list(row.__struct_fields__) == [column.name for column in load_contracts()[dataset].all_columns]
