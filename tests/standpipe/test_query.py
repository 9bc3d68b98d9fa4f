"""What `standpipe query` shows."""

from collections.abc import Iterator
from io import BytesIO, StringIO, TextIOWrapper

import pytest
import typer
from rich.console import Console

from standpipe import report
from standpipe.failing import fail
from standpipe.query import command as query
from standpipe.query.athena import Column, Statistics


class Numbers:
    """An answer of so many rows."""

    columns: tuple[Column, ...] = (Column("n", "integer"),)
    statistics = Statistics(0, 0, 0, 0, billed=True)

    def __init__(self, count: int) -> None:
        self.count = count
        self.fetched = 0

    def rows(self) -> Iterator[list[str | None]]:
        for number in range(self.count):
            self.fetched += 1
            yield [str(number)]


@pytest.mark.parametrize("count", [query.MOST_SHOWN, query.MOST_SHOWN + 1, 10 * query.MOST_SHOWN])
def test_a_long_answer_is_cut_and_says_so(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    answer = Numbers(count)
    query.show(answer, "table", None)  # type: ignore[arg-type]
    said = capsys.readouterr().out
    assert answer.fetched == min(count, query.MOST_SHOWN + 1)
    assert ("999" in said.split(), "1001" in said.split()) == (True, False)
    assert "1000 rows, " in said
    assert ("These are the first 1,000 rows; --output answer.csv writes all of them." in said) == (count > 1_000)


WIDE = ("instrument", "source"), [["IBM", "s3://drop/" + "x" * 100], ["KO", None]]


def test_a_table_in_a_file_or_pipe_has_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    report.table(*WIDE)
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["instrument", "source"]
    assert rows[0].split() == WIDE[1][0]


def test_a_table_that_is_wider_than_the_terminal_has_a_block_for_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = StringIO()
    monkeypatch.setattr(report, "out", Console(file=screen, force_terminal=True, color_system=None, width=80))
    report.table(*WIDE)
    lines = [line.strip() for line in screen.getvalue().splitlines()]
    assert lines[:3] == ["row 1 " + 74 * "─", "instrument  IBM", "source      s3://drop/" + "x" * 100]
    assert lines[4:6] == ["instrument  KO", "source"]


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("1.05026917227595E7", "double", "10502691.7228"),
        ("133491.84278399998", "double", "133491.842784"),
        ("0.1", "real", "0.1"),
        ("NaN", "double", "NaN"),
        ("-Infinity", "double", "-Infinity"),
        ("12345678901234567890.12345", "decimal", "12345678901234567890.12345"),
        ("1E7", "varchar", "1E7"),
    ],
)
def test_floating_point_numbers_are_shown_as_people_write_them(
    value: str, kind: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = Numbers(1)
    answer.columns = (Column("n", kind),)
    answer.rows = lambda: iter([[value]])  # type: ignore[method-assign]
    query.show(answer, "table", None)  # type: ignore[arg-type]
    assert capsys.readouterr().out.split()[2] == shown


HOSTILE = "\x1b[2J\x1b]0;title\x07 \x7f\x9b31m"
SHOWN = r"\x1b[2J\x1b]0;title\x07 \x7f\x9b31m"


def test_data_does_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report.table([HOSTILE], [[HOSTILE], ["two\nlines\tand a tab"]])
    report.say(f"{HOSTILE}\nnext")
    report.note(HOSTILE)
    said = capsys.readouterr()
    assert said.out.count(SHOWN) == 3
    assert r"two\x0alines\x09and a tab" in said.out
    assert f"{SHOWN}\nnext\n" in said.out
    assert said.err == f"{SHOWN}\n"
    assert not set(said.out) & {"\x1b", "\x07", "\x7f", "\x9b"}


def test_a_message_of_failure_does_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        fail(HOSTILE)
    assert capsys.readouterr().err == f"{SHOWN}\n"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_only_a_terminal_gets_a_csv_without_control_characters(
    is_terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = TextIOWrapper(BytesIO(), "utf-8", newline="")
    monkeypatch.setattr(screen, "isatty", lambda: is_terminal)
    monkeypatch.setattr("sys.stdout", screen)
    answer = Numbers(1)
    answer.columns = (Column("s", "varchar"),)
    answer.rows = lambda: iter([[HOSTILE]])  # type: ignore[method-assign]
    query.show(answer, "csv", None)  # type: ignore[arg-type]
    screen.seek(0)
    assert (SHOWN if is_terminal else HOSTILE) in screen.read()
