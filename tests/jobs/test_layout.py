"""Curated files are laid out for readers: right-sized, sorted, with indexes where they help."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs import files
from jobs.catalogue import Column
from jobs.files import row_groups, write
from jobs.layout import DICTIONARY_BYTES
from jobs.rows import LandedRows

COLUMNS = (
    Column("account", "string"),
    Column("trade", "bigint"),
    Column("symbol", "string"),
    Column("price", "double"),
    Column("at", "timestamp"),
    Column("source", "string"),
    Column("ingested_at", "timestamp"),
)
KEY = ("account", "trade", "symbol")
ROWS = 40_000


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("landed") / "landed"
    moments = pa.array([1_600_000_000_000_000_000] * ROWS, pa.timestamp("ns"))
    table = pa.table({
        "account": [f"account {number % 7}" for number in range(ROWS)],
        "trade": pa.array([(number * 7919) % ROWS for number in range(ROWS)], pa.int64()),
        "symbol": [f"S{number % 50}" for number in range(ROWS)],
        "price": [number / 3 for number in range(ROWS)],
        "at": moments,
        "source": ["s3://drop/trades.csv"] * ROWS,
        "ingested_at": moments,
    })  # fmt: skip
    pq.write_table(table, file, use_deprecated_int96_timestamps=True)
    return file


def curated(landed: Path, folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    return [each.path for each in write(LandedRows([landed], COLUMNS, KEY, folder, "256MB"), KEY, folder)]


@pytest.fixture(scope="module")
def file(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> pq.ParquetFile:
    (path,) = curated(landed, tmp_path_factory.mktemp("curated"))
    return pq.ParquetFile(path)


def chunk(file: pq.ParquetFile, column: str) -> Any:
    return file.metadata.row_group(0).column(file.schema_arrow.names.index(column))


def test_columns_have_the_types_of_the_table_and_timestamps_have_bounds(file: pq.ParquetFile) -> None:
    assert file.schema_arrow.names == [column.name for column in COLUMNS]
    assert chunk(file, "at").physical_type == "INT64"
    assert chunk(file, "at").statistics.has_min_max


def test_every_column_has_a_page_index_and_statistics_and_is_zstd(file: pq.ParquetFile) -> None:
    for name in file.schema_arrow.names:
        found = chunk(file, name)
        assert (found.has_column_index, found.has_offset_index, found.compression) == (True, True, "ZSTD")
        assert found.is_stats_set


def test_a_file_says_what_it_is_sorted_on(file: pq.ParquetFile) -> None:
    assert [each.column_index for each in file.metadata.row_group(0).sorting_columns] == [0, 1, 2]


def test_a_dictionary_is_no_larger_than_a_page(file: pq.ParquetFile) -> None:
    for name in file.schema_arrow.names:
        found = chunk(file, name)
        if found.has_dictionary_page:
            assert found.data_page_offset - found.dictionary_page_offset <= DICTIONARY_BYTES + 1024


def test_a_column_whose_values_do_not_fit_in_a_dictionary_has_none(file: pq.ParquetFile) -> None:
    without = {name for name in file.schema_arrow.names if not chunk(file, name).has_dictionary_page}
    assert without == {"trade", "price"}


def test_bloom_filters_are_for_columns_of_the_key_that_neither_order_nor_dictionary_finds(file: pq.ParquetFile) -> None:
    filtered = {name for name in file.schema_arrow.names if chunk(file, name).bloom_filter_length}
    assert filtered == {"trade"}


def test_a_large_partition_is_cut_into_files_alike_in_order(
    landed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROW_GROUP_ROWS", 1000)
    monkeypatch.setattr("jobs.rows._BATCH_ROWS", 500)
    monkeypatch.setattr(files, "FILE_BYTES", 40_000)
    paths = curated(landed, tmp_path / "curated")
    assert len(paths) > 4
    sizes = [path.stat().st_size for path in paths]
    assert min(sizes) > max(sizes) / 3
    rows = [row for path in paths for row in pq.ParquetFile(path).read(columns=list(KEY)).to_pylist()]
    assert len(rows) == ROWS
    assert rows == sorted(rows, key=lambda row: tuple(row.values()))


def test_a_file_has_a_row_group_even_where_that_is_larger_than_a_file_should_be(
    landed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROW_GROUP_ROWS", 10_000)
    monkeypatch.setattr("jobs.rows._BATCH_ROWS", 500)
    monkeypatch.setattr(files, "FILE_BYTES", 1000)
    paths = curated(landed, tmp_path / "curated")
    assert [pq.ParquetFile(path).metadata.num_rows for path in paths] == [10_000] * 4


def test_a_row_group_is_bounded_in_rows_and_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = pa.record_batch({"text": ["x" * 1000] * 100})
    monkeypatch.setattr(files, "ROW_GROUP_BYTES", 250_000)
    assert [table.num_rows for table in row_groups([batch] * 5)] == [200, 200, 100]
    monkeypatch.setattr(files, "ROW_GROUP_ROWS", 150)
    assert [table.num_rows for table in row_groups([batch] * 3)] == [100, 100, 100]


def test_rows_of_a_key_that_lie_in_two_batches_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.rows._BATCH_ROWS", 3)
    moments = pa.array(range(10), pa.timestamp("us"))
    table = pa.table({"k": [1] * 4 + [2] * 6, "v": range(10), "source": ["s"] * 10, "ingested_at": moments})
    pq.write_table(table, tmp_path / "landed")
    columns = [
        *(Column(name, "bigint") for name in "kv"),
        Column("source", "string"),
        Column("ingested_at", "timestamp"),
    ]
    batches = LandedRows([tmp_path / "landed"], columns, ["k"], tmp_path, "256MB").latest()
    assert [(row["k"], row["v"]) for batch in batches for row in batch.to_pylist()] == [(1, 3), (2, 9)]
