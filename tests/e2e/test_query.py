"""`standpipe query` as a user types it: every way to give SQL, every output format, and errors."""

import json
import os
import signal
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from standpipe.cli import app
from standpipe.connection import Connection
from tests.e2e.conftest import eventually

ROOT = Path(__file__).parents[2]

TYPES = """
SELECT * FROM (VALUES
    (CAST(1 AS integer), BIGINT '9007199254740993', CAST('12345678901234567.89' AS decimal(19, 2)), 0.1E0, true,
     DATE '2026-01-02', TIMESTAMP '2026-01-02 03:04:05.678', 'a "quoted", text'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, '')
) AS t (i, b, d, f, t, day, moment, s) ORDER BY i NULLS LAST
"""


def asked(pipeline: Connection, *arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(app, ["query", *arguments, "--endpoint", str(pipeline.url)], input=text)


def test_a_table_on_the_screen_with_time_and_cost(pipeline: Connection) -> None:
    done = asked(pipeline, "SELECT 'IBM' AS ticker, 202.91 AS close")
    assert done.exit_code == 0, done.output
    header, _, row, *_, last = done.stdout.splitlines()
    assert (header.split(), row.split()) == (["ticker", "close"], ["IBM", "202.91"])
    assert last.startswith("1 row, ")
    assert "engine" in last
    assert last.endswith("0 B scanned, $0.000050 on AWS at $5 a TB")


def test_a_statement_other_than_a_query_costs_nothing(pipeline: Connection) -> None:
    assert "$0.000000 on AWS" in asked(pipeline, "SHOW DATABASES").stdout


@pytest.mark.parametrize("way", ["argument", "input", "dash", "file"])
def test_sql_comes_from_everywhere(pipeline: Connection, tmp_path: Path, way: str) -> None:
    sql = "SELECT 42 AS answer"
    file = tmp_path / "answer.sql"
    file.write_text(sql)
    arguments, text = {
        "argument": ([sql], None),
        "input": ([], sql),
        "dash": (["-"], sql),
        "file": (["--file", str(file)], None),
    }[way]
    done = asked(pipeline, *arguments, "--format", "csv", text=text)
    assert done.stdout == '"answer"\n"42"\n'
    assert done.stderr.startswith("1 row, ")


def test_a_saved_query_by_name_and_an_unknown_one(pipeline: Connection) -> None:
    assert asked(pipeline, "--named", "closing_prices").exit_code == 0
    done = asked(pipeline, "--named", "nothing")
    assert (done.exit_code, done.stderr) == (1, done.stderr)
    assert "no saved query 'nothing'; valid: " in done.stderr
    assert "closing_prices" in done.stderr


def test_parameters_fill_the_question_marks_in_their_order(pipeline: Connection) -> None:
    arguments = ["SELECT ? AS a, ? + 1 AS b", "-p", "'it''s'", "-p", "41", "--format", "json"]
    assert json.loads(asked(pipeline, *arguments).stdout) == [{"a": "it's", "b": 42}]


def test_what_was_known_at_a_moment_is_a_saved_query_and_a_prepared_statement(pipeline: Connection) -> None:
    moment = "TIMESTAMP '2026-01-01 00:00:00'"
    ways = (["--named", "fx_daily_as_of", "-p", moment], [f"EXECUTE fx_daily_as_of USING {moment}"])
    first, second = (asked(pipeline, *way, "--format", "csv") for way in ways)
    assert (first.exit_code, second.exit_code) == (0, 0), second.output
    assert first.stdout == second.stdout
    assert first.stdout.startswith('"base","quote","date",')


def test_parquet_has_the_columns_types_and_every_digit(pipeline: Connection, tmp_path: Path) -> None:
    file = tmp_path / "answer.parquet"
    done = asked(pipeline, TYPES, "--output", str(file))
    assert (done.exit_code, done.stdout) == (0, "")
    table = pq.read_table(file)
    assert table.schema.types == [
        pa.int32(), pa.int64(), pa.decimal128(19, 2), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("us"),
        pa.string(),
    ]  # fmt: skip
    first, second = table.to_pylist()
    assert list(first.values()) == [
        1, 9007199254740993, Decimal("12345678901234567.89"), 0.1, True, date(2026, 1, 2),
        datetime.fromisoformat("2026-01-02 03:04:05.678"), 'a "quoted", text',
    ]  # fmt: skip
    assert list(second.values()) == [None] * 7 + [""]
    assert [path.name for path in tmp_path.iterdir()] == ["answer.parquet"]


def test_csv_distinguishes_null_from_empty_text_and_json_keeps_every_digit(pipeline: Connection) -> None:
    first, second = asked(pipeline, TYPES, "--format", "csv").stdout.splitlines()[1:]
    assert first.endswith('"2026-01-02","2026-01-02 03:04:05.678","a ""quoted"", text"')
    assert second == ',,,,,,,""'
    lines = asked(pipeline, TYPES, "--format", "json").stdout
    assert '"b":9007199254740993,"d":12345678901234567.89,' in lines
    assert json.loads(lines)[1]["day"] is None


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["SELECT nope FROM fx_daily"], 1, "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        (["SELEC 1"], 1, "mismatched input"),
        (["SELECT ?"], 1, "Incorrect number of parameters: expected 1 but found 0"),
        (["SELECT 1 AS a, 2 AS a", "--format", "json"], 1, "two columns are called 'a'; rename one with AS"),
        (["SELECT 1", "--named", "closing_prices"], 2, "give the SQL once"),
        (["SELECT 1", "--output", "answer.xls"], 2, "unknown extension"),
        (["SELECT 1", "--output", "a.csv", "--format", "table"], 2, "tables are only for the screen"),
        (["--file", "/nowhere.sql"], 1, "No such file"),
    ],
)
def test_errors_are_reported_with_their_exit_status(
    pipeline: Connection, arguments: list[str], status: int, said: str
) -> None:
    done = asked(pipeline, *arguments)
    assert done.exit_code == status
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_a_failed_query_leaves_no_partial_file(pipeline: Connection, tmp_path: Path) -> None:
    file = tmp_path / "old.parquet"
    file.write_bytes(b"whole")
    assert asked(pipeline, "SELECT 1 AS a, 2 AS a", "--output", str(file)).exit_code == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"old.parquet": b"whole"}


def test_ctrl_c_stops_the_query_on_the_server(pipeline: Connection) -> None:
    many = [f"UNNEST(sequence(1, 9999)) AS {name} ({name})" for name in "abc"]
    endless = f"SELECT count(*) FROM {' CROSS JOIN '.join(many)} WHERE a + b * c = 7"
    command = [sys.executable, "-m", "standpipe", "query", endless, "--endpoint", str(pipeline.url)]
    athena = pipeline.client("athena")

    def state() -> str:
        (newest, *_) = athena.list_query_executions(WorkGroup=pipeline.environment.workgroup)["QueryExecutionIds"]
        execution = athena.get_query_execution(QueryExecutionId=newest)["QueryExecution"]
        return str(execution["Status"]["State"]) if execution["Query"] == endless else ""

    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        eventually(lambda: state() == "RUNNING", "the query runs")
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert "was stopped" in said
    eventually(lambda: state() == "CANCELLED", "the server has stopped it")
