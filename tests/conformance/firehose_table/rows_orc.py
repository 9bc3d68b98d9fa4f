"""Sections 4.1, 6.1 and 6.7: ORC, and versions of the table."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from pyarrow import orc

from tests.conformance.firehose_table.aws import Aws, Stored
from tests.conformance.firehose_table.checks import refuses
from tests.conformance.firehose_table.configurations import conversion, hints, s3
from tests.conformance.firehose_table.row import Confidence, row

_BIG = {"BufferingHints": hints(64, 60)}


def _orc(table: str, **options: Any) -> dict[str, Any]:
    return conversion(table, OutputFormatConfiguration={"Serializer": {"OrcSerDe": options}})


def _file(stored: Stored) -> orc.ORCFile:
    return orc.ORCFile(pa.BufferReader(stored.body))


def _stored(
    row_id: str, section: str, statement: str, confidence: Confidence, here: str = "", /, **options: Any
) -> Callable[[Callable[[Stored], Any]], Any]:
    """A row that stores two rows as ORC with these options; its check answers what is seen and wanted."""

    def register(look: Callable[[Stored], Any]) -> Any:
        @row(row_id, section, statement, confidence, here=here)
        def _(aws: Aws) -> Iterator[None]:
            table = aws.table({"a": "int", "b": "array<string>"})
            stream = aws.stream(**_BIG, DataFormatConversionConfiguration=_orc(table, **options))
            stream.put(b'{"a":1,"b":["x"]}', b'{"a":2}')
            yield
            [stored] = stream.data()
            seen, wanted = look(stored)
            assert seen == wanted

        return look

    return register


@_stored("orc-rows", "6.1", "OrcSerDe writes ORC.", "documented")
def _(stored: Stored) -> Any:
    return _file(stored).read().to_pylist(), [{"a": 1, "b": ["x"]}, {"a": 2, "b": None}]


@_stored(
    "orc-name",
    "4.1",
    "What an ORC object is called, and how it is labelled.",
    "unknown",
    "`.orc`, without a Content-Encoding.",
)
def _(stored: Stored) -> Any:
    return (stored.key.endswith(".orc"), stored.headers.get("content-encoding")), (True, None)


@_stored("orc-snappy", "6.1", "ORC is compressed by SNAPPY by default.", "documented")
def _(stored: Stored) -> Any:
    return _file(stored).compression, "SNAPPY"


@_stored("orc-zlib", "6.1", "OrcSerDe's Compression is obeyed.", "documented", Compression="ZLIB")
def _(stored: Stored) -> Any:
    return _file(stored).compression, "ZLIB"


@_stored("orc-version", "6.1", "FormatVersion is V0_12 by default.", "documented")
def _(stored: Stored) -> Any:
    return _file(stored).file_version, "0.12"


@_stored("orc-stride", "6.1", "RowIndexStride is 10,000 by default.", "documented")
def _(stored: Stored) -> Any:
    return _file(stored).row_index_stride, 10_000


@row("orc-error", "6.7", "A record that is not converted to ORC has the same error object.", "inferred")
def _(aws: Aws) -> Iterator[None]:
    table = aws.table({"a": "int"})
    stream = aws.stream(**_BIG, DataFormatConversionConfiguration=_orc(table))
    stream.put(b'{"a":"x"}')
    yield
    [line] = stream.errors(kind="format-conversion-failed/")
    assert line["lastErrorCode"] == "DataFormatConversion.MalformedData"


for _option, _low, _value in (("StripeSizeBytes", 8_388_608, 8_388_607), ("RowIndexStride", 1_000, 999)):
    refuses(
        f"orc-{_option}", "6.1", f"OrcSerDe's {_option} is {_low:,} at least.", "documented",
        f"greater than or equal to {_low}", "ValidationException",
        DataFormatConversionConfiguration=lambda aws, option=_option, value=_value: _orc(
            aws.table({"a": "int"}), **{option: value}
        ), **_BIG,
    )  # fmt: skip


@row(
    "table-version", "6.1", "A conversion may name a version of the table, and keeps to it.", "documented",
    here="The gateway's catalogue keeps no versions: any but `LATEST` is refused there.",
)  # fmt: skip
def _(aws: Aws) -> None:
    versioned = conversion(aws.table({"a": "int"}))
    versioned["SchemaConfiguration"]["VersionId"] = "1"
    destination = s3("b", **_BIG, DataFormatConversionConfiguration=versioned)
    code, message = aws.refused(
        "CreateDeliveryStream", DeliveryStreamName=aws.name(), ExtendedS3DestinationConfiguration=destination
    )
    assert (code, "a catalogue without GetTableVersion serves LATEST only" in message) == (
        "InvalidArgumentException",
        True,
    )
