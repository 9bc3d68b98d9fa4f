"""Sections 6.1, 6.2 and 6.3: from records to rows and columns."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.conformance.firehose_table.aws import Aws, parquet, raw, rows
from tests.conformance.firehose_table.configurations import conversion, converting
from tests.conformance.firehose_table.row import Confidence, row

_FAILED = "format-conversion-failed/"


def _converted(
    row_id: str, section: str, statement: str, confidence: Confidence, columns: Mapping[str, str], record: bytes,
    wanted: list[dict[str, Any]], here: str = "", openx: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """A row whose record becomes these rows of a table with these columns."""

    @row(row_id, section, statement, confidence, here=here)
    def _(aws: Aws) -> Iterator[None]:
        format_ = {"Deserializer": {"OpenXJsonSerDe": openx or {}}}
        stream = aws.stream(
            **converting(aws.table(columns))
            | {"DataFormatConversionConfiguration": conversion(aws.table(columns), InputFormatConfiguration=format_)}
        )
        stream.put(record)
        yield
        [stored] = stream.data()
        assert rows(stored) == wanted


def _record_fails(
    row_id: str,
    section: str,
    statement: str,
    confidence: Confidence,
    record: bytes,
    code: str,
    words: str,
    here: str = "",
) -> None:
    """A row whose record fails so, while its neighbour is converted."""

    @row(row_id, section, statement, confidence, here=here)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(**converting(aws.table({"a": "int"})))
        stream.put(b'{"a": 1}', record)
        yield
        [line] = stream.errors(kind=_FAILED)
        assert line["lastErrorCode"] == f"DataFormatConversion.{code}"
        assert words in line["lastErrorMessage"]
        assert raw(line) == record
        assert [rows(stored) for stored in stream.data()] == [[{"a": 1}]]


# --- 6.2 framing ----------------------------------------------------------------------------------

_TWO = [{"a": 1}, {"a": 2}]
_converted(
    "documents-adjacent",
    "6.2",
    "A record may hold several documents, one after the other: a row each.",
    "documented",
    {"a": "int"},
    b'{"a":1}{"a":2}',
    _TWO,
)
_converted(
    "documents-by-line",
    "6.2",
    "Newlines may stand between the documents of a record.",
    "documented",
    {"a": "int"},
    b'{"a":1}\n{"a":2}\n',
    _TWO,
)
_record_fails(
    "json-array-record",
    "6.2",
    "A record that is a JSON array is not converted.",
    "documented",
    b'[{"a":1},{"a":2}]',
    "MalformedData",
    "",
)
_EMPTY = "The record was empty or contained only whitespace."
_record_fails(
    "empty-document", "6.2", "An empty record: MalformedData, in known words.", "probed", b"", "MalformedData", _EMPTY
)
_record_fails(
    "blank-document",
    "6.2",
    "A record of blanks: MalformedData, in the same words.",
    "probed",
    b" \n\t",
    "MalformedData",
    _EMPTY,
)
_record_fails(
    "garbage",
    "6.2",
    "Text that is not JSON: ParseError, `Encountered malformed JSON.`",
    "probed",
    b"garbage",
    "ParseError",
    "Encountered malformed JSON. ",
)
_record_fails(
    "cut-short",
    "6.2",
    "A document that is cut short: ParseError.",
    "inferred",
    b'{"a": 1',
    "ParseError",
    "Encountered malformed JSON. ",
)
_record_fails(
    "scalar-record",
    "6.2",
    "A record that is a number or text.",
    "unknown",
    b"5",
    "MalformedData",
    "",
    here="MalformedData.",
)
_record_fails(
    "one-bad-document", "6.2", "What becomes of the good documents of a record that has a bad one.", "unknown",
    b'{"a":2}{"a":"x"}{"a":3}', "MalformedData", 'For input string: "x"', here="The record fails whole.",
)  # fmt: skip
_record_fails(
    "garbage-behind", "6.2", "Text after a good document.", "unknown", b'{"a":2} garbage', "ParseError", "",
    here="The record fails whole.",
)  # fmt: skip


# --- 6.3 columns ----------------------------------------------------------------------------------

_AB = {"b": "int", "a": "string"}
_converted(
    "column-order",
    "6.3",
    "Columns stand in the file in the table's order.",
    "inferred",
    _AB,
    b'{"a":"x","b":1}',
    [{"b": 1, "a": "x"}],
)
_converted(
    "unknown-members",
    "6.3",
    "Members without a column are dropped without a word.",
    "documented",
    {"a": "int"},
    b'{"a":1,"c":{"d":[1]}}',
    [{"a": 1}],
)
_converted(
    "missing-members", "6.3", "Columns without a member are null.", "probed", _AB, b"{}", [{"b": None, "a": None}]
)
_converted("null-members", "6.3", "JSON null is null.", "probed", _AB, b'{"a":null,"b":null}', [{"b": None, "a": None}])
_converted(
    "nulls-inside", "6.3", "Nulls inside arrays and maps are kept.", "probed",
    {"l": "array<int>", "m": "map<string,int>"},
    b'{"l":[1,null,2],"m":{"x":null}}', [{"l": [1, None, 2], "m": [("x", None)]}],
)  # fmt: skip
_converted(
    "duplicate-members",
    "6.3",
    "A member that comes twice.",
    "unknown",
    {"a": "int"},
    b'{"a":1,"a":2}',
    [{"a": 2}],
    here="The last one counts.",
)


@row("partition-keys-left-out", "6.3", "The table's partition keys are not columns of the file.", "code")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(**converting(aws.table({"a": "int"}, {"year": "string"})))
    stream.put(b'{"a": 1, "year": "2026"}')
    yield
    [stored] = stream.data()
    assert parquet(stored).schema_arrow.names == ["a"]


# --- 6.1 options of OpenX -------------------------------------------------------------------------

_NAMES = {"symbol": "string", "inner": "struct<lastprice:double>"}
_NESTED = b'{"SYMBOL":"X","Inner":{"LastPrice":1.5}}'
_converted(
    "case-insensitive",
    "6.1",
    "Keys match columns whatever their case, at every depth.",
    "probed",
    _NAMES,
    _NESTED,
    [{"symbol": "X", "inner": {"lastprice": 1.5}}],
)
_converted(
    "case-sensitive", "6.1", "With `CaseInsensitive` false, a key in a different case does not match.", "probed",
    _NAMES,
    _NESTED,
    [{"symbol": None, "inner": None}], openx={"CaseInsensitive": False},
)  # fmt: skip
_converted(
    "key-mapping", "6.1", "`ColumnToJsonKeyMappings` gives a column the value of another key.", "documented",
    {"ts": "string"},
    b'{"timestamp":"now","ts":"x"}', [{"ts": "now"}], openx={"ColumnToJsonKeyMappings": {"ts": "timestamp"}},
)  # fmt: skip
_converted(
    "dots", "6.1", "`ConvertDotsInJsonKeysToUnderscores` makes `a.b` match `a_b`.", "documented", {"a_b": "int"},
    b'{"a.b":1}',
    [{"a_b": 1}], openx={"ConvertDotsInJsonKeysToUnderscores": True},
)  # fmt: skip
_converted(
    "dots-kept",
    "6.1",
    "`ConvertDotsInJsonKeysToUnderscores` is off unless asked for.",
    "documented",
    {"a_b": "int"},
    b'{"a.b":1}',
    [{"a_b": None}],
)
