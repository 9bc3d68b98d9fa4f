"""The files of record format conversion, byte for byte what their options say as far as a reader can see."""

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from local.firehose.configuration.formats import Orc, Parquet, read_deserializer, read_serializer
from local.firehose.conversion.write import kind_of, write_file
from local.serde.columns import Columns
from local.serde.deserializer import deserializer_of
from local.serde.exact import record_reader, table_of
from local.serde.hive_types import parse_type
from local.serde.options import HiveJson

KINDS = {
    "t": "timestamp",
    "n": "tinyint",
    "day": "date",
    "price": "decimal(18,6)",
    "code": "char(3)",
    "note": "varchar(4)",
    "times": "array<timestamp>",
    "legs": "array<struct<at:timestamp,sizes:map<string,bigint>>>",
    "raw": "binary",
    "x": "double",
}
COLUMNS = Columns(tuple(KINDS), tuple(parse_type(kind) for kind in KINDS.values()))
DOCUMENT = b"""{"x": 1.5, "raw": "ab", "note": "abcdef", "code": "A", "price": "1.5", "day": "2024-02-29", "n": 5,
 "year": 2024, "t": "2024-01-02 03:04:05.5", "times": ["2024-01-02 03:04:05.5", null],
 "legs": [{"at": "2024-01-02 03:04:05.5", "sizes": {"a": 1}}, {"sizes": {}}, null]}"""
AT = datetime(2024, 1, 2, 3, 4, 5, 500_000)  # noqa: DTZ001 - Hive's timestamps have no zone
ROW: dict[str, Any] = {
    "t": AT,
    "n": 5,
    "day": date(2024, 2, 29),
    "price": Decimal("1.500000"),
    "code": "A",
    "note": "abcd",
    "times": [AT, None],
    "legs": [{"at": AT, "sizes": [("a", 1)]}, {"at": None, "sizes": []}, None],
    "raw": b"ab",
    "x": 1.5,
}


def table(copies: int = 1) -> pa.Table:
    read = record_reader(deserializer_of(COLUMNS, HiveJson()))
    return table_of(copies * read(DOCUMENT), COLUMNS)


def parquet_file(options: Parquet, copies: int = 1) -> pq.ParquetFile:
    return pq.ParquetFile(io.BytesIO(write_file(table(copies), options)), coerce_int96_timestamp_unit="us")


def orc_file(options: Orc, copies: int = 1) -> orc.ORCFile:
    return orc.ORCFile(io.BytesIO(write_file(table(copies), options)))


def test_parquet_holds_every_type_in_the_tables_order() -> None:
    file = parquet_file(Parquet())
    assert file.read().to_pylist() == [ROW]
    assert file.schema_arrow.names == list(KINDS)
    assert kind_of(Parquet()).extension == ".parquet"
    assert kind_of(Parquet()).content_encoding == "hadoop-snappy"


def test_parquets_physical_types() -> None:
    schema = parquet_file(Parquet()).schema
    columns = [schema.column(number) for number in range(len(schema.names))]
    assert {column.path: column.physical_type for column in columns} == {
        "t": "INT96",
        "n": "INT32",
        "day": "INT32",
        "price": "FIXED_LEN_BYTE_ARRAY",
        "code": "BYTE_ARRAY",
        "note": "BYTE_ARRAY",
        "times.list.element": "INT96",
        "legs.list.element.at": "INT96",
        "legs.list.element.sizes.key_value.key": "BYTE_ARRAY",
        "legs.list.element.sizes.key_value.value": "INT64",
        "raw": "BYTE_ARRAY",
        "x": "DOUBLE",
    }
    assert all(column.max_definition_level > 0 for column in columns)


@pytest.mark.parametrize("compression", ["SNAPPY", "GZIP", "UNCOMPRESSED"])
def test_parquets_compression_and_version(compression: Any) -> None:
    metadata = parquet_file(Parquet(compression=compression)).metadata
    assert {metadata.row_group(0).column(n).compression for n in range(metadata.num_columns)} == {compression}
    assert (metadata.format_version, metadata.metadata) == ("1.0", None)


def test_parquets_dictionaries_are_off_unless_asked_for() -> None:
    def encodings(options: Parquet) -> set[str]:
        return set(parquet_file(options, 100).metadata.row_group(0).column(4).encodings)

    dictionaries = {"RLE_DICTIONARY", "PLAIN_DICTIONARY"}
    assert not encodings(Parquet()) & dictionaries
    assert encodings(Parquet(dictionary=True)) & dictionaries


def test_parquets_row_groups_stay_under_the_block_size() -> None:
    size = table(1000).nbytes
    assert parquet_file(Parquet(), 1000).num_row_groups == 1
    assert parquet_file(Parquet(block_bytes=size // 4), 1000).num_row_groups == 5
    assert parquet_file(Parquet(block_bytes=1), 10).num_row_groups == 10


@pytest.mark.parametrize("options", [Parquet(page_bytes=1 << 16), Parquet(writer_v2=True), Parquet(dictionary=True)])
def test_parquets_other_options_do_not_change_what_is_read(options: Parquet) -> None:
    assert parquet_file(options, 3).read().to_pylist() == [ROW, ROW, ROW]


@pytest.mark.parametrize(
    ("options", "compression", "version"),
    [
        (Orc(), "SNAPPY", "0.12"),
        (Orc(compression="ZLIB", version="0.11"), "ZLIB", "0.11"),
        (Orc(compression="NONE", dictionary_threshold=0), "UNCOMPRESSED", "0.12"),
    ],
)
def test_orc_holds_every_type(options: Orc, compression: str, version: str) -> None:
    file = orc_file(options)
    assert file.read().to_pylist() == [ROW]
    assert (file.compression, file.file_version, file.row_index_stride) == (compression, version, 10_000)
    assert (kind_of(options).extension, kind_of(options).content_encoding) == (".orc", "")


def test_orcs_stripes_indexes_and_bloom_filters() -> None:
    assert orc_file(Orc(row_index_stride=1000)).row_index_stride == 1000
    plain = len(write_file(table(), Orc()))
    assert len(write_file(table(), Orc(bloom_filter_columns=("X", "unknown")))) > plain
    assert len(write_file(table(), Orc(bloom_filter_columns=("unknown",)))) == plain


def test_options_come_in_awss_words_with_awss_defaults() -> None:
    assert read_deserializer({"HiveJsonSerDe": {"TimestampFormats": ["millis"]}}) == HiveJson(("millis",))
    assert read_serializer({"ParquetSerDe": {}}) == Parquet("SNAPPY", 256 << 20, 1 << 20)
    parquet = {"Compression": "GZIP", "BlockSizeBytes": 1 << 26, "PageSizeBytes": 1 << 16, "WriterVersion": "V2"}
    assert read_serializer({"ParquetSerDe": {**parquet, "EnableDictionaryCompression": True}}) == Parquet(
        "GZIP", 1 << 26, 1 << 16, dictionary=True, writer_v2=True
    )
    assert read_serializer({"OrcSerDe": {}}) == Orc("SNAPPY", 64 << 20, 10_000, 0.05)
    given = {
        "Compression": "ZLIB",
        "StripeSizeBytes": 1 << 23,
        "RowIndexStride": 1000,
        "PaddingTolerance": 0.1,
        "BloomFilterColumns": ["x"],
        "BloomFilterFalsePositiveProbability": 0.2,
        "DictionaryKeyThreshold": 0.3,
        "FormatVersion": "V0_11",
    }
    assert read_serializer({"OrcSerDe": given}) == Orc("ZLIB", 1 << 23, 1000, 0.1, ("x",), 0.2, 0.3, "0.11")
