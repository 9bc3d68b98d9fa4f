"""Files of any size to read: twenty years of trades, sorted by year as exports are. A size gives the same bytes."""

import csv
import io
import json
import random
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS: Final = ("trade_id", "account", "ticker", "side", "quantity", "price", "currency", "traded_at")
EXCEL_ROWS: Final = 1_048_575
"""Rows that a sheet can have below its header."""
_BLOCK_ROWS: Final = 20_000
_YEARS: Final = 20

Row = tuple[str, ...]


def _blocks(done: Callable[[], float]) -> Iterator[list[Row]]:
    """Blocks of rows until `done`, the fraction of the file that is written, is 1.0; it also determines the year."""
    chance, number = random.Random(1), 0
    while (part := done()) < 1:
        yield [_row(chance, number + at, 2000 + int(part * _YEARS)) for at in range(_BLOCK_ROWS)]
        number += _BLOCK_ROWS


def _row(chance: random.Random, number: int, year: int) -> Row:
    day = f"{year}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
    time = f"{chance.randrange(24):02d}:{chance.randrange(60):02d}:{chance.randrange(60):02d}"
    return (
        f"T{number:09d}", f"GB-{chance.randrange(9000)}", chance.choice(("MSFT", "IBM", "AAPL", "GOOG")),
        chance.choice(("BUY", "SELL")), str(chance.randrange(1, 1000)), f"{chance.randrange(100, 99_999) / 100:.2f}",
        "USD", f"{day} {time}",
    )  # fmt: skip


def _csv(file: Path, size: int) -> None:
    with file.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for rows in _blocks(lambda: out.tell() / size):
            writer.writerows(rows)


def _quoted_csv(file: Path, size: int) -> None:
    with file.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(COLUMNS)
        for rows in _blocks(lambda: out.tell() / size):
            writer.writerows(rows)


def _ndjson(file: Path, size: int) -> None:
    with file.open("w") as out:
        for rows in _blocks(lambda: out.tell() / size):
            out.writelines(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in rows)


def _array(file: Path, size: int) -> None:
    with file.open("w") as out:
        between = "["
        for rows in _blocks(lambda: out.tell() / size):
            for row in rows:
                out.write(between + json.dumps(dict(zip(COLUMNS, row, strict=True))))
                between = ","
        out.write("]")


def _nested(file: Path, size: int) -> None:
    """Daily rates: base, quote, date, then four prices, in documents of 20 years per pair."""
    chance, pair = random.Random(1), 0
    months = [f"{year}-{month:02d}" for year in range(2000, 2020) for month in range(1, 13)]
    days = [f"{month}-{day:02d}" for month in months for day in range(1, 22)]
    prices = ("1. open", "2. high", "3. low", "4. close")
    with file.open("w") as out:
        between = '{"USD": {'
        while out.tell() < size:
            rows = {day: dict.fromkeys(prices, f"{chance.random():.5f}") for day in days}
            out.write(f'{between}"Q{pair:05d}": {json.dumps(rows)}')
            between, pair = ", ", pair + 1
        out.write("}}")


def _parquet(file: Path, size: int) -> None:
    schema = pa.schema(
        [(name, pa.float64() if name in ("quantity", "price") else pa.string()) for name in COLUMNS[:-1]]
        + [("traded_at", pa.timestamp("us"))]
    )
    with file.open("wb") as out, pq.ParquetWriter(out, schema) as writer:
        for rows in _blocks(lambda: out.tell() / size):
            columns = map(pa.array, zip(*rows, strict=True))
            cast = [column.cast(kind) for column, kind in zip(columns, schema.types, strict=True)]
            writer.write_table(pa.table(cast, schema=schema))


def _excel(file: Path, size: int) -> None:
    """A sheet of texts and numbers, written directly as XML: a library takes minutes for a full one."""
    count = 0

    def done() -> float:
        return max(out.tell() / size, count / EXCEL_ROWS)

    with file.open("wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as raw:
            sheet = io.TextIOWrapper(raw)
            sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>')
            sheet.write(_cells(COLUMNS))
            for rows in _blocks(done):
                sheet.writelines(map(_cells, rows[: EXCEL_ROWS - count]))
                sheet.flush()
                count += len(rows)
            sheet.write("</sheetData></worksheet>")
            sheet.flush()


def _cells(row: Row) -> str:
    return f"<row>{''.join(map(_cell, row))}</row>"


def _cell(value: str) -> str:
    is_number = value.replace(".", "").isdigit()
    return f"<c><v>{value}</v></c>" if is_number else f'<c t="inlineStr"><is><t>{value}</t></is></c>'


_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Trades" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
MAKERS: Final[dict[str, Callable[[Path, int], None]]] = {
    "csv": _csv, "quoted.csv": _quoted_csv, "ndjson": _ndjson, "array.json": _array, "nested.json": _nested,
    "xlsx": _excel, "parquet": _parquet,
}  # fmt: skip

if __name__ == "__main__":
    MAKERS[sys.argv[1]](Path(sys.argv[3]), int(sys.argv[2]))
