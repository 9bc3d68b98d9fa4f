"""Partition keys by jq: what a query makes of a record, and where the record goes."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import limits
from local.firehose.expressions.query import Query, QueryError, as_text
from local.firehose.service import Firehose
from local.firehose.stages.partition import EMPTY, NOT_JSON, TOO_LONG
from tests.local.firehose.fakes import Neighbours, b64, data_of, ok
from tests.local.firehose.putting import deliver
from tests.local.firehose.streams import ERRORS, FUNCTION, create_request, hints, processing, s3

names = st.text("abcdefgh_", min_size=1, max_size=8).filter(lambda name: name not in {"as", "def", "if", "and"})
expressions = st.sampled_from(
    [".x", '(.x // "a,b")', '.t | strftime("%Y")', "[.a, .b] | length", '"\\(.a | tostring), \\("x, y")"', "(1, 2)"]
)


@given(st.dictionaries(names, expressions, min_size=1, max_size=8), st.booleans())
def test_the_keys_are_found_whatever_stands_between_them(members: dict[str, str], quoted: bool) -> None:
    written = [f'"{key}": {value}' if quoted else f"{key}:{value}" for key, value in members.items()]
    assert Query(f"{{{', '.join(written)}}}").keys == tuple(members)


@pytest.mark.parametrize(
    ("query", "record", "value"),
    [
        ("{k: .a}", {"a": "text"}, "text"),
        ("{k: .a}", {"a": "a b/c=d"}, "a b/c=d"),
        ("{k: .a}", {"a": 5}, "5"),
        ("{k: .a}", {"a": 5.0}, "5"),
        ("{k: .a}", {"a": -1.25}, "-1.25"),
        ("{k: .a}", {"a": True}, "true"),
        ("{k: .a}", {"a": None}, None),
        ("{k: .a}", {}, None),
        ("{k: .a}", {"a": ""}, None),
        ("{k: .a}", {"a": []}, None),
        ("{k: .a}", {"a": {"b": 1}}, None),
        ('{k: (.a // "unknown")}', {}, "unknown"),
        ('{k: .t | strftime("%Y-%m-%d")}', {"t": 1789014240}, "2026-09-10"),
        ("{k: [.a, .b] | add}", {"a": "x", "b": "y"}, "xy"),
        ("{k: (.t / 1000 | floor)}", {"t": 1789014240448}, "1789014240"),
        ('{k: .a | ascii_downcase | split("-") | .[0]}', {"a": "EU-1"}, "eu"),
        ("{k: (.a|tostring)}", {"a": 9007199254740993}, "9007199254740992"),
        ("{k: .a}", {"a": 9007199254740993}, "9007199254740992"),
        ("{k: ([.a]|tojson)}", {"a": 1e17}, "[1e+17]"),
        ("{k: (.a|tostring)}", {"a": 1.0}, "1"),
        ("{k: (.a|tostring)}", {"a": 0.000001}, "1e-06"),
        ("{k: (.a|tostring)}", {"a": 123456789.12345679}, "123456789.12345679"),
        ('{k: "\\(1.10) \\(100000000000000000000)"}', {}, "1.1 1e+20"),
        ("{k: ([5, 6] | .[1.0])}", {}, "6"),
    ],
)
def test_values_as_text(query: str, record: Any, value: str | None) -> None:
    assert as_text(Query(query).run(json.dumps(record).encode())["k"]) == value


@pytest.mark.parametrize(
    ("query", "newer"),
    [
        ('{k: (if .x then "1" end)}', "if without else"),
        ('{k: "\\(if .x then 1 elif .y then 2 end)"}', "if without else"),
        ("{k: .x.[0]}", ".[ after a term"),
        ('{k: ("x" | @urid)}', "@urid"),
        ("{k: 1 + 2}", "+ in an object's value that is not in parentheses"),
        ('{k: .x // "none"}', "// in an object's value"),
        ("{k: .x - 1}", "- in an object's value"),
        ("{k: .x and .y}", "and in an object's value"),
        ("{k: ({y: .x == 1} | .y)}", "== in an object's value"),
        ("{k: if .x then 1 else 2 end}", "if in an object's value"),
        ("{k: reduce .x as $i (0; .)}", "reduce in an object's value"),
        ("{k: (if .x then {} else . end.x)}", ".x after if, reduce or foreach"),
        ("{k: (reduce .x as $i ([0]; .)[0])}", "[ after if, reduce or foreach"),
        ("{k: (.x as $if | $if)}", "variable $if"),
    ],
)
def test_syntax_that_came_after_jq_1_6_is_refused_by_name(query: str, newer: str) -> None:
    with pytest.raises(QueryError, match=f"jq 1.6 has no {re.escape(newer)}"):
        Query(query)


@pytest.mark.parametrize(
    "query",
    [
        "{k: -1}",
        "{k: .a | -.b | tostring}",
        '{k: .a?, "l": ."b"?, m: .c[0]?, n: .["d"]}',
        "{k: (if .a then 1 elif .b then 2 else 3 end | . + 1)}",
        "{k: (reduce .a as [$x] (0; . + $x) | .)}",
        "{if: .if, end: .end, k: {then: .else}}",
        "{k: (. as {a: $v, b: [$w]} ?// {a: $v} | $v)}",
        '{k: "} + \\(1 + (2)) // \\"if", l: @uri "\\(.x + 1)"}',
        "{k: ([[1]] | .[0][0]) # 1 + 2 if\n}",
        "{k: (.[0], .. | .x)}",
        "{k: (try .x catch 1)}",
    ],
)
def test_syntax_of_jq_1_6_is_taken(query: str) -> None:
    Query(query)


def queried(**members: Any) -> dict[str, Any]:
    query = {"MetadataExtractionQuery": "{ticker: .ticker}", "JsonParsingEngine": "JQ-1.6"}
    destination = s3(
        Prefix="data/!{partitionKeyFromQuery:ticker}/",
        ErrorOutputPrefix=ERRORS,
        BufferingHints=hints(64, 60),
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration=processing(MetadataExtraction=query),
    )
    return destination | members


def test_records_go_where_the_query_says(firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(queried()))
    deliver(firehose, b'{"ticker":"A","n":1}', b'{"ticker":"B"}', b' {"ticker":"A","n":2}\n')
    assert neighbours.s3.bodies("lake/data/A/") == [b'{"ticker":"A","n":1} {"ticker":"A","n":2}\n']
    assert neighbours.s3.bodies("lake/data/B/") == [b'{"ticker":"B"}']
    assert firehose.metrics("prices")["DeliveryToS3.ObjectCount"] == 2


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (b"garbage", NOT_JSON),
        (b"", NOT_JSON),
        (b"nan", NOT_JSON),
        (b'{"ticker":"\xff"}', NOT_JSON),
        (b'{"ticker":"A"}{"ticker":"A"}', NOT_JSON),
        (b'{"ticker":"A"}\n{"ticker":"A"}', NOT_JSON),
        (b'[{"ticker":"A"}]', NOT_JSON),
        (b'{"ticker":"A","deep":' + 10_000 * b"[" + 10_000 * b"]" + b"}", NOT_JSON),
        (b'"A"', NOT_JSON),
        (b'{"ticker":null}', EMPTY),
        (b'{"ticker":""}', EMPTY),
        (b"{}", EMPTY),
        (b"null", EMPTY),
        (b'{"ticker":["A"]}', EMPTY),
    ],
)
def test_a_record_without_its_keys_fails_alone(
    firehose: Firehose, neighbours: Neighbours, record: bytes, message: str
) -> None:
    firehose.call("CreateDeliveryStream", create_request(queried()))
    deliver(firehose, b'{"ticker":"A"}', record)
    [error] = neighbours.s3.errors("lake/errors/metadata-extraction-failed/")
    assert error["errorCode"] == "DynamicPartitioning.MetadataExtractionFailed"
    assert (error["errorMessage"], error["rawData"]) == (message, b64(record))
    assert neighbours.s3.bodies("lake/data/") == [b'{"ticker":"A"}']


@pytest.mark.parametrize("query", ["{ticker: (.a, .b)}", "{ticker: empty}", "{ticker: .a.b.c}", "{ticker: error}"])
def test_a_query_that_makes_no_single_object_fails_the_record(
    firehose: Firehose, neighbours: Neighbours, query: str
) -> None:
    given = {"MetadataExtractionQuery": query, "JsonParsingEngine": "JQ-1.6"}
    configuration = queried(ProcessingConfiguration=processing(MetadataExtraction=given))
    firehose.call("CreateDeliveryStream", create_request(configuration))
    deliver(firehose, b'{"a":"x","b":"y"}')
    [error] = neighbours.s3.errors("lake/errors/metadata-extraction-failed/")
    assert error["errorMessage"] == NOT_JSON


def test_a_partition_whose_prefix_is_too_long_fails_its_records(firehose: Firehose, neighbours: Neighbours) -> None:
    firehose.call("CreateDeliveryStream", create_request(queried()))
    longest = limits.MAX_EVALUATED_PREFIX_CHARS - len("data//")
    deliver(firehose, b'{"ticker":"%s"}' % (longest * b"x"), b'{"ticker":"%s"}' % ((longest + 1) * b"x"))
    [error] = neighbours.s3.errors("lake/errors/metadata-extraction-failed/")
    assert error["errorMessage"] == TOO_LONG
    assert len(neighbours.s3.bodies("lake/data/")) == 1


def test_the_query_sees_what_the_transform_made_and_both_give_keys(firehose: Firehose, neighbours: Neighbours) -> None:
    def handler(event: dict[str, Any]) -> dict[str, Any]:
        return {"records": [ok(r, b'{"ticker":"%s"}' % data_of(r).upper(), ticker="lambda") for r in event["records"]]}

    neighbours.function.handler = handler
    query = {"MetadataExtractionQuery": "{ticker: .ticker}", "JsonParsingEngine": "JQ-1.6"}
    configuration = queried(
        Prefix="!{partitionKeyFromQuery:ticker}/!{partitionKeyFromLambda:ticker}/!{partitionKeyFromQuery:ticker}/",
        ProcessingConfiguration=processing(MetadataExtraction=query, Lambda={"LambdaArn": FUNCTION}),
    )
    firehose.call("CreateDeliveryStream", create_request(configuration))
    deliver(firehose, b"a", b"b")
    assert sorted(key.rpartition("/")[0] for key in neighbours.s3.objects) == ["lake/A/lambda/A", "lake/B/lambda/B"]


def test_parts_of_a_record_are_queried_one_by_one(firehose: Firehose, neighbours: Neighbours) -> None:
    query = {"MetadataExtractionQuery": "{ticker: .ticker}", "JsonParsingEngine": "JQ-1.6"}
    added = processing(RecordDeAggregation={"SubRecordType": "JSON"}, MetadataExtraction=query)
    firehose.call("CreateDeliveryStream", create_request(queried(ProcessingConfiguration=added)))
    deliver(firehose, b'{"ticker":"A"}\n{"ticker":"B"}\n', 501 * b'{"ticker":"C"}')
    assert neighbours.s3.bodies("lake/data/") == [b'{"ticker":"A"}', b'{"ticker":"B"}']
    [error] = neighbours.s3.errors("lake/errors/metadata-extraction-failed/")
    assert error["errorMessage"] == NOT_JSON
    assert error["rawData"] == b64(501 * b'{"ticker":"C"}')
