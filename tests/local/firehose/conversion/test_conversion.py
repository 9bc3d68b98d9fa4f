"""Record format conversion as a stream has it: what is configured, refused, written and looked up."""

import io
import json
from typing import Any

import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from local.firehose.service import Firehose
from local.protocol import AwsError
from tests.local.firehose.fakes import Neighbours, b64
from tests.local.firehose.streams import DATABASE, ERRORS, ROLE, TABLE, create_request, hints, parquet, s3

Columns = list[tuple[str, str]]


def converting(
    deserializer: dict[str, Any] | None = None, serializer: dict[str, Any] | None = None, **schema: str
) -> dict[str, Any]:
    return s3(
        Prefix="data/!{timestamp:yyyy}/",
        ErrorOutputPrefix=ERRORS,
        BufferingHints=hints(64, 60),
        DataFormatConversionConfiguration=parquet(
            InputFormatConfiguration={"Deserializer": deserializer or {"OpenXJsonSerDe": {}}},
            OutputFormatConfiguration={"Serializer": serializer or {"ParquetSerDe": {}}},
            SchemaConfiguration={"RoleARN": ROLE, "DatabaseName": DATABASE, "TableName": TABLE, **schema},
        ),
    )


def put(firehose: Firehose, *documents: Any) -> None:
    records = [{"Data": b64(json.dumps(document).encode())} for document in documents]
    firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": records})
    firehose.flush()


BOUNDS = [
    ({"ParquetSerDe": {"BlockSizeBytes": 67108863}}, "blockSizeBytes' failed to satisfy constraint: Member must have"),
    ({"ParquetSerDe": {"PageSizeBytes": 65535}}, "greater than or equal to 65536"),
    ({"ParquetSerDe": {"MaxPaddingBytes": -1}}, "greater than or equal to 0"),
    ({"ParquetSerDe": {"Compression": "ZSTD"}}, "enum value set: [UNCOMPRESSED, GZIP, SNAPPY]"),
    ({"ParquetSerDe": {"WriterVersion": "V3"}}, "enum value set: [V1, V2]"),
    ({"OrcSerDe": {"StripeSizeBytes": 8388607}}, "greater than or equal to 8388608"),
    ({"OrcSerDe": {"BlockSizeBytes": 1}}, "greater than or equal to 67108864"),
    ({"OrcSerDe": {"RowIndexStride": 999}}, "greater than or equal to 1000"),
    ({"OrcSerDe": {"PaddingTolerance": 1.5}}, "less than or equal to 1"),
    ({"OrcSerDe": {"BloomFilterFalsePositiveProbability": -0.1}}, "greater than or equal to 0"),
    ({"OrcSerDe": {"DictionaryKeyThreshold": 2}}, "less than or equal to 1"),
    ({"OrcSerDe": {"BloomFilterColumns": [""]}}, "bloomFilterColumns.1.member"),
    ({"OrcSerDe": {"Compression": "GZIP"}}, "enum value set: [NONE, ZLIB, SNAPPY]"),
    ({"OrcSerDe": {"FormatVersion": "V1"}}, "enum value set: [V0_11, V0_12]"),
]


@pytest.mark.parametrize(("serializer", "words"), BOUNDS)
def test_options_outside_of_their_bounds_are_refused(
    firehose: Firehose, serializer: dict[str, Any], words: str
) -> None:
    with pytest.raises(AwsError) as refused:
        firehose.call("CreateDeliveryStream", create_request(converting(serializer=serializer)))
    assert refused.value.code == "ValidationException"
    assert words in refused.value.message


@pytest.mark.parametrize("pattern", ["yyyy-MM-dd'", "G yyyy", "yyyy yyyy", "hh HH kk"])
def test_a_time_format_that_is_none_is_refused(firehose: Firehose, pattern: str) -> None:
    destination = converting({"HiveJsonSerDe": {"TimestampFormats": ["millis", pattern]}})
    with pytest.raises(AwsError, match=r"Invalid deserializer option\(s\): TimestampFormats: "):
        firehose.call("CreateDeliveryStream", create_request(destination))


def test_orc_is_delivered_as_orc(firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(converting(serializer={"OrcSerDe": {"Compression": "ZLIB"}})))
    put(firehose, {"ticker": "IBM", "close": 1.5}, {"ticker": "AMD", "close": "2"})
    [(key, stored)] = neighbours.s3.objects.items()
    file = orc.ORCFile(io.BytesIO(stored["Body"]))
    assert key.endswith(".orc")
    assert "ContentEncoding" not in stored
    assert (file.compression, file.read().to_pydict()["close"]) == ("ZLIB", [1.5, 2.0])


def test_the_hive_serde_refuses_what_openx_reads(firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(converting({"HiveJsonSerDe": {}})))
    put(firehose, {"ticker": "IBM", "close": 1.5}, {"ticker": "AMD", "close": "2"})
    assert [pq.read_table(io.BytesIO(body)).num_rows for body in neighbours.s3.bodies("lake/data/")] == [1]
    [error] = neighbours.s3.errors("lake/errors/")
    assert error["lastErrorMessage"].startswith("Data does not match the schema. Current token (VALUE_STRING) not num")


OLD: Columns = [("close", "string")]


def test_a_version_of_a_table_is_followed(firehose: Firehose, neighbours: Neighbours) -> None:
    neighbours.glue.versions[DATABASE, TABLE, "3"] = OLD
    firehose.call("CreateDeliveryStream", create_request(converting(VersionId="3")))
    put(firehose, {"ticker": "IBM", "close": 1.5})
    [body] = neighbours.s3.bodies("lake/data/")
    assert pq.read_table(io.BytesIO(body)).to_pylist() == [{"close": "1.5"}]


def test_a_version_that_the_catalogue_does_not_serve_is_refused(firehose: Firehose) -> None:
    with pytest.raises(AwsError) as refused:
        firehose.call("CreateDeliveryStream", create_request(converting(VersionId="3")))
    assert refused.value.code == "InvalidArgumentException"
    assert "in version 3 (a catalogue without GetTableVersion serves LATEST only): Entity" in refused.value.message


UNSUPPORTED: list[tuple[dict[str, Any], Columns, str]] = [
    ({"OpenXJsonSerDe": {}}, [("x", "binary")], "org.openx.data.JsonSerDe (binary)"),
    ({"OpenXJsonSerDe": {}}, [("x", "struct<a:array<binary>>")], "org.openx.data.JsonSerDe (binary)"),
    ({"OpenXJsonSerDe": {}}, [("x", "uniontype<int,string>")], "org.openx.data.JsonSerDe (uniontype)"),
    ({"OpenXJsonSerDe": {}}, [("x", "set<string>")], "org.openx.data.JsonSerDe (set)"),
    ({"HiveJsonSerDe": {}}, [("x", "uniontype<int>")], "org.apache.hive.hcatalog.data.JsonSerDe (uniontype)"),
    ({"HiveJsonSerDe": {}}, [("a.b", "int")], "org.apache.hive.hcatalog.data.JsonSerDe (a dot in"),
    ({"OpenXJsonSerDe": {}}, [], "has no columns"),
]


@pytest.mark.parametrize(("deserializer", "columns", "words"), UNSUPPORTED)
def test_a_table_that_the_serde_cannot_fill(
    firehose: Firehose, neighbours: Neighbours, deserializer: dict[str, Any], columns: Columns, words: str
) -> None:
    neighbours.glue.tables[DATABASE, TABLE] = columns
    firehose.call("CreateDeliveryStream", create_request(converting(deserializer)))
    put(firehose, {"x": 1})
    [error] = neighbours.s3.errors("lake/errors/")
    assert error["lastErrorCode"] == "DataFormatConversion.InvalidSchema"
    assert error["lastErrorMessage"].startswith("The schema is invalid. ")
    assert words in error["lastErrorMessage"]
