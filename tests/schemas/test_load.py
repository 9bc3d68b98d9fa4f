"""A contract that cannot be used says in which file and key, what was wrong and what would be right."""

from pathlib import Path

import pytest

from schemas.contract import Column, Contract
from schemas.files import Files, Numbers
from schemas.load import DATASETS, ContractError, load_contract, load_contracts

GOOD = (DATASETS / "fx_daily.yaml").read_text()


def broken(folder: Path, old: str, new: str) -> ContractError:
    file = folder / "fx_daily.yaml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ContractError) as caught:
        load_contract(file)
    assert str(file) in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "key", "problem", "valid"),
    [
        (
            "type: date",
            "type: dat",
            "columns[2].type",
            "'dat'",
            "bigint, boolean, date, decimal, double, int, string, timestamp",
        ),
        ("nest: [", "nst: [", "", "unknown field `nst`", "nest, partition, checks, source"),
        ("kind: alpha_vantage", "kind: alpha", "source.kind", "'alpha'", "alpha_vantage, sql, files, put, internal"),
        ("rule: positive", "rule: postive", "checks[0].rule", "'postive'", "positive, not_negative, one_of, at_least"),
        ("function: FX_DAILY", "function: FX", "source.function", "'FX'", "FX_DAILY"),
        ("unit: year", "unit: yr", "partition.unit", "'yr'", "day, month, year"),
        ("dataset: fx_daily", "dataset: fx", "dataset", "'fx' is not the file's name", "'fx_daily'"),
    ],
)
def test_a_wrong_value_names_its_key_and_the_valid_ones(
    tmp_path: Path, old: str, new: str, key: str, problem: str, valid: str
) -> None:
    error = broken(tmp_path, old, new)
    assert error.key == key
    assert problem in error.problem
    assert error.valid.endswith(valid) or valid in error.valid


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("key: [base, quote, date]", "key: [base, quote, day]", "key: 'day' is not a column; the columns are base,"),
        ("key: [base, quote, date]", "key: [base, quote]", "nest: 'date' names a row, so it must be part of the key"),
        ("by: date", "by: base", "partition.by: 'base' is a string; it must be a date or a timestamp"),
        ("by: date", "by: dte", "partition.by: 'dte' is not a column"),
        ("name: quote", "name: base", "columns: 'base' occurs twice"),
        ("name: open", "name: source", "columns: 'source' occurs twice"),
        ("name: open", "name: year", "partition.unit: a column is already called 'year'"),
        ("columns: [open, high, low, close]", "columns: [base]", "checks[0]: 'base' is a string; this rule is for"),
        ("name: base", "name: Base", "columns[0].name"),
        ("type: double", "type: double, scale: 2", "open is a double; precision and scale are for decimals"),
        ("type: double", "type: decimal", "open needs a precision: how many digits it has, at least its scale"),
        ("type: double", "type: decimal, precision: 2, scale: 3", "open needs a precision"),
        ("type: double", "type: decimal, precision: 39", "columns[3].precision: Expected `int` <= 38"),
        ("quote, type: string", "quote, type: decimal, precision: 9", "nest: 'quote' is a decimal; the keys of a"),
        ("dataset: fx_daily", "dataset: [", "not YAML"),
        # a series that cannot be asked for
        ("USD/GBP, ", "USDGBP, ", "source: symbols: 'USDGBP' is not a pair such as USD/GBP"),
        ("USD/GBP, ", "USD/, ", "source: symbols: 'USD/' is not a pair such as USD/GBP"),
        ("USD/GBP, ", "USD/GBP, USD/GBP, ", "source: symbols: 'USD/GBP' is listed twice"),
        ("FX_DAILY", "FX_DALY", "'FX_DALY'; valid: CURRENCY_EXCHANGE_RATE, DIGITAL_CURRENCY_DAILY, FX_DAILY"),
        ("FX_DAILY", "FX_INTRADAY", "source: interval: FX_INTRADAY needs one of 1min, 5min, 15min, 30min, 60min"),
        ("FX_DAILY", "FX_DAILY\n  interval: 5min", "source: interval: FX_DAILY has none"),
        ("FX_DAILY", "FX_DAILY\n  interval: 2min", "source.interval: Invalid enum value '2min'; valid: 15min, 1min"),
        ("FX_DAILY", "FX_DAILY\n  calendar: NYSE", "source.calendar: Invalid enum value 'NYSE'; valid: 24/5, 24/7,"),
        ("FX_DAILY", "CURRENCY_EXCHANGE_RATE", "nest: 'date' is a date; CURRENCY_EXCHANGE_RATE gives a timestamp"),
        ("FX_DAILY", "CURRENCY_EXCHANGE_RATE\n  unfinished: true", "the date of an unfinished moment moves"),
        ("nest: [base, quote, date]", "nest: [base, date]", "nest: FX_DAILY needs 3 columns, like ['base', 'quote',"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in str(broken(tmp_path, old, new))


def test_a_missing_folder_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"no such folder; valid: a folder of <dataset>\.yaml files"):
        load_contracts(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["fx_daily.yml", "fx_daily.YAML"])
def test_a_contract_that_would_be_ignored_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(GOOD)
    with pytest.raises(ContractError, match=rf"{name}: contracts are named \.yaml, .*; valid: fx_daily\.yaml"):
        load_contracts(tmp_path)


def test_an_optional_source_name_may_be_one_or_several() -> None:
    stocks = load_contracts()["stocks_daily"]
    assert stocks.column("open").accepted_names == ("1. open", "open")
    assert stocks.column("volume").accepted_names == ("6. volume", "5. volume", "volume")
    assert stocks.column("date").accepted_names == ("date",)


def test_numbers_that_are_keys_of_documents_are_plain() -> None:
    columns = (Column("ticker", "string"), Column("strike", "double"))
    files = Files(numbers=Numbers(decimal=","))
    with pytest.raises(ValueError, match=r"source.numbers: 'strike' is a double in nest; such keys are plain numbers"):
        Contract("options", "Options.", columns, ("ticker", "strike"), ("ticker", "strike"), source=files)


def test_dates_that_are_keys_of_documents_are_plain() -> None:
    columns = (Column("ticker", "string"), Column("date", "date"))
    with pytest.raises(ValueError, match=r"source.dates: 'date' is a date in nest; such keys are plain dates"):
        Contract("p", "P.", columns, ("ticker", "date"), ("ticker", "date"), source=Files(dates="%d.%m.%Y"))
