"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from cdk.config import EnvironmentName
from standpipe.connection import LOCAL_ENDPOINT

Environment = Annotated[EnvironmentName, typer.Option(help="local (this machine), dev or prod (AWS).")]

_LAST_PORT = 65534


def url(text: str | None) -> str | None:
    """The text; raises `BadParameter` when it is not a URL."""
    if text is not None and not urlsplit(text).netloc:
        raise typer.BadParameter(f"{text!r} is not a URL; e.g. {LOCAL_ENDPOINT}")
    return text


Endpoint = Annotated[
    str | None,
    typer.Option(
        callback=url,
        help=f"URL of an AWS endpoint; local: AWS_ENDPOINT_URL if that is loopback, else {LOCAL_ENDPOINT}.",
    ),
]

Port = Annotated[
    int, typer.Option(min=0, max=_LAST_PORT, help="Loopback port; the replayed Alpha Vantage uses the next one.")
]
Sql = Annotated[str | None, typer.Argument(help="SQL statement; '-' or none reads standard input.")]
Dataset = Annotated[str, typer.Argument(help="Name of the dataset.", show_default=False)]
File = Annotated[Path, typer.Argument(help="CSV, TSV, fixed-width, JSON, Excel or Parquet file.", show_default=False)]
