"""Files as people drop them: good, half good, and not what they say."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.files.formats.delimited.records import Records
from producers.files.notifications import Dropped
from producers.loading import Load
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.files.fake_s3 import BUCKET
from tests.producers.files.world import World
from tests.producers.receiving import documents, lines, records, rows_in

HEADER = "trade_id,account,ticker,side,quantity,price,currency,traded_at"
T1 = "T1,GB-1,MSFT,BUY,10,26.97,USD,2006-01-04 15:04:21"
T2 = "T2,GB-1,IBM,SELL,3,90.5,USD,2007-05-04T15:04:21Z"
ROW = {"trade_id": "T1", "account": "GB-1", "ticker": "MSFT", "side": "BUY", "quantity": 10, "price": 26.97,
       "currency": "USD", "traded_at": "2006-01-04 15:04:21"}  # fmt: skip
FX = {"USD": {"GBP": {"2010-01-04": {"1. open": "0.62"}, "2009-12-31": {"1. open": "0.60"}}},
      "EUR": {"GBP": {"2010-01-04": {"1. open": "0.9"}}}}  # fmt: skip


def loaded(content: bytes | str, key: str = "drop/trades/t.csv") -> tuple[FakeFirehose, Load]:
    world = World()
    (report,) = world.drop(key, content)
    assert report.outcome == "landed"
    assert report.load is not None
    return world.firehose, report.load


def refused(content: bytes | str, key: str = "drop/trades/t.csv") -> str:
    """The reason why nothing of a file was put; it must stand in the quarantine and in `loads`, too."""
    world = World()
    (report,) = world.drop(key, content)
    assert report.outcome == "refused"
    assert set(world.firehose.taken) == {"standpipe-test-quarantine", "standpipe-test-loads"}
    (told,), (load,) = world.quarantine, world.loads
    assert (told["rule"], told["source_row"]) == ("parse", f"s3://{BUCKET}/{key}")
    assert told["source"] == load["loaded_source"]
    assert (load["rows_in"], load["rejected"], load["note"]) == (1, 1, told["reason"])
    assert report.reason == told["reason"]
    return report.reason


def test_csv_rows_are_sorted_into_records_by_partition() -> None:
    firehose, done = loaded(f"{HEADER}\n{T1}\n{T2}\n\n")
    taken = firehose.taken["standpipe-test-trades"]
    assert [[row["trade_id"] for row in rows_in(data)] for data in taken] == [["T1"], ["T2"]]
    first = lines(firehose, "trades")[0]
    assert first == {name: str(value) for name, value in ROW.items()}
    assert (done.rows, done.rejected, done.records) == (2, 0, 2)
    (row,) = lines(firehose, "loads")
    assert (row["rows_in"], row["records"], row["source"]) == (2, 2, "files")
    assert row["loaded_source"] == f"s3://{BUCKET}/drop/trades/t.csv?versionId=v1" == records(firehose, "trades")[0][0]


def test_in_a_bucket_without_versions_the_content_names_the_source() -> None:
    world, key = World(versioned=False), "drop/trades/ü +%3D.csv"
    (report,) = world.drop(key, f"{HEADER}\n{T1}\n")
    assert report.load is not None
    etag = "d40a9d3ae8ad1ad1c4f7ca7a6e5d5a3c"
    assert report.load.source == records(world.firehose, "trades")[0][0]
    assert report.load.source.startswith(f"s3://{BUCKET}/{key}?etag=")
    assert len(report.load.source.partition("etag=")[2]) == len(etag)


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{HEADER}\r\n{T1}\r\n",
        f"{HEADER}\n{T1}".replace(",", ";"),
        f"{HEADER}\n{T1}".replace(",", "\t"),
        f'{HEADER.upper()},note\n{T1},"two\nlines"\n',
        gzip.compress(f"{HEADER}\n{T1}\n".encode()),
    ],
    ids=["byte order mark and CRLF", "semicolons", "tabs", "a column more, quoted newline", "gzip"],
)
def test_csv_comes_in_many_dresses(content: bytes | str) -> None:
    firehose, done = loaded(content, "drop/trades/t.csv.gz" if isinstance(content, bytes) else "drop/trades/t.csv")
    assert lines(firehose, "trades") == [{name: str(value) for name, value in ROW.items()}]
    assert (done.rows, done.rejected) == (1, 0)


def test_an_empty_field_is_null() -> None:
    firehose, _ = loaded(f"{HEADER}\n{T1.replace('USD', '')}\n")
    assert lines(firehose, "trades")[0]["currency"] is None


def test_lines_that_do_not_fit_go_to_the_quarantine_and_their_neighbours_through() -> None:
    latin = T2.replace("IBM", "Ü").encode("cp1252")
    content = b"\n".join([HEADER.encode(), T1.encode(), b"T3,too,short", latin, b'T4,"open', b"x,1", b""])
    firehose, done = loaded(content)
    assert [row["trade_id"] for row in lines(firehose, "trades")] == ["T1"]
    rejects = lines(firehose, "quarantine")
    assert [(row["reason"].split(";")[0], row["source_row"]) for row in rejects] == [
        ("line 3: it has 3 fields, the header has 8", "T3,too,short"),
        ("line 4: it is not UTF-8", T2.replace("IBM", "\\xdc")),
        ("line 5: a quote is opened here and never closed", 'T4,"open'),
        ("line 6: it has 2 fields, the header has 8", "x,1"),
    ]
    assert {(row["dataset"], row["rule"], row["source"]) for row in rejects} == {("trades", "parse", done.source)}
    assert {row["ingested_at"] for row in rejects} == {"2026-11-23 19:00:00.123"}
    assert [(row["line"], row["column_name"]) for row in rejects] == [(3, "side"), (4, None), (5, None), (6, "ticker")]
    assert (done.rows, done.rejected) == (5, 4)
    assert lines(firehose, "loads")[0]["rows_in"] == 5


def test_a_field_too_long_for_a_record_costs_one_row() -> None:
    firehose, done = loaded(f"{HEADER}\n{T1}\nT9,{'x' * 1_100_000},MSFT,BUY,1,1,USD,2006-01-04\n{T2}\n")
    assert [row["trade_id"] for row in lines(firehose, "trades")] == ["T1", "T2"]
    (told,) = lines(firehose, "quarantine")
    assert told["reason"].startswith("line 3: it is longer than the 1,015,808 bytes that a record can hold")
    assert told["source_row"].startswith("T9,xxx")
    assert told["source_row"].endswith("characters)")
    assert (done.rows, done.rejected) == (3, 1)


@given(
    st.lists(st.sampled_from([T1, T2, "bad,row", 'T5,"a ""quoted"" one",X,BUY,1,1,USD,2006-01-04', "T6,ü,,,,,,none"]))
)
def test_every_line_is_put_or_quarantined(rows: list[str]) -> None:
    firehose, done = loaded("\n".join([HEADER, *rows]))
    put, rejected = lines(firehose, "trades"), lines(firehose, "quarantine")
    assert len(put) + len(rejected) == len(rows) == done.rows
    assert len(rejected) == rows.count("bad,row") == done.rejected


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (json.dumps([ROW, ROW]), "t.json"),
        (json.dumps([ROW, ROW], indent=2), "t.json"),
        (f"{json.dumps(ROW)}\n\n{json.dumps(ROW)}\n", "t.ndjson"),
        (gzip.compress(f"{json.dumps(ROW)}\n{json.dumps(ROW)}".encode(), mtime=0), "t.jsonl.gz"),
        ("\ufeff" + json.dumps([ROW, ROW]), "t"),
    ],
)
def test_json_rows_come_as_lines_or_as_an_array(content: bytes | str, key: str) -> None:
    firehose, done = loaded(content, f"drop/trades/{key}")
    assert lines(firehose, "trades") == [ROW, ROW]
    assert (done.rows, done.records) == (2, 1)


def test_one_object_is_one_row_and_its_numbers_stay_exact() -> None:
    firehose, _ = loaded(json.dumps([ROW]).replace("26.97", "26.970000000000000001"), "drop/trades/t.json")
    assert b'"price":26.970000000000000001' in records(firehose, "trades")[0][1]
    firehose, done = loaded(json.dumps(ROW, indent=4), "drop/trades/t.json")
    assert lines(firehose, "trades") == [ROW]
    assert done.rows == 1


@pytest.mark.parametrize("indent", [None, 4])
def test_a_nested_document_is_cut_by_partition(indent: int | None) -> None:
    firehose, done = loaded(json.dumps(FX, indent=indent), "drop/fx_daily/rates.json")
    assert documents(firehose, "fx_daily") == [
        {"USD": {"GBP": {"2010-01-04": {"1. open": "0.62"}}}, "EUR": {"GBP": {"2010-01-04": {"1. open": "0.9"}}}},
        {"USD": {"GBP": {"2009-12-31": {"1. open": "0.60"}}}},
    ]
    assert (done.rows, done.rejected, done.records) == (3, 0, 2)
    assert b" " not in records(firehose, "fx_daily")[1][1].replace(b"1. open", b"")


def test_a_branch_that_ends_too_early_is_one_bad_row() -> None:
    content: dict[str, Any] = FX | {"JPY": {"GBP": 5}, "Note": "hello"}
    firehose, done = loaded(json.dumps(content), "drop/fx_daily/rates.json")
    assert (done.rows, done.rejected) == (5, 2)
    assert [row["source_row"] for row in lines(firehose, "quarantine")] == ['{"GBP":5}', '{"Note":"hello"}']
    assert lines(firehose, "quarantine")[0]["reason"].startswith("line 1: JPY > GBP is not an object")


def test_flat_rows_of_a_nested_dataset_pass_as_rows() -> None:
    row = {"base": "USD", "quote": "GBP", "date": "2010-01-04", "open": "0.62"}
    firehose, _ = loaded(json.dumps([row]), "drop/fx_daily/rates.json")
    assert lines(firehose, "fx_daily") == [row]


def test_bad_json_lines_and_elements_are_quarantined() -> None:
    bad_text = json.dumps(ROW).encode().replace(b"MSFT", b"\xdc")
    content = b"\n".join([json.dumps(ROW).encode(), b'{"trade_id": ', b"5", bad_text])
    firehose, done = loaded(content, "drop/trades/t.ndjson")
    assert (done.rows, done.rejected) == (4, 3)
    assert [row["reason"][:7] for row in lines(firehose, "quarantine")] == ["line 2:", "line 3:", "line 4:"]
    firehose, done = loaded(json.dumps([ROW, 5]), "drop/trades/t.json")
    assert (done.rows, done.rejected) == (2, 1)
    firehose, done = loaded(b'{"trade_id"\n' + json.dumps(ROW).encode(), "drop/trades/t.json")
    assert (done.rows, done.rejected) == (2, 1)


def test_the_good_half_of_an_array_that_breaks_off_lands_and_the_rest_is_told_of() -> None:
    world = World()
    (report,) = world.drop("drop/trades/t.json", json.dumps([ROW, ROW])[:-30])
    assert report.outcome == "refused"
    assert "breaks off after element 1" in report.reason
    assert world.rows("trades") == [ROW]
    (told,), (load,) = world.quarantine, world.loads
    assert (load["rows_in"], load["rejected"], load["note"]) == (2, 1, told["reason"])


def test_a_row_too_long_for_a_record_is_quarantined() -> None:
    firehose, done = loaded(json.dumps([ROW, ROW | {"account": "x" * 1_100_000}]), "drop/trades/t.json")
    assert (done.rows, done.rejected) == (2, 1)
    assert "1,015,808" in lines(firehose, "quarantine")[0]["reason"]


@pytest.mark.parametrize(
    ("content", "key", "told"),
    [
        (b"", "t.csv", "the file is empty"),
        ("\ufeff \n", "t.csv", "the file is empty"),
        (gzip.compress(b"", mtime=0), "t.csv.gz", "the file is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "t.csv", "the file is a PDF"),
        (b"PK\x03\x04rest", "t.csv", "its compression is damaged"),
        (b"PAR1rest", "t.parquet", "the Parquet file cannot be read"),
        (b"\x00\x01\x02", "t.csv", "binary"),
        (b"\x1f\x8bnot really gzip", "t.csv.gz", "its compression is damaged"),
        ("<html><body>Sign in</body></html>", "t.csv", "the header lacks trade_id"),
        (HEADER.replace("trade_id,", "") + "\n" + T1, "t.csv", "the header lacks trade_id; it is 'account,"),
        (HEADER + ",trade_id\n", "t.csv", "names a column twice"),
        ('{"trade_id": "T1"}', "t.csv", "its name says csv"),
        (f"{HEADER}\n{T1}", "t.json", "its name says json"),
        ('{"trade_id": "T1"', "t.json", "it is not JSON"),
        ("{'trade_id': 'T1'}", "t.json", "it is not JSON"),
        ("[]", "t.json", "the file holds no rows"),
        ('{"foo": 1}', "t.json", "its first rows have no column of trades"),
        ("[nope", "t.json", "breaks off after element 0"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_gives_one_clear_error(content: bytes | str, key: str, told: str) -> None:
    assert told in refused(content, f"drop/trades/{key}")


def test_the_good_half_of_a_truncated_gzip_file_lands() -> None:
    world = World()
    content = gzip.compress("\n".join([HEADER, *[T1] * 200_000]).encode())[:-2000]
    (report,) = world.drop("drop/trades/t.csv.gz", content)
    assert report.outcome == "refused"
    assert "its compression is damaged" in report.reason
    assert len(world.rows("trades")) > 100_000
    assert world.loads[0]["rows_in"] == len(world.rows("trades")) + 1


@pytest.mark.parametrize("key", ["drop/tardes/t.csv", "drop/quarantine/t.csv", "drop/t.csv", "elsewhere/trades/t.csv"])
def test_an_unknown_dataset_is_answered_with_the_known_ones(key: str) -> None:
    reason = refused("x", key)
    assert "accounts, crypto_daily, fx_daily, instruments, stocks_daily, trades" in reason


def test_a_file_that_has_gone_is_told_of() -> None:
    world = World()
    world.announce(Dropped(BUCKET, "drop/trades/t.csv"))
    (report,) = world.work()
    assert report.outcome == "refused"
    assert "no longer there" in world.quarantine[0]["reason"]
    assert world.loads[0]["rows_in"] == 1


def test_ad_hoc_files_are_left_alone() -> None:
    world = World()
    assert world.drop("drop/adhoc/x/t.csv", "x") == []
    assert world.firehose.calls == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_half_of_a_surrogate_pair_costs_its_row_alone(encoding: str) -> None:
    rows = [HEADER, T1, T2.replace("IBM", "I\ud83d"), T2.replace("T2", "T3"), T2.replace("T2,GB", "T4,\ude00"), T2]
    firehose, done = loaded("\n".join(["\ufeff" + rows[0], *rows[1:]]).encode(encoding, "surrogatepass"))
    assert [row["trade_id"] for row in lines(firehose, "trades")] == ["T1", "T3", "T2"]
    assert [row["line"] for row in lines(firehose, "quarantine")] == [3, 5]
    assert (done.rows, done.rejected) == (5, 2)


def test_utf_16_that_breaks_off_lands_what_is_before() -> None:
    world = World()
    (report,) = world.drop("drop/trades/t.csv", f"\ufeff{HEADER}\n{T1}\n{T2}\nT3".encode("utf-16-le") + b"x")
    assert report.outcome == "refused"
    assert "it is not utf-16-le to its end (truncated data)" in report.reason
    assert [row["trade_id"] for row in world.rows("trades")] == ["T1", "T2"]
    assert world.loads[0]["rows_in"] == 3


@pytest.mark.parametrize("good", [0, 1])
def test_the_rest_of_a_file_without_one_good_row_is_refused_as_one(good: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.files.rows.MAX_REJECTS", 100)
    monkeypatch.setattr("producers.files.formats.streams.text.BLOCK_BYTES", 50)
    world = World()
    (report,) = world.drop("drop/trades/t.csv", "\n".join([HEADER, *[T1] * good, *["x"] * 1000]))
    (load,) = world.loads
    assert load["rows_in"] == len(world.rows("trades")) + len(world.quarantine)
    if good:
        assert (report.outcome, load["rows_in"]) == ("landed", 1001)
        return
    assert report.outcome == "refused"
    assert 100 < load["rows_in"] < 150
    last = world.quarantine[-1]
    assert (last["line"], last["source_row"]) == (load["rows_in"] + 1, "s3://standpipe-test-drop/drop/trades/t.csv")
    assert f"not one of {load['rows_in'] - 1} rows fits, and the rest is not read" in last["reason"]


def test_blank_lines_are_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    step = Records.__next__
    monkeypatch.setattr(Records, "__next__", lambda records: read.append(step(records)) or read[-1])  # type: ignore[func-returns-value]
    firehose, done = loaded("\n".join([HEADER, "", T1, *["", "\r"] * 1000, T2, ""]))
    assert [row["trade_id"] for row in lines(firehose, "trades")] == ["T1", "T2"]
    assert (done.rows, len(read)) == (2, 2)
