"""What one file turns out to hold."""

import gzip
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local.crawler.classifiers import Classifier
from local.crawler.reading import read
from local.crawler.schema import Csv, Schema, UnreadableError
from local.crawler.types import hive_text

HEADED = [Classifier(delimiter, '"', "PRESENT") for delimiter in "\t;,"]


def reading(tmp_path: Path, body: bytes | str, *classifiers: Classifier, name: str = "file") -> Schema:
    path = tmp_path / name
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return read(path, classifiers)


def columns(schema: Schema) -> dict[str, str]:
    return {name: hive_text(kind) for name, kind in schema.columns.items()}


PRICES = "Day,Ticker,Close,Volume,Is_New\n2026-01-02,IBM,1.5,7,true\n2026-01-05,IBM,2,8,false\n"
PRICE_TYPES = {"day": "string", "ticker": "string", "close": "double", "volume": "bigint", "is_new": "string"}


def test_csv_has_numbers_and_strings_only_and_names_in_lower_case(tmp_path: Path) -> None:
    found = reading(tmp_path, PRICES)
    assert (found.format, found.compression, columns(found)) == ("csv", "none", PRICE_TYPES)
    assert found.csv == Csv(",", is_quoted=False, has_header=True)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_every_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    found = reading(tmp_path, PRICES.replace(",", delimiter))
    assert columns(found) == PRICE_TYPES
    assert found.csv
    assert found.csv.delimiter == delimiter


def test_gzip_is_read(tmp_path: Path) -> None:
    found = reading(tmp_path, gzip.compress(PRICES.encode()), name="file.gz")
    assert (found.compression, columns(found)) == ("gzip", PRICE_TYPES)


def test_without_a_classifier_a_header_over_text_alone_is_a_row_as_glue_says(tmp_path: Path) -> None:
    body = "name,colour\nrose,red\ngrass,green\n"
    assert columns(reading(tmp_path, body)) == {"col0": "string", "col1": "string"}
    assert columns(reading(tmp_path, body, *HEADED)) == {"name": "string", "colour": "string"}


def test_a_classifier_that_does_not_fit_leaves_the_file_to_the_next(tmp_path: Path) -> None:
    found = reading(tmp_path, "a;b\n1,5;x\n2,5;y\n", *HEADED)
    assert (columns(found), found.csv and found.csv.delimiter) == ({"a": "string", "b": "string"}, ";")


def test_quotes_ask_for_the_serde_that_knows_them_and_gaps_are_told(tmp_path: Path) -> None:
    found = reading(tmp_path, 'a,b,c\n1,"x, y",2\n,z,3\n')
    assert found.csv == Csv(",", is_quoted=True, has_header=True, gaps=frozenset({"a"}))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("1", "-22"), "bigint"),
        (("1", " 22"), "string"),
        (("2.5 ", "3"), "string"),
        (("2.5", "3e-2"), "double"),
        (("0x1F", "3"), "string"),
        (("12345678901234567890", "12345678901234567891"), "string"),
        (("1234567890123456789", "3"), "bigint"),
        (("123456789012345678", "0.5"), "string"),
        (("inf", "0.5"), "string"),
    ],
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_number_is_what_the_serdes_read_as_one(
    tmp_path: Path, values: tuple[str, str], kind: str, quote: str
) -> None:
    one, other = values
    found = reading(tmp_path, f"{quote}a{quote},b\nx,{one}\ny,{other}\n", *HEADED)
    assert columns(found) == {"a": "string", "b": kind}


def test_the_last_row_counts_too(tmp_path: Path) -> None:
    body = "a,b\n" + "1,x\n" * 50_000 + "one,x\n"
    assert columns(reading(tmp_path, body, *HEADED)) == {"a": "string", "b": "string"}


def test_names_of_a_classifier(tmp_path: Path) -> None:
    named = Classifier(",", '"', "ABSENT", ("Id", "Value"))
    assert columns(reading(tmp_path, "1,2.5\n2,3\n", named)) == {"id": "bigint", "value": "double"}


def test_json_is_one_object_a_line_with_what_is_nested(tmp_path: Path) -> None:
    body = '{"Id":1,"at":"2026-01-02","in":{"x":[1,2.5],"Y":null}}\n{"Id":2,"more":[{"z":true}]}\n'
    found = reading(tmp_path, body)
    assert found.format == "json"
    assert columns(found) == {
        "id": "bigint",
        "at": "string",
        "in": "struct<x:array<double>,y:string>",
        "more": "array<struct<z:boolean>>",
    }


def test_parquet_keeps_its_own_types(tmp_path: Path) -> None:
    table = pa.table({
        "i": pa.array([1], pa.int32()), "d": [Decimal("1.50")], "day": [date(2026, 1, 2)],
        "at": [datetime(2026, 1, 2, tzinfo=UTC)], "s": [{"x": [1]}],
        "m": pa.array([[("k", 1.5)]], pa.map_(pa.string(), pa.float64())),
        "b": [b"x"], "t": [True], "f": pa.array([1], pa.float32()),
    })  # fmt: skip
    body = io.BytesIO()
    pq.write_table(table, body)
    found = reading(tmp_path, body.getvalue())
    assert (found.format, columns(found)) == ("parquet", {
        "i": "int", "d": "decimal(3,2)", "day": "date", "at": "timestamp", "s": "struct<x:array<bigint>>",
        "m": "map<string,double>", "b": "binary", "t": "boolean", "f": "float",
    })  # fmt: skip


def times() -> bytes:
    body = io.BytesIO()
    pq.write_table(pa.table({"t": pa.array([1], pa.time32("ms"))}), body)
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (b"", "file", "it has no rows"),
        (b"\xef\xbb\xbf \n", "file", "it has no rows"),
        (b"one\n1\n2\n", "file", "it has one column only"),
        (b"a,b\n1,2\n3,4,5\n", "file", "a different number of fields"),
        (b"a,b\n1,caf\xe9\n", "file", "not utf-8"),
        (b"PK\x03\x04rest", "file", "a zip archive or workbook"),
        (b"\0\1\2", "file", "it is not text"),
        (b'[{"a":1},{"a":2}]', "file", "it is a JSON array"),
        (b'{"a":1,\n"b":2}\n', "file", "one JSON object a line"),
        (b'{"a":1,"A":2}\n', "file", "Athena cannot tell its keys apart: Duplicate name"),
        (b'{"a":1}\n7\n', "file", "some line is not"),
        (b'{"a":{"b":1,"B":2}}\n', "file", "Athena cannot tell its keys apart: Duplicate name"),
        (b'{"a":{"x:y":1}}\n', "file", "the key 'x:y', which no type in the catalogue can name"),
        (b"PAR1 is not all", "file", "it begins like Parquet but is damaged"),
        (times(), "file", "no Parquet column of type time32[ms]"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "file", "Athena goes by the name"),
        (b"a,b\n1,2\n", "file.gz", "Athena goes by the name"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-12], "file.gz", "is damaged"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, body: bytes, name: str, said: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        reading(tmp_path, body, *HEADED, name=name)
    assert said in str(raised.value)
