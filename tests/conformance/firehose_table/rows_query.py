"""Sections 3.2, 3.3 and 3.6: partition keys by a query of jq."""

from collections.abc import Iterator

from tests.conformance.firehose_table.aws import Aws, raw
from tests.conformance.firehose_table.checks import SPLIT, by_query, folders, query, refuses
from tests.conformance.firehose_table.configurations import partitioning, processing, processor, transform
from tests.conformance.firehose_table.row import Confidence, row

_FAILED = "metadata-extraction-failed/"
_NOT_JSON, _EMPTY = "Non JSON record provided", "partitionKeys values must not be null or empty"


# --- 3.2 the query --------------------------------------------------------------------------------


def _extracted(
    row_id: str, statement: str, confidence: Confidence, query: str, record: str, wanted: str, here: str = ""
) -> None:
    """A row whose record goes to the partition `k=<wanted>`."""

    @row(row_id, "3.2", statement, confidence, here=here)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(**by_query(query))
        stream.put(record.encode())
        yield
        assert folders(stream, 1) == [f"k={wanted}"]


_extracted("query-member", "A query's object has a partition key a member.", "documented", "{k: .a}", '{"a":"x"}', "x")
_extracted("query-quoted-name", "Its names may be quoted.", "code", '{"k": .a.b}', '{"a":{"b":"x"}}', "x")
_extracted(
    "query-strftime",
    "`strftime` takes epoch seconds.",
    "code",
    '{k: .ts | strftime("%Y-%m-%d")}',
    '{"ts":1789000000}',
    "2026-09-10",
)
_extracted(
    "query-milliseconds",
    "Queries calculate.",
    "documented",
    '{k: (.ts / 1000 | strftime("%Y"))}',
    '{"ts":1789000000123}',
    "2026",
)
_extracted("query-default", "`//` gives a default.", "inferred", '{k: (.a // "unknown")}', "{}", "unknown")
_extracted(
    "query-number", "How a key that is a number is written.", "unknown", "{k: .a}", '{"a":1.5}', "1.5", here="As JSON."
)
_extracted(
    "query-boolean",
    "How a key that is a boolean is written.",
    "unknown",
    "{k: .a}",
    '{"a":true}',
    "true",
    here="As JSON.",
)


@row("query-after-transform", "3.2", "The query runs on what the transform returned.", "documented")
def _(aws: Aws) -> Iterator[None]:
    [function] = transform()["Processors"]
    stream = aws.stream(**by_query("{k: .a}", function))
    stream.put({"a": "before", "data": '{"a":"after"}'})
    yield
    assert folders(stream, 1) == ["k=after"]


@row("query-and-transform", "3.2", "Keys of the query and of the transform may stand in one prefix.", "documented")
def _(aws: Aws) -> Iterator[None]:
    [function] = transform()["Processors"]
    prefix = "!{partitionKeyFromLambda:k}/!{partitionKeyFromQuery:k}/"
    stream = aws.stream(**by_query("{k: .a}", function, prefix=prefix))
    stream.put({"data": '{"a":"query"}', "keys": {"k": "lambda"}})
    yield
    assert folders(stream, 1) == ["lambda/query"]


@row("processors-order", "3.3", "Stages run in Firehose's order, whatever the order of `Processors`.", "inferred")
def _(aws: Aws) -> Iterator[None]:
    [function] = transform()["Processors"]
    delimiter = processor("AppendDelimiterToRecord")
    stream = aws.stream(
        **by_query("{k: .a}") | {"ProcessingConfiguration": processing(delimiter, query("{k: .a}"), function, SPLIT)}
    )
    stream.put(b'{"data":"{\\"a\\":\\"x\\"}"}{"data":"{\\"a\\":\\"x\\"}"}')
    yield
    assert stream.body(20) == b'{"a":"x"}\n{"a":"x"}\n'


_OTHER_ENGINE = processor("MetadataExtraction", MetadataExtractionQuery="{k: .a}", JsonParsingEngine="JQ-1.7")
_FIFTY_ONE = "{" + ", ".join(f"k{number}: .a" for number in range(51)) + "}"
refuses(
    "query-syntax",
    "3.2",
    "A query that is not jq is refused.",
    "inferred",
    "MetadataExtractionQuery is invalid",
    **by_query("{k: .a"),
)
refuses("query-no-object", "3.2", "A query builds one object.", "code", "must be one object", **by_query(".a"))
refuses("query-keys", "3.2", "A query has 50 keys at most.", "documented", "may have 50", **by_query(_FIFTY_ONE))
refuses(
    "query-key-unused",
    "3.2",
    "Every key of the query stands in the prefix.",
    "documented",
    "it lacks other",
    **by_query("{k: .a, other: .b}"),
)
refuses(
    "query-key-unmade",
    "3.2",
    "Every `partitionKeyFromQuery` of the prefix is a key of the query.",
    "documented",
    "does not make: k",
    **by_query("{other: .a}"),
)
refuses(
    "query-engine", "3.2", "JsonParsingEngine is JQ-1.6, the only one.", "documented",
    "JsonParsingEngine must be JQ-1.6",
    **partitioning(ProcessingConfiguration=processing(_OTHER_ENGINE)),
)  # fmt: skip
refuses(
    "query-keys-without-query", "3.2", "`partitionKeyFromQuery` needs a MetadataExtraction processor.", "inferred",
    "MetadataExtraction",
    **partitioning(Prefix="!{partitionKeyFromQuery:k}/"),
)  # fmt: skip


refuses(
    "query-version", "3.2", "Queries are jq 1.6: functions that came after it, such as `pick`, are refused.",
    "documented", "jq 1.6 has no pick(f)",
    **by_query("{k: (pick(.a) | .a)}"),
)  # fmt: skip
refuses(
    "query-version-syntax", "3.2", "Queries are jq 1.6: syntax that came after it, such as `if` without `else`, is "
    "refused.",
    "documented", "jq 1.6 has no if without else",
    **by_query("{k: (if .a then .a end)}"),
)  # fmt: skip
_extracted(
    "query-large-number", "Numbers are doubles, as in jq 1.6.", "documented",
    "{k: (.a | tostring)}", '{"a":9007199254740993}', "9007199254740992",
)  # fmt: skip


# --- 3.6 failures of the query --------------------------------------------------------------------


def _not_extracted(
    row_id: str, statement: str, confidence: Confidence, record: str, message: str, here: str = ""
) -> None:
    @row(row_id, "3.6", statement, confidence, here=here)
    def _(aws: Aws) -> Iterator[None]:
        stream = aws.stream(**by_query("{k: .a}"))
        stream.put(record.encode(), b'{"a":"good"}')
        yield
        [line] = stream.errors(kind=_FAILED)
        assert (line["errorCode"], line["errorMessage"]) == ("DynamicPartitioning.MetadataExtractionFailed", message)
        assert raw(line) == record.encode()
        assert folders(stream, 1) == ["k=good"]


_not_extracted(
    "query-not-json", "A record that is not JSON: `Non JSON record provided`.", "probed", "garbage", _NOT_JSON
)
_not_extracted(
    "query-documents",
    "A record of several documents: `Non JSON record provided`.",
    "probed",
    '{"a":"x"}{"a":"y"}',
    _NOT_JSON,
)
_not_extracted("query-jq-error", "A record that makes jq fail: `Non JSON record provided`.", "probed", "[1]", _NOT_JSON)
_not_extracted("query-null", "A key that is missing or null fails the record.", "probed", '{"b":1}', _EMPTY)
_not_extracted("query-empty", "A key that is empty fails the record.", "probed", '{"a":""}', _EMPTY)
_not_extracted(
    "query-nested", "A key that is an object or an array.", "unknown", '{"a":[1]}', _EMPTY, here="As an empty key."
)
