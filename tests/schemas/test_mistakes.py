"""A mistake in a contract is refused where it stands, with what would be right there."""

import re
from pathlib import Path

import pytest

from schemas.contract import Contract
from schemas.files import Booleans, Files
from schemas.glue import columns
from schemas.load import ContractError, load_contract

HEAD = "dataset: fees\ndescription: Fees.\n"
KEY = "key: [a]\n"
COLUMNS = "columns:\n  - {name: a, type: string}\n  - {name: v, type: double}\n"
GOOD = HEAD + KEY + COLUMNS
SCHEDULED = GOOD + "source: {kind: sql, table: t, schedule: {expression: '%s'}}\n"
FIELDS = "valid: dataset, description, columns, key, nest, partition, checks, source"
KINDS = "valid: kind: alpha_vantage, sql, files, put, internal"


def loaded(folder: Path, text: str) -> Contract:
    file = folder / "fees.yaml"
    file.write_text(text)
    return load_contract(file)


def problem(folder: Path, text: str) -> str:
    """What is said of the contract `text`, after its file's name."""
    with pytest.raises(ContractError) as caught:
        loaded(folder, text)
    return re.sub(r"^:\d+: |^: ", "", str(caught.value).removeprefix(f"{folder}/fees.yaml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + KEY, "key: it occurs twice, the second time in line 7; valid: each key once"),
        (GOOD.replace("{name: v,", "{name: v, name: w,"), "name: it occurs twice, the second time in line 6"),
        ("", f"Expected `object`, got `null`; {FIELDS}"),
        (HEAD + COLUMNS, f"Object missing required field `key`; {FIELDS}"),
        (GOOD + "on: 1\n", f"Expected `str` as a key; {FIELDS}"),
        (HEAD + KEY + "columns: [a]\n", "columns[0]: Expected `object`, got `str`; valid: name, type, description,"),
        (HEAD + KEY + "columns: [{name: a}]\n", "columns[0]: Object missing required field `type`; valid: name, type,"),
        (GOOD.replace("name: v", "name: V"), "columns[1].name: Invalid value 'V'; valid: a letter, then letters,"),
        (GOOD.replace("name: v", "name: part"), "columns: 'part' is what curated rows without a partition are stored"),
        (
            GOOD.replace("{name: a,", f"{{name: a, description: {'d' * 256},"),
            f"columns[0].description: Invalid value '{'d' * 256}'; valid: one line of at most 255 characters",
        ),
        (
            GOOD.replace("{name: a,", '{name: a, description: "two\\nlines",'),
            "columns[0].description: Invalid value 'two\\nlines'; valid: one line of at most 255 characters",
        ),
        (
            GOOD.replace("{name: a,", '{name: a, description: "\\x07",'),
            "columns[0].description: Invalid value '\\x07'; valid: one line",
        ),
        (
            GOOD.replace("Fees.", "d" * 2049),
            f"description: Invalid value '{'d' * 2049}'; valid: text of at most 2,048 characters",
        ),
        (GOOD.replace("[a]", "[a, a]"), "key: 'a' is listed twice"),
        (GOOD + "nest: [a, a]\n", "nest: 'a' is listed twice"),
    ],
)
def test_it_names_the_place_and_what_is_valid(tmp_path: Path, text: str, said: str) -> None:
    loaded(tmp_path, GOOD)
    assert problem(tmp_path, text).startswith(said)


def test_a_description_may_be_as_long_as_glue_takes_it(tmp_path: Path) -> None:
    folded = "description: >\n      " + "é" * 255 + "\n"
    text = GOOD.replace("Fees.", '"' + "d" * 1024 + r"\n\U0001F600" + "d" * 1022 + '"')
    contract = loaded(
        tmp_path, text.replace("  - {name: a, type: string}", f"  - name: a\n    type: string\n    {folded}")
    )
    assert columns(contract)[0].comment == "é" * 255
    assert len(contract.description) == 2048


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ("[]\nchecks: [{rule: positive, columns: [v]}]", "checks: it occurs twice, the second time in line 8;"),
        ("[{rule: positive, column: v}]", "checks[0]: Object contains unknown field `column`; valid: rule, columns"),
        (
            "[{rule: at_least, colum: v}]",
            "checks[0]: Object contains unknown field `colum`; valid: rule, column, co",
        ),
        ("[{columns: [v]}]", "checks[0]: Object missing required field `rule`; valid: rule: positive, not_negative,"),
        ("[{rule: positive, columns: []}]", "checks[0].columns: Expected `array` of length >= 1"),
        ("[{rule: at_least, column: v, columns: []}]", "checks[0].columns: Expected `array` of length >= 1"),
        ("[{rule: one_of, column: a, values: []}]", "checks[0].values: Expected `array` of length >= 1"),
        (
            "[{rule: one_of, column: a, values: [x]}, {rule: one_of, column: a, values: [y]}]",
            "checks[1]: none of its values is one that other checks allow",
        ),
    ],
)
def test_a_check_names_what_it_lacks(tmp_path: Path, checks: str, said: str) -> None:
    assert problem(tmp_path, f"{GOOD}checks: {checks}\n").startswith(said)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("files", f"source: Expected `object`, got `str`; {KINDS}"),
        ("{table: t}", f"source: Object missing required field `kind`; {KINDS}"),
        (
            "{kind: sql, query: SELECT 1;, schedule: {expression: rate(1 day)}}",
            "source.query: Invalid value 'SELECT 1;'; valid: one SELECT without a semicolon",
        ),
        (
            "{kind: sql, table: t, query: SELECT 1, schedule: {expression: rate(1 day)}}",
            "source: it needs either table or query; it has both",
        ),
        ("{kind: files, csv: {delimiter: '\"'}}", "source.csv: delimiter and quote are both '\"'; they must differ"),
        ("{kind: files, csv: {escape: '#', comment: '#'}}", "source.csv: escape and comment are both '#'; they must"),
        ('{kind: files, csv: {delimiter: "\\n"}}', "source.csv.delimiter: Invalid value '\\n'; valid: one character"),
        ("{kind: files, csv: {delimiter: '||'}}", "source.csv.delimiter: Invalid value '||'; valid: one character"),
        ("{kind: files, dates: dd.mm.yyyy}", "source: dates: 'dd.mm.yyyy' needs a year, once: %Y or %y"),
        (
            "{kind: files, dates: ['%d/%m/%Y', '%m/%d/%Y']}",
            "source: dates: '%d/%m/%Y' and '%m/%d/%Y' read '01/02/2003'",
        ),
        ("{kind: files, booleans: {true: [Y], false: [y]}}", "source.booleans: 'y' cannot mean both true and false"),
        (
            "{kind: files, booleans: {true: [no], no: [x]}}",
            "source.booleans: Object contains unknown field `no`; valid: t",
        ),
        ("{kind: files, numbers: {thousands: .}}", "source.numbers: decimal and thousands are both '.'; they must"),
    ],
)
def test_a_source_names_what_does_not_fit(tmp_path: Path, source: str, said: str) -> None:
    assert problem(tmp_path, f"{GOOD}source: {source}\n").startswith(said)


def test_texts_of_files_are_texts_whatever_yaml_makes_of_them(tmp_path: Path) -> None:
    source = loaded(
        tmp_path, f"{GOOD}source: {{kind: files, booleans: {{true: [yes, 1], false: [no]}}, nulls: [0, ~]}}\n"
    ).source
    assert isinstance(source, Files)
    assert (source.booleans, source.nulls) == (Booleans(("yes", "1"), ("no",)), ("0", "~"))


def test_what_is_merged_into_a_mapping_it_may_have_too(tmp_path: Path) -> None:
    columns = "columns:\n  - &a {name: a, type: string}\n  - &b {<<: *a, name: b}\n  - {<<: *b, name: v}\n"
    assert [column.name for column in loaded(tmp_path, HEAD + KEY + columns).columns] == ["a", "b", "v"]


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 hour)", "rate(30 minutes)", "at(2026-01-02T18:00:00)", "cron(0 18 ? * MON-FRI *)",
        "cron(0/15 8-17 * * ? *)", "cron(0 9 L * ? 2026)", "cron(0 9 ? JAN,JUL 6#2 *)",
    ],
)  # fmt: skip
def test_a_schedule_may_be_what_the_scheduler_knows(tmp_path: Path, expression: str) -> None:
    loaded(tmp_path, SCHEDULED % expression)


@pytest.mark.parametrize(
    "expression",
    [
        "every day at noon", "rate(0 hours)", "rate(1 week)", "rate(1 minutes)", "rate(5 minute)", "rate(01 hour)",
        "cron(0 18 * * MON *)", "cron(0 18 ? * ? *)",
        "cron(0 18 * * *)", "0 18 * * *", "at(noon)",
    ],
)  # fmt: skip
def test_any_other_schedule_is_refused(tmp_path: Path, expression: str) -> None:
    said = problem(tmp_path, SCHEDULED % expression)
    assert said.startswith(f"source.schedule.expression: Invalid value {expression!r}; valid: rate(1 hour), cron(")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD.replace("double", "dubble"), 6),
        (GOOD + "source:\n  kind: files\n  encoding: rot13\n", 9),
        (GOOD + "checks:\n  - rule: positive\n    columns: [v]\n  - {rule: positive, columns: [w]}\n", 10),
        (GOOD.replace("key: [a]", "key: [b]"), 3),
        (GOOD.replace("fees", "fee"), 1),
        (GOOD + "partition:\n  by: v\n", 8),
        (GOOD.replace("dataset", "data"), None),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int | None) -> None:
    with pytest.raises(ContractError) as caught:
        loaded(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/fees.yaml:{line}: " if line else f"{tmp_path}/fees.yaml: ")


@pytest.mark.parametrize(
    "encoding", ["idna", "rot13", "punycode", "undefined", "zip", "base64", "hex", "utf-16", "utf_32", "utf-17", ""]
)
def test_an_encoding_in_which_no_file_can_be_read_is_refused(encoding: str) -> None:
    with pytest.raises(ValueError, match=f"encoding: '{encoding}' .*; valid: utf-8, cp1252, iso-8859-15, utf-16-le"):
        Files(encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "shift-jis", "utf-16-le", "UTF_16BE", "cp037", "gb18030"])
def test_an_encoding_of_text_is_accepted(encoding: str) -> None:
    assert Files(encoding=encoding).encoding == encoding


@pytest.mark.parametrize("width", [0, 1_000_001, 10**19])
def test_an_absurd_width_is_refused(tmp_path: Path, width: int) -> None:
    said = problem(
        tmp_path, GOOD + f"source: {{kind: files, fixed_width: {{fields: [{{name: a, width: {width}}}]}}}}\n"
    )
    assert said.startswith("source.fixed_width.fields[0].width: ")
