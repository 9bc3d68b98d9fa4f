"""The `standpipe` command."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from cdk.config import EnvironmentName
from producers.files.errors import FileError
from schemas.contract import Unit
from schemas.load import DATASETS
from standpipe import curation, gaps, laptop, putting, reconciliation, replay, report, streams
from standpipe.adhoc import contract, crawl, draft, prompts
from standpipe.backfill import display, execution
from standpipe.backfill.plan import BackfillError
from standpipe.connection import LOCAL_ENDPOINT
from standpipe.demo import run as demo
from standpipe.demo import steps
from standpipe.failing import connected, fail
from standpipe.query import command as query

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Environment = Annotated[EnvironmentName, typer.Option(help="Where: on this machine, or on AWS.")]

_LAST_PORT = 65534
_REFRESH_SECONDS = 1.0


def _url(text: str | None) -> str | None:
    if text is not None and not urlsplit(text).netloc:
        raise typer.BadParameter(f"{text!r} is no URL; e.g. {LOCAL_ENDPOINT}")
    return text


Endpoint = Annotated[
    str | None, typer.Option(callback=_url, help="URL of an AWS endpoint; for local, http://127.0.0.1:4566.")
]

Port = Annotated[
    int, typer.Option(min=0, max=_LAST_PORT, help="Loopback port; the replayed Alpha Vantage takes the next one.")
]
Sql = Annotated[str | None, typer.Argument(help="A statement of Athena's SQL; - or nothing: standard input.")]
Dataset = Annotated[str, typer.Argument(help="The dataset's name.", show_default=False)]
File = Annotated[Path, typer.Argument(help="CSV, TSV, fixed width, JSON, Excel or Parquet.", show_default=False)]


def _show_version(wanted: bool) -> None:
    if wanted:
        report.say(f"standpipe {version('standpipe')}")
        raise typer.Exit


@app.callback()
def standpipe(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Finance data from everywhere into one queryable lake, on AWS or on this machine."""


@app.command()
def up(
    port: Port = 4566,
    speed: Annotated[
        float, typer.Option(min=1, max=86_400, help="60 makes a buffering interval of 60 s elapse in 1 s.")
    ] = 1,
    data: Annotated[Path, typer.Option(help="Folder of everything the gateway stores.")] = Path(".standpipe"),
    empty: Annotated[bool, typer.Option("--empty", help="Start with nothing deployed.")] = False,
) -> None:
    """Serve the pipeline on this machine until stopped; prints `ready http://…` when it accepts puts."""
    try:
        laptop.serve(port, speed, data, empty, typer.echo)
    except laptop.Failure as error:
        fail(str(error))


@app.command(name="demo")
def demo_command(
    port: Port = 4566,
    data: Annotated[Path, typer.Option(help="Folder of everything the demo stores.")] = Path(".standpipe/demo"),
) -> None:
    """Run the whole pipeline on this machine on real prices, and answer two questions from it."""
    try:
        demo.run(port, data)
    except (demo.DemoError, steps.NotLandedError) as error:
        fail(str(error))


@app.command(name="query")
def query_command(
    sql: Sql = None,
    file: Annotated[Path | None, typer.Option(help="A file with the SQL.")] = None,
    named: Annotated[str | None, typer.Option(help="A saved query of the workgroup, by its name.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="A literal for the next ?, e.g. 7 or \"'IBM'\".")
    ] = None,
    form: Annotated[query.Format | None, typer.Option("--format", help="How rows are written.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file for the rows; its name says how.")
    ] = None,
    environment: Environment = "local",
    endpoint: Endpoint = None,
) -> None:
    """Run SQL through Athena; shows the rows, how long it took, the bytes scanned and the price on AWS.

    The price is that of us-east-1, $5 a TB and 10 MB at least; other regions differ. Exit status 1: the query failed,
    130: it was stopped by Ctrl-C, on the server too.
    """
    with connected(environment, endpoint) as connection:
        try:
            chosen = query.form_of(form, output)
            text = query.sql_of(connection, query.Where(sql, file, named))
            query.show(connection.ask(text, parameter or []), chosen, output)
        except query.AskedWronglyError as error:
            raise typer.BadParameter(str(error)) from None
        except BrokenPipeError:
            raise  # whoever reads has read enough
        except OSError as error:
            fail(f"{output or file}: {error.strerror}")


@app.command()
def put(dataset: Dataset, file: File, environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Put the rows of a CSV or JSON file to a dataset's stream."""
    with connected(environment, endpoint) as connection:
        try:
            done = putting.put_file(connection, dataset, file)
        except FileError as error:
            fail(str(error))
    report.say(f"{done.rows} rows put in {done.records} records, {done.rejected} rejected; source {done.source}")


@app.command(name="streams")
def streams_command(
    endpoint: Annotated[str, typer.Option(callback=_url, help="URL of this machine's gateway.")] = LOCAL_ENDPOINT,
    once: Annotated[bool, typer.Option("--once", help="Print one table and stop.")] = False,
) -> None:
    """Watch this machine's delivery streams: what waits in which buffer, what was delivered, what failed and why."""
    try:
        if once:
            streams.show(streams.fetch(endpoint), report.out)
        else:
            streams.watch(lambda: streams.fetch(endpoint), report.out, _REFRESH_SECONDS)
    except streams.NotServedError as error:
        fail(f"{error}; `standpipe up` serves it")


@app.command()
def reconcile(environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Prove that every row is landed, quarantined or a duplicate; exit status 1 if some are missing.

    A load counts from the moment that its row in `loads` has landed.
    """
    with connected(environment, endpoint) as connection:
        result = connection.query(reconciliation.BY_DATASET)
        report.table(result.columns, result.rows)
        missing = connection.query(reconciliation.MISSING).rows
    for dataset, source, rows in missing:
        report.say(f"{rows} rows of {dataset} from {source}")
    if missing:
        fail("These rows are missing: on their way (wait a buffering interval), in the error prefix, or lost.")


@app.command(name="backfill")
def backfill_command(
    dataset: Dataset,
    symbols: Annotated[list[str] | None, typer.Option(help="Only this symbol; may be repeated.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; without it, all there is.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    environment: Environment = "local",
    endpoint: Endpoint = None,
) -> None:
    """Load the history of an Alpha Vantage dataset; goes on where it was stopped. Exit status 1 if calls are left."""
    with connected(environment, endpoint) as connection:
        try:
            planned = execution.prepare(connection, dataset, symbols or [], since.date() if since else None)
            display.show_plan(planned)
        except BackfillError as error:
            fail(str(error))
        if not yes:
            typer.confirm("Go on?", abort=True)
        with display.progress(planned) as tell:
            left = execution.carry_out(connection, planned, tell)
    if left:
        fail(f"{len(left)} calls are left; the same command goes on with them")


@app.command(name="gaps")
def gaps_command(dataset: Dataset, environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Show the trading days that are missing from an Alpha Vantage dataset, by its calendar."""
    with connected(environment, endpoint) as connection:
        try:
            found = gaps.find(connection, dataset, datetime.now(UTC))
        except gaps.GapsError as error:
            fail(str(error))
    report.table(gaps.COLUMNS, [each.row() for each in found])


@app.command()
def curate(environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Bring the curated tables up to date with what has landed: here at once, on AWS by starting the Glue job."""
    with connected(environment, endpoint) as connection:
        if connection.url is None:
            report.say(f"run {curation.start_on_aws(connection)} of {connection.environment.curation_job} is started")
            return
        try:
            curated = curation.run_here(connection)
        except curation.CurationError as error:
            fail(str(error))
    if curated:
        report.table(curation.COLUMNS, curated)
    else:
        report.say("Every curated table is up to date.")


@app.command(name="replay")
def replay_command(
    dataset: Annotated[str | None, typer.Argument(help="Only what is parked for this dataset.")] = None,
    environment: Environment = "local",
    endpoint: Endpoint = None,
) -> None:
    """Put again what Firehose refused and producers parked; can be stopped and run again."""
    with connected(environment, endpoint) as connection:
        done = replay.replay(connection, dataset)
    for each in done:
        report.say(f"{each.records} records put to {each.stream}")
    if not done:
        report.say("Nothing is parked.")


@app.command(name="crawl")
def crawl_command(environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Make tables of the files under drop/adhoc/<name>/: adhoc_<name>. Exit status 1 if some were left out."""
    with connected(environment, endpoint) as connection:
        try:
            done = crawl.crawl(connection)
        except crawl.CrawlError as error:
            fail(str(error))
    for word, names in (("added", done.added), ("updated", done.updated), ("deleted", done.deleted)):
        for name in names:
            report.say(f"{word} {name}")
    if done.left_out:
        fail(done.left_out)
    if not (done.added or done.updated or done.deleted):
        report.say("Nothing has changed.")


@app.command(name="new")
def new_command(
    ad_hoc: Annotated[str, typer.Option("--from-adhoc", help="The folder under drop/adhoc/, after `standpipe crawl`.")],
    dataset: Annotated[str | None, typer.Option(help="The dataset's name; without it, that of the folder.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A column that names a row; may be repeated.")] = None,
    by: Annotated[str | None, typer.Option("--partition", help="A date or timestamp column; - for none.")] = None,
    unit: Annotated[Unit, typer.Option(help="Of the partitions.")] = "year",
    folder: Annotated[
        Path, typer.Option(help="Where the contract is written.", show_default="schemas/datasets")
    ] = DATASETS,
    environment: Environment = "local",
    endpoint: Endpoint = None,
) -> None:
    """Make a dataset of ad-hoc files: write its contract, one YAML file to deploy. Asks what is not said."""
    with connected(environment, endpoint) as connection:
        try:
            made = draft.draft(connection, ad_hoc, dataset)
            chosen = prompts.choose(made, key or [], by, unit)
            file = contract.write(made, chosen, contract.first_year(connection, made, chosen), folder)
        except draft.NewContractError as error:
            fail(str(error))
    report.say(f"{file} is written. Look it over, deploy it, then drop files under drop/{made.dataset}/.")
