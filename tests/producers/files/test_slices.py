"""JSON in pieces with whole rows in each, as they stand there, wherever blocks end and whatever is wrong in a row."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from producers.files.formats.documents import scanning
from producers.files.formats.documents.paths import Route
from producers.files.formats.documents.scanning import BrokenError, Scanner
from producers.files.formats.documents.slices import arrays, branches, documents, elements
from producers.files.formats.reading import MAX_LINE_BYTES, MAX_ROW_BYTES

ROW: dict[str, Any] = {"open": "1.5", "tags": ["a", {"b": None}, []], "more": {"x": True, "y": {}}}
BAD = [
    "NaN",
    "9" * 5000,
    "1e9999999999999999999",
    r'"\ud800"',
    '"a\nb"',
    "1 2",
    "01",
    "'x'",
    "[1}]{",
    "[" * 3000 + "]" * 3000,
]


@pytest.fixture(params=[7, 60, 10**6], autouse=True)
def _blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "BLOCK_BYTES", request.param)


def under(text: str | bytes, path: str, depth: int = 0) -> Iterator[bytes]:
    """The rows under `path`: elements, or documents of one row each."""
    scanner = Scanner(io.BytesIO(text.encode() if isinstance(text, str) else text))
    route = Route(scanner, path, b"[{" if depth else b"[")
    while bracket := route.enter():
        if bracket == b"[":
            yield from (element for array in arrays(scanner) for element in elements(array))
            continue
        for document in documents(scanner, depth):
            yield from (b">".join([*keys, field]) for keys, fields in branches(document, depth) for field in fields)


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_row_is_an_element_as_any_other(bad: str) -> None:
    rows = ['{"id":"1"}', f'{{"id":{bad}}}', '{"id":"}],{"}', "5", '{"a":{"b":[{}]}}']
    text = '{"more":[{}],"data":{"x":1,"items":[' + " ,\n".join(rows) + ']},"end":{}}'
    assert [row.decode() for row in under(text, "data.items")] == rows


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_row_of_a_document_has_its_keys(bad: str) -> None:
    text = '{"data":{"EUR":{"1":{"x":1},"2":{"x":' + bad + '}},"note":"closed","USD":{"3":{"x":3}}}}'
    assert [row.decode() for row in under(text, "data", 2)] == [
        '"EUR">"1":{"x":1}', f'"EUR">"2":{{"x":{bad}}}', '"note":"closed"', '"USD">"3":{"x":3}'
    ]  # fmt: skip


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_values_are_what_they_were(depth: int) -> None:
    document: Any = ROW
    for key in ("c", "b", "a")[-depth:]:
        document = {key: document}
    (row,) = under(json.dumps({"data": document}), "data", depth)
    assert json.loads(row.rpartition(b">")[2].partition(b":")[2]) == ROW


def test_keys_and_paths_that_occur_twice_do_so_again() -> None:
    text = '{"data":{"EUR":{"1":{"x":1},"1":{"x":2}},"EUR":{"2":{}}},"data":{"EUR":{"3":{}}}}'
    assert list(under(text, "data", 2)) == [
        b'"EUR">"1":{"x":1}',
        b'"EUR">"1":{"x":2}',
        b'"EUR">"2":{}',
        b'"EUR">"3":{}',
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (r'{"d\u0061ta":{"it.ems":[1.10]}}', "data.it.ems"),
        ('{"data":["data.it.ems"],"data":{"it.ems":{"it.ems":[2]}},"x":{"data":{"it.ems":[3]}}, "data.it.ems":[1.10]}',
         "data.it.ems"),
        (r'{"data":{"\ud800":[2],"":[3]},"blob":"\\\\\\","data":{"items":[1.10]}}', "data.items"),
    ],
)  # fmt: skip
def test_rows_are_found_by_their_path(text: str, path: str) -> None:
    assert list(under(text, path)) == [b"1.10"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"data":[{"a":1},{"b"', "ends too early"),
        ('{"data":[{"a":1},{"b":"}]}', "ends too early"),
        ('{"data":[{"a":1}]', "ends too early"),
        ('{"data":[{"a":1}]}}', "'}' is not expected"),
        ('{"data":[{"a":1}}', "'}' is not expected"),
        ('[{"a":1}]', "is not expected"),
    ],
)
def test_what_breaks_off_is_broken_after_all_whole_rows(text: str, reason: str) -> None:
    found = []
    with pytest.raises(BrokenError, match=reason):
        found.extend(under(text, "data"))
    assert found == ([b'{"a":1}'] if text.startswith("{") else [])


def test_a_row_that_is_too_long_to_be_held_is_one_element() -> None:
    long = '{"id":"' + "x" * 2 * MAX_LINE_BYTES + '"}'
    before, instead, after = under(f'{{"data":[{{"a":1}},{long},{{"b":2}}]}}', "data")
    assert (before, after) == (b'{"a":1}', b'{"b":2}')
    assert MAX_ROW_BYTES < len(instead) < MAX_LINE_BYTES
    assert json.loads(instead)["too long"].startswith('{"id":"xxx')
