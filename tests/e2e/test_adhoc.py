"""From files of unknown schema to a table, to a contract, to a dataset."""

import gzip
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from schemas.files import Files
from schemas.load import load_contract
from standpipe.cli import app
from standpipe.connection import Connection
from tests.e2e.conftest import Query
from tests.support.parquet import parquet

BONDS = {
    "isin": ["DE0001102333", "DE0001102333", "FR0010070060"],
    "Quoted On": ["2026-01-02", "2026-01-05", "2026-01-05"],
    "yield": [2.5, 2.25, 3.0],
    "lots": [7, 8, None],
    "day": [date(1987, 1, 2)] * 3,
    "tags": [["green"], [], None],
}


def typed(pipeline: Connection, *arguments: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(app, [*arguments, "--endpoint", str(pipeline.url)], input=answers)


@pytest.fixture(scope="module")
def bonds(pipeline: Connection) -> Connection:
    """The pipeline with two ad-hoc files of bonds in partitions, crawled."""
    s3 = pipeline.client("s3")
    for desk in ("paris", "berlin"):
        s3.put_object(Bucket=pipeline.drop, Key=f"drop/adhoc/Bond Yields/desk={desk}/x.parquet", Body=parquet(**BONDS))
    s3.put_object(Bucket=pipeline.drop, Key="drop/adhoc/mixed/a.csv", Body=b"a,b\n1,2\n")
    s3.put_object(Bucket=pipeline.drop, Key="drop/adhoc/mixed/b.json", Body=b'{"a": 1}\n')
    done = typed(pipeline, "crawl")
    assert done.stdout.splitlines() == ["added adhoc_bond_yields"]
    assert done.exit_code == 1
    assert "drop/adhoc/mixed/ was left out: drop/adhoc/mixed/a.csv is csv and drop/adhoc/mixed/b.json" in done.stderr
    s3.delete_object(Bucket=pipeline.drop, Key="drop/adhoc/mixed/a.csv")
    s3.delete_object(Bucket=pipeline.drop, Key="drop/adhoc/mixed/b.json")
    return pipeline


def test_the_table_can_be_queried_and_no_producer_has_touched_its_files(bonds: Connection, query: Query) -> None:
    sql = 'SELECT desk, isin, "quoted on", "yield", lots FROM adhoc_bond_yields WHERE lots IS NULL ORDER BY desk'
    assert query(sql).rows == [
        ["berlin", "FR0010070060", "2026-01-05", "3.0", None],
        ["paris", "FR0010070060", "2026-01-05", "3.0", None],
    ]
    assert typed(bonds, "crawl").stdout == "Nothing has changed.\n"
    assert query("SELECT count(*) FROM quarantine WHERE source_row LIKE '%drop/adhoc/%'").rows == [["0"]]


TEXTS = {
    "quoted.csv": b'Name,Lot,Price,Since\n"Smith, Jones",7,1.5,2026-01-02\n"a ""b""",8,2,2026-01-05\n',
    "semicolons.csv": b"Name;Lot;Price;Since\nSmith, Jones;7;1.5;2026-01-02\na b;8;2;2026-01-05\n",
    "lines.json": b'{"Name":"Smith, Jones","Lot":7,"Price":1.5,"Since":"2026-01-02","more":{"x":[1,2]}}\n'
    b'{"Name":"a","Lot":8}\n',
    "packed.csv.gz": gzip.compress(b"Name\tLot\tPrice\tSince\nSmith, Jones\t7\t1.5\t2026-01-02\nb\t8\t2\t\n", mtime=0),
}


def test_texts_are_queried_with_the_types_that_the_crawler_inferred(bonds: Connection, query: Query) -> None:
    s3 = bonds.client("s3")
    for name, body in TEXTS.items():
        s3.put_object(Bucket=bonds.drop, Key=f"drop/adhoc/text_{name.partition('.')[0]}/{name}", Body=body)
    assert typed(bonds, "crawl").exit_code == 0
    for name in TEXTS:
        table = f"adhoc_text_{name.partition('.')[0]}"
        sql = f"SELECT name, lot + 1, price * 2, date(since), (SELECT sum(lot) FROM {table}) FROM {table} WHERE lot = 7"
        assert query(sql).rows == [["Smith, Jones", "8", "3.0", "2026-01-02", "15"]], name
    assert query("SELECT more.x[2] FROM adhoc_text_lines WHERE lot = 7").rows == [["2"]]
    assert query("SELECT count(*) FROM adhoc_text_lines WHERE price IS NULL").rows == [["1"]]


def test_a_contract_is_written_from_the_data(bonds: Connection, tmp_path: Path) -> None:
    bonds.client("s3").delete_object(Bucket=bonds.drop, Key="drop/adhoc/Bond Yields/desk=paris/x.parquet")
    arguments = ["new", "--from-adhoc", "Bond Yields", "--dataset", "bonds", "--folder", str(tmp_path)]
    done = typed(bonds, *arguments, answers="isin, quoted_on\n\n")
    assert done.exit_code == 0, done.output
    file = tmp_path / "bonds.yaml"
    assert f"Wrote {file}. " in done.stdout
    contract = load_contract(file)
    assert (contract.name, contract.key) == ("bonds", ("isin", "quoted_on"))
    assert contract.partition
    assert (contract.partition.by, contract.partition.unit, contract.partition.since) == ("quoted_on", "year", 1990)
    assert [(column.name, column.type) for column in contract.columns] == [
        ("isin", "string"), ("quoted_on", "date"), ("yield", "double"), ("lots", "bigint"), ("column_day", "date"),
    ]  # fmt: skip
    assert contract.column("quoted_on").accepted_names == ("quoted on", "quoted_on")
    text = file.read_text()
    assert "# tags is array<string>, and a contract's columns are flat: left out" in text
    assert "# The folders' desk are not in the files" in text
    again = typed(bonds, *arguments, "--key", "isin", "--key", "quoted_on", "--partition", "column_day")
    assert again.exit_code == 1
    assert "bonds.yaml already exists; choose another name with --dataset" in again.stderr
    assert file.read_text() == text


def test_fields_of_objects_are_columns_and_european_texts_are_named(bonds: Connection, tmp_path: Path) -> None:
    lines = b'{"sym":"A","q":{"bid":1.5,"on":"2026-01-02","sizes":[1]}}\n{"sym":"B","q":{"bid":2,"on":""}}\n'
    s3 = bonds.client("s3")
    s3.put_object(Bucket=bonds.drop, Key="drop/adhoc/quotes/q.json", Body=lines)
    fills = "ref;Libellé;prix;Réglé le;solde\na;x;382,45;31/03/2026;2026-01-02\nb;y;1,5;01/04/2026;\n"
    s3.put_object(Bucket=bonds.drop, Key="drop/adhoc/europe/f.csv", Body=fills.encode())
    assert typed(bonds, "crawl").exit_code == 0
    for name, key in (("quotes", "sym"), ("europe", "ref")):
        arguments = ["--key", key, "--partition", "-", "--folder", str(tmp_path)]
        done = typed(bonds, "new", "--from-adhoc", name, *arguments)
        assert done.exit_code == 0, done.output
    quotes = load_contract(tmp_path / "quotes.yaml")
    assert [(column.name, column.type, column.accepted_names[0]) for column in quotes.columns] == [
        ("sym", "string", "sym"), ("q_bid", "double", "q.bid"), ("q_on", "date", "q.on"),
    ]  # fmt: skip
    assert isinstance(quotes.source, Files)
    assert quotes.source.nulls == ("",)
    assert "# q.sizes is array<" in (tmp_path / "quotes.yaml").read_text()
    europe = load_contract(tmp_path / "europe.yaml")
    assert [(column.name, column.type) for column in europe.columns] == [
        ("ref", "string"), ("libelle", "string"), ("prix", "string"), ("regle_le", "string"), ("solde", "date"),
    ]  # fmt: skip
    assert europe.source == Files()
    text = (tmp_path / "europe.yaml").read_text()
    assert "# prix: if these are numbers, " in text
    assert '`source` needs dates: "%d/%m/%Y"' in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--key", "isin", "--partition", "-"], "distinct keys isin; add columns to the key"),
        (["--key", "lots", "--partition", "-"], "rows have no value in the key lots; choose another key"),
        (["--key", "nope", "--partition", "-"], "has no usable column 'nope'; valid: isin, quoted_on, yield"),
        (["--key", "isin", "--partition", "lots"], "'lots' is not a date or timestamp; valid: quoted_on, column_day"),
        (["--key", "isin", "--dataset", "Bad Name", "--partition", "-"], "distinct keys"),
    ],
)
def test_what_cannot_be_a_contract_is_reported(
    bonds: Connection, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = typed(bonds, "new", "--from-adhoc", "bond_yields", "--folder", str(tmp_path), *arguments)
    assert done.exit_code == 1
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_not_crawled_is_reported(bonds: Connection, tmp_path: Path) -> None:
    done = typed(bonds, "new", "--from-adhoc", "nothing", "--folder", str(tmp_path))
    assert (
        "table adhoc_nothing does not exist: drop files under drop/adhoc/nothing/, then run `standpipe crawl`"
        in done.stderr
    )
