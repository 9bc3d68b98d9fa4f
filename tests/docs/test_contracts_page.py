"""docs/contracts.md documents every key a contract may have, and its example is a contract."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from msgspec import structs

from schemas import contract as model
from schemas import files
from schemas.load import load_contract
from schemas.value import Schedule

PAGE = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text()
STRUCTS: list[type[msgspec.Struct]] = [
    model.Contract, model.Column, model.Partition, Schedule, files.Csv, files.FixedField, files.FixedWidth,
    files.JsonRows, files.Excel, files.Numbers, *get_args(model.Check), *get_args(model.Source),
]  # fmt: skip


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_key_and_kind_is_documented(struct: type[msgspec.Struct]) -> None:
    keys = [field.encode_name for field in structs.fields(struct)]
    tag = struct.__struct_config__.tag
    missing = [word for word in [*keys, *([tag] if tag else [])] if f"`{word}`" not in PAGE]
    assert missing == []


def test_the_example_is_a_valid_contract(tmp_path: Path) -> None:
    example, *_ = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "metals_daily.yaml"
    file.write_text(example)
    assert load_contract(file).nest == ("metal", "date")
