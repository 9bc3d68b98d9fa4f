"""The options of the deserializers and serializers of record format conversion, with AWS's defaults.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_Deserializer.html
https://docs.aws.amazon.com/firehose/latest/APIReference/API_Serializer.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from delivery import limits
from local.serde.options import HiveJson, OpenX

ParquetCompression = Literal["SNAPPY", "GZIP", "UNCOMPRESSED"]
OrcCompression = Literal["SNAPPY", "ZLIB", "NONE"]


@dataclass(frozen=True)
class Parquet:
    """The Parquet SerDe. MaxPaddingBytes is for HDFS and has no meaning in S3."""

    compression: ParquetCompression = "SNAPPY"
    block_bytes: int = limits.SERDE_BLOCK_BYTES
    page_bytes: int = limits.PARQUET_PAGE_BYTES
    dictionary: bool = False
    writer_v2: bool = False


@dataclass(frozen=True)
class Orc:
    """The ORC SerDe. BlockSizeBytes and EnablePadding are for HDFS and have no meaning in S3."""

    compression: OrcCompression = "SNAPPY"
    stripe_bytes: int = limits.ORC_STRIPE_BYTES
    row_index_stride: int = limits.ORC_ROW_INDEX_STRIDE
    padding_tolerance: float = 0.05
    bloom_filter_columns: tuple[str, ...] = ()
    bloom_filter_probability: float = 0.05
    dictionary_threshold: float = 0.8
    """Hive's default: AWS documents none."""
    version: Literal["0.11", "0.12"] = "0.12"


def read_deserializer(configured: Mapping[str, Any]) -> OpenX | HiveJson:
    """The one deserializer of a Deserializer block that `rules` let pass."""
    if "HiveJsonSerDe" in configured:
        return HiveJson(tuple(configured["HiveJsonSerDe"].get("TimestampFormats", ())))
    openx = configured["OpenXJsonSerDe"]
    return OpenX(
        case_insensitive=openx.get("CaseInsensitive", True),
        dots_to_underscores=openx.get("ConvertDotsInJsonKeysToUnderscores", False),
        mappings=openx.get("ColumnToJsonKeyMappings", {}),
    )


def read_serializer(configured: Mapping[str, Any]) -> Parquet | Orc:
    """The one serializer of a Serializer block that `rules` let pass."""
    return _orc(configured["OrcSerDe"]) if "OrcSerDe" in configured else _parquet(configured["ParquetSerDe"])


def _parquet(given: Mapping[str, Any]) -> Parquet:
    return Parquet(
        compression=cast("ParquetCompression", given.get("Compression", Parquet.compression)),
        block_bytes=given.get("BlockSizeBytes", Parquet.block_bytes),
        page_bytes=given.get("PageSizeBytes", Parquet.page_bytes),
        dictionary=given.get("EnableDictionaryCompression", Parquet.dictionary),
        writer_v2=given.get("WriterVersion", "V1") == "V2",
    )


def _orc(given: Mapping[str, Any]) -> Orc:
    return Orc(
        compression=cast("OrcCompression", given.get("Compression", Orc.compression)),
        stripe_bytes=given.get("StripeSizeBytes", Orc.stripe_bytes),
        row_index_stride=given.get("RowIndexStride", Orc.row_index_stride),
        padding_tolerance=given.get("PaddingTolerance", Orc.padding_tolerance),
        bloom_filter_columns=tuple(given.get("BloomFilterColumns", ())),
        bloom_filter_probability=given.get("BloomFilterFalsePositiveProbability", Orc.bloom_filter_probability),
        dictionary_threshold=given.get("DictionaryKeyThreshold", Orc.dictionary_threshold),
        version="0.11" if given.get("FormatVersion") == "V0_11" else "0.12",
    )
