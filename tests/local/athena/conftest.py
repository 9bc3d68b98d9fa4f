"""Athena between a Glue catalogue in memory and an S3 in a folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.athena import Athena, Clients
from tests.local.athena.laptop import RATE_COLUMNS, GlueInMemory, Laptop, S3InFolder, rates


@pytest.fixture
def make_athena(tmp_path: Path) -> Iterator[Callable[[], Laptop]]:
    """Starts an Athena over the same data again and again, as restarts do."""
    glue, s3 = GlueInMemory(), S3InFolder(tmp_path / "s3")
    for bucket in ("lake", "results"):
        (s3.root / bucket).mkdir(parents=True)
    started: list[Athena] = []

    def make() -> Laptop:
        started.append(Athena(Clients(glue, s3), tmp_path / "athena"))
        return Laptop(glue, s3, started[-1], s3.root)

    yield make
    for athena in started:
        athena.close()


@pytest.fixture
def laptop(make_athena: Callable[[], Laptop]) -> Laptop:
    """An Athena with the workgroup `standpipe`, whose results go to s3://results/."""
    laptop = make_athena()
    configuration = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
    laptop.athena.call("CreateWorkGroup", {"Name": "standpipe", "Configuration": configuration})
    return laptop


@pytest.fixture
def fx(laptop: Laptop) -> Laptop:
    """A projected table `fx_daily_landing` by year, 2010 to 2012, some keys twice, and the view of latest versions."""
    parameters = {
        "projection.enabled": "true",
        "projection.year.type": "integer",
        "projection.year.range": "2005,2030",
        "storage.location.template": "s3://lake/landing/fx_daily/year=${year}/",
    }
    location = "s3://lake/landing/fx_daily/"
    laptop.table("fx_daily_landing", RATE_COLUMNS, location, keys={"year": "int"}, parameters=parameters)
    for year in (2010, 2011, 2012):
        laptop.put(f"{location}year={year}/arrived=2026-01-01/one.parquet", rates(year, 0.5))
    laptop.put(f"{location}year=2011/arrived=2026-02-01/two.parquet", rates(2011, 0.75, "2026-02-01"))
    laptop.view(
        "fx_daily",
        'SELECT "base", "quote", "date", "close", "ingested_at", "year" FROM (SELECT *, row_number() OVER '
        '(PARTITION BY "base", "quote", "date", "year" ORDER BY ingested_at DESC) AS version '
        "FROM fx_daily_landing) AS versions WHERE version = 1",
    )
    return laptop
