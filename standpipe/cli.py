"""The `standpipe` command."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from producers.files.errors import FileError
from schemas.contract import Unit
from schemas.load import DATASETS
from standpipe import curation, gaps, laptop, loading, putting, reconciliation, replay, report, streams
from standpipe.adhoc import contract, crawl, draft, prompts
from standpipe.backfill import display, execution
from standpipe.backfill.plan import BackfillError
from standpipe.connection import local_endpoint
from standpipe.demo import run as demo
from standpipe.demo import steps
from standpipe.failing import WHAT_SERVES, connected, fail
from standpipe.options import Dataset, Endpoint, Environment, File, Port, Sql
from standpipe.query import command as query

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_REFRESH_SECONDS = 1.0


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
    """Finance data from APIs, files and SQL databases in one queryable lake, on AWS or on this machine."""


@app.command()
def up(
    port: Port = 4566,
    speed: Annotated[
        float, typer.Option(min=1, max=86_400, help="Speed of buffering: with 60, an interval of 60 s takes 1 s.")
    ] = 1,
    data: Annotated[Path, typer.Option(help="Folder where the gateway keeps its state.")] = Path(".standpipe"),
    empty: Annotated[bool, typer.Option("--empty", help="Deploy nothing; what --data has is served.")] = False,
) -> None:
    """Serve the pipeline on this machine until stopped; prints `ready http://…` once it accepts puts.

    Ctrl-C stops it within seconds, a second one at once. A file that was being read is read again after the next start.
    """
    try:
        laptop.serve(port, speed, data, empty, typer.echo)
    except laptop.Failure as error:
        fail(str(error))


@app.command(name="demo")
def demo_command(
    port: Port = 4566,
    data: Annotated[Path, typer.Option(help="Folder where the demo keeps its state.")] = Path(".standpipe/demo"),
) -> None:
    """Run the whole pipeline on this machine with real prices, and query it."""
    try:
        demo.run(port, data)
    except (demo.DemoError, steps.NotLandedError) as error:
        fail(str(error))


@app.command(name="query")
def query_command(
    sql: Sql = None,
    file: Annotated[Path | None, typer.Option(help="Read the SQL from this file.")] = None,
    named: Annotated[str | None, typer.Option(help="Run the workgroup's saved query of this name.")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", help="SQL literal for the next ? placeholder: 7 or \"'IBM'\"."),
    ] = None,
    form: Annotated[query.Format | None, typer.Option("--format", help="Output format.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the rows to this file; its extension gives the format.")
    ] = None,
    environment: Environment = "local",
    endpoint: Endpoint = None,
) -> None:
    """Run SQL through Athena; shows the rows, the time taken, the bytes scanned and the price on AWS.

    The price is that of us-east-1, $5 per TB and at least 10 MB; other regions differ. Exits with 1 if the query
    failed, and with 130 if it was stopped by Ctrl-C or SIGTERM, which also stops it on the server.
    """
    with connected(environment, endpoint) as connection:
        try:
            chosen = query.form_of(form, output)
            text = query.sql_of(connection, query.Where(sql, file, named))
            query.show(connection.ask(text, parameter or []), chosen, output)
        except query.UsageError as error:
            raise typer.BadParameter(str(error)) from None
        except BrokenPipeError:
            raise  # whoever reads has read enough
        except OSError as error:
            fail(f"{output or file}: {error.strerror}")


@app.command()
def put(dataset: Dataset, file: File, environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Put the rows of a file to a dataset's stream."""
    with connected(environment, endpoint) as connection:
        try:
            done = putting.put_file(connection, dataset, file)
        except FileError as error:
            fail(str(error))
    put_rows = done.rows - done.rejected
    report.say(f"{put_rows} rows put in {done.records} records, {done.rejected} quarantined; source {done.source}")
    if done.note:
        report.say(f"Note: {done.note}")
    report.say("`standpipe reconcile` shows when they have landed, and how many of them the transform quarantined.")


@app.command(name="load")
def load_command(
    dataset: Dataset,
    full_reload: Annotated[
        bool, typer.Option("--full-reload", help="Read a SQL table from the beginning, not only what is new.")
    ] = False,
    confirm_empty: Annotated[
        bool, typer.Option("--confirm-empty", help="Accept that a SQL table has no rows: all its keys are deleted.")
    ] = False,
    environment: Environment = "local",
    endpoint: Endpoint = None,
) -> None:
    """Load what is new of a dataset from its API or SQL database now, as its schedule does."""
    with connected(environment, endpoint) as connection:
        try:
            for line in loading.load(connection, dataset, full_reload, confirm_empty):
                report.say(line)
        except loading.LoadError as error:
            fail(str(error))


@app.command(name="streams")
def streams_command(
    endpoint: Endpoint = None,
    once: Annotated[bool, typer.Option("--once", help="Print one table and exit.")] = False,
) -> None:
    """Watch the delivery streams of this machine: what is buffered, what was delivered, what failed and why."""
    served = endpoint or local_endpoint()
    try:
        if once:
            streams.show(streams.fetch(served), report.out)
        else:
            streams.watch(lambda: streams.fetch(served), report.out, _REFRESH_SECONDS)
    except streams.NotServedError as error:
        fail(f"{error}; {WHAT_SERVES}")


@app.command()
def reconcile(environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Prove that every row has landed, is quarantined or is a duplicate; exits with 1 if rows are missing.

    A load counts once its row in `loads` has landed. `redelivered`, rows that Firehose delivered once more, is shown
    where there are any: rows_in + redelivered = landed + quarantined + duplicates + missing. Also says which dropped
    files have not been read yet, and which datasets have parked records.
    """
    with connected(environment, endpoint) as connection:
        columns, rows = reconciliation.by_dataset(connection)
        missing = connection.query(reconciliation.MISSING).rows
        parked = reconciliation.parked(connection)
        unread = reconciliation.unread(connection)
    report.table(columns, rows)
    for line in filter(None, (reconciliation.quarantined(columns, rows), unread)):
        report.say(line)
    for dataset, source, count in missing:
        report.say(f"{count} rows of {dataset} from {source}")
    for name in parked:
        report.say(f"Records of {name} are parked: `standpipe replay {name}` puts them.")
    if missing:
        fail(reconciliation.why_missing({str(row[0]) for row in missing}, parked))


@app.command(name="backfill")
def backfill_command(
    dataset: Dataset,
    symbols: Annotated[list[str] | None, typer.Option("--symbol", help="Only this symbol; may be repeated.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; default: everything available.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    environment: Environment = "local",
    endpoint: Endpoint = None,
) -> None:
    """Load the history of an Alpha Vantage dataset; resumes where it stopped, and exits with 1 if calls remain."""
    with connected(environment, endpoint) as connection:
        try:
            planned = execution.prepare(connection, dataset, symbols or [], since.date() if since else None)
            display.show_plan(planned)
        except BackfillError as error:
            fail(str(error))
        if not yes:
            typer.confirm("Continue?", abort=True)
        with display.progress(planned) as report_call:
            remaining = execution.execute(connection, planned, report_call)
    if remaining:
        calls = "1 call remains" if len(remaining) == 1 else f"{len(remaining)} calls remain"
        fail(f"{calls}; run the same command to continue")


@app.command(name="gaps")
def gaps_command(dataset: Dataset, environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Show the trading days missing from an Alpha Vantage dataset, by its calendar."""
    with connected(environment, endpoint) as connection:
        try:
            found = gaps.find(connection, dataset, datetime.now(UTC))
        except gaps.GapsError as error:
            fail(str(error))
    report.table(gaps.COLUMNS, [each.row() for each in found])


@app.command()
def curate(environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Update the curated tables with what has landed: locally at once, on AWS by starting the Glue job."""
    with connected(environment, endpoint) as connection:
        if connection.url is None:
            report.say(f"started run {curation.start_on_aws(connection)} of {connection.environment.curation_job}")
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
    dataset: Annotated[str | None, typer.Argument(help="Only the records parked for this dataset.")] = None,
    environment: Environment = "local",
    endpoint: Endpoint = None,
) -> None:
    """Put parked records (those Firehose refused) again; safe to interrupt and rerun."""
    with connected(environment, endpoint) as connection:
        done = replay.replay(connection, dataset)
    for each in done:
        report.say(f"{each.records} records put to {each.stream}")
    if not done:
        report.say("Nothing is parked.")


@app.command(name="crawl")
def crawl_command(environment: Environment = "local", endpoint: Endpoint = None) -> None:
    """Create tables adhoc_<name> from the files under drop/adhoc/<name>/; exits with 1 if some were left out."""
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
    ad_hoc: Annotated[str, typer.Option("--from-adhoc", help="Folder under drop/adhoc/, after `standpipe crawl`.")],
    dataset: Annotated[str | None, typer.Option(help="Name of the dataset; default: that of the folder.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A key column; may be repeated.")] = None,
    by: Annotated[str | None, typer.Option("--partition", help="Date or timestamp column; - for none.")] = None,
    unit: Annotated[Unit, typer.Option(help="Partition unit.")] = "year",
    folder: Annotated[
        Path, typer.Option(help="Folder to write the contract to.", show_default="schemas/datasets")
    ] = DATASETS,
    environment: Environment = "local",
    endpoint: Endpoint = None,
) -> None:
    """Turn an ad-hoc table into a dataset: write its contract, a YAML file to deploy. Prompts for what is not given."""
    with connected(environment, endpoint) as connection:
        try:
            made = draft.draft(connection, ad_hoc, dataset)
            chosen = prompts.choose(made, key or [], by, unit)
            file = contract.write(made, chosen, contract.first_year(connection, made, chosen), folder)
        except draft.NewContractError as error:
            fail(str(error))
    report.say(f"Wrote {file}. Review it, deploy it, then drop files under drop/{made.dataset}/.")
