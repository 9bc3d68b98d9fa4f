"""Columns to one file: Parquet or ORC as Firehose writes them, as far as pyarrow can.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_ParquetSerDe.html
https://docs.aws.amazon.com/firehose/latest/APIReference/API_OrcSerDe.html
"""

import io
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq

from local.firehose.configuration.formats import Orc, Parquet


@dataclass(frozen=True)
class FileKind:
    """How a file of this kind is stored."""

    extension: str
    content_encoding: str


def kind_of(serializer: Parquet | Orc) -> FileKind:
    """AWS labels Parquet files `hadoop-snappy`, although their bytes are not; its label for ORC is unknown."""
    return FileKind(".parquet", "hadoop-snappy") if isinstance(serializer, Parquet) else FileKind(".orc", "")


def write_file(table: pa.Table, serializer: Parquet | Orc) -> bytes:
    """The whole file."""
    sink = io.BytesIO()
    if isinstance(serializer, Parquet):
        _write_parquet(table, sink, serializer)
    else:
        _write_orc(table, sink, serializer)
    return sink.getvalue()


def _write_parquet(table: pa.Table, sink: io.BytesIO, options: Parquet) -> None:
    # The block size is compared with the columns in memory, as Hive's writer does before it encodes them.
    rows = table.num_rows * options.block_bytes // max(1, table.nbytes)
    pq.write_table(
        table,
        sink,
        row_group_size=max(1, rows),
        version="1.0",
        compression="NONE" if options.compression == "UNCOMPRESSED" else options.compression,
        use_dictionary=options.dictionary,
        data_page_size=options.page_bytes,
        data_page_version="2.0" if options.writer_v2 else "1.0",
        use_deprecated_int96_timestamps=True,
        store_schema=False,
    )


def _write_orc(table: pa.Table, sink: io.BytesIO, options: Orc) -> None:
    pyarrow.orc.write_table(
        table,
        sink,
        file_version=options.version,
        compression="UNCOMPRESSED" if options.compression == "NONE" else options.compression,
        stripe_size=options.stripe_bytes,
        row_index_stride=options.row_index_stride,
        padding_tolerance=options.padding_tolerance,
        dictionary_key_size_threshold=options.dictionary_threshold,
        bloom_filter_columns=_column_ids(table.schema, options.bloom_filter_columns),
        bloom_filter_fpp=options.bloom_filter_probability,
    )


def _column_ids(schema: pa.Schema, names: tuple[str, ...]) -> list[int]:
    """ORC numbers a file's types depth first; the row itself is 0."""
    wanted, ids, number = {name.lower() for name in names}, [], 1
    for field in schema:
        if field.name in wanted:
            ids.append(number)
        number += _types_in(field.type)
    return ids


def _types_in(kind: pa.DataType) -> int:
    if pa.types.is_struct(kind):
        return 1 + sum(_types_in(field.type) for field in kind)
    if pa.types.is_map(kind):
        return 1 + _types_in(kind.key_type) + _types_in(kind.item_type)
    return 1 + _types_in(kind.value_type) if pa.types.is_list(kind) else 1
