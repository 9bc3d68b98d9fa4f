"""What `standpipe backfill` shows: the plan and the progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from standpipe import report
from standpipe.backfill.execution import Backfill, Failure
from standpipe.backfill.plan import Call, check_partitions, days_of_quota, only_newest, partitions


def show_plan(backfill: Backfill) -> None:
    """Print the calls, the days of quota and the partitions; raises `BackfillError` when they are too many."""
    contract, plan = backfill.contract, backfill.plan
    touched = partitions(contract, plan.since, datetime.now(UTC).date())
    check_partitions(contract, plan, len(touched))
    rows = [
        ["dataset", contract.name],
        ["from", plan.since or "the first day available"],
        ["calls to make", f"{len(backfill.remaining)} of {len(plan.calls)}"],
        ["quota", _quota(backfill)],
        ["partitions", f"{len(touched)} at most: {touched[0]} to {touched[-1]}" if touched else "none: by arrival"],
    ]
    if backfill.is_resumed:
        rows.append(["resuming", plan.run])
    if limit := only_newest(contract, backfill.per_day is not None):
        rows.append(["limit", limit])
    report.table(["plan", ""], rows)


@contextmanager
def progress(backfill: Backfill) -> Iterator[Callable[[Call, int | Failure], None]]:
    """A progress bar over the calls until the block ends; gives the function that each outcome is reported to."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=report.out
    )
    with bar:
        total = len(backfill.plan.calls)
        task = bar.add_task("backfilling", total=total, completed=total - len(backfill.remaining))

        def report_call(call: Call, outcome: int | Failure) -> None:
            if isinstance(outcome, Failure):
                report.say(f"{call.name}: {outcome.text}")
            else:
                bar.update(task, description=f"{call.name}: {outcome:,} rows put", advance=1)

        yield report_call


def _quota(backfill: Backfill) -> str:
    if backfill.per_day is None or backfill.left_today is None:
        return "no daily limit"
    days = days_of_quota(len(backfill.remaining), backfill.left_today, backfill.per_day)
    return f"{days} {'day' if days == 1 else 'days'}: {backfill.per_day} calls a day, {backfill.left_today} left today"
