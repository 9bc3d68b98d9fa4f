"""docs/contracts.md documents every key a contract may have, and its example is a contract."""

import io
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from msgspec import structs

from delivery.header import Header
from delivery.rows import Block
from producers.files.formats import chunks
from producers.files.formats.streams.opening import open_file
from schemas import contract as model
from schemas import files
from schemas.load import load_contract
from schemas.value import Schedule
from transforms.record import Reader

PAGE = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text()
STRUCTS: list[type[msgspec.Struct]] = [
    model.Contract, model.Column, model.Partition, Schedule, files.Csv, files.FixedField, files.FixedWidth,
    files.JsonRows, files.Excel, files.Numbers, files.Booleans, *get_args(model.Check), *get_args(model.Source),
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


def test_the_example_of_dates_and_booleans_lands(tmp_path: Path) -> None:
    _, section = PAGE.split("#### Dates and booleans")
    (source,), (text,) = (re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL) for kind in ("yaml", "csv"))
    types = {"id": "string", "paid": "boolean", "booked": "date", "settled_at": "timestamp"}
    columns = "".join(f"  - {{name: {name}, type: {kind}}}\n" for name, kind in types.items())
    file = tmp_path / "payments.yaml"
    file.write_text(f"dataset: payments\ndescription: Payments.\nkey: [id]\ncolumns:\n{columns}{source}")
    contract = load_contract(file)
    assert isinstance(contract.source, files.Files)
    opened = open_file("p.csv", "p.csv", io.BufferedReader(io.BytesIO(text.encode())), contract.source)  # type: ignore[arg-type]
    (block,) = (item for chunk in chunks(opened, contract) for item in chunk.items)
    assert isinstance(block, Block)
    reading = Reader(contract).read(block.data, {"source": "s"}, Header(columns=block.format.columns))
    landed = [msgspec.json.decode(line) for landing in reading.landings for line in landing.lines.splitlines()]
    assert [(row["paid"], row["booked"], row["settled_at"]) for row in landed] == [
        (True, "2026-02-03", "2026-02-04 18:30:00.000"),
        (False, "2026-02-03", "2026-02-04 18:30:00.000"),
        (False, "2026-02-03", "2026-02-05 00:00:00.000"),
    ]
