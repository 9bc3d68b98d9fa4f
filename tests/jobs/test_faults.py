"""A run that dies, anywhere, leaves what readers see as it was or as it should be, and the next run puts all right."""

import itertools
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs.catalogue import Published
from jobs.curate import CurationError, run, stale
from jobs.versions import GRACE
from tests.jobs.trades import NOW, TRADES, age, curate_here, here, land, seen
from tests.support.folder_lake import FolderCatalogue, FolderLake, nothing

Seen = dict[str, list[tuple[object, ...]]]


class Died(BaseException):
    """The process is gone: no handler of the job may see to it."""


def first_load(lake: FolderLake) -> None:
    for year in (2010, 2011):
        land(lake, f"year={year}", "1", [("a", number, 1.0, "s", 0, None) for number in range(50)])


def second_load(lake: FolderLake) -> None:
    land(lake, "year=2010", "2", [("a", number, 2.0, "s", 1, number == 7) for number in range(0, 60, 2)])


def opened(root: Path) -> tuple[FolderLake, FolderCatalogue]:
    return FolderLake(root / "lake"), FolderCatalogue(root / "catalogue", TRADES)


def curated_once(root: Path) -> tuple[FolderLake, FolderCatalogue]:
    """The first load is curated, the second has landed."""
    lake, catalogue = opened(root)
    first_load(lake)
    curate_here(lake, catalogue)
    second_load(lake)
    return lake, catalogue


def retired_long_ago(root: Path) -> tuple[FolderLake, FolderCatalogue]:
    """Both loads are curated, and the next run may sweep what the first left."""
    lake, catalogue = curated_once(root)
    curate_here(lake, catalogue)
    curate_here(lake, catalogue)  # retires
    age(lake, 2 * GRACE.total_seconds())
    return lake, catalogue


def states(root: Path) -> tuple[Seen, Seen]:
    """What readers should see before the second load is curated, and after it."""
    lake, catalogue = curated_once(root)
    before = seen(lake, catalogue)
    curate_here(lake, catalogue)
    return before, seen(lake, catalogue)


def dies_at(step: int) -> Callable[[str], None]:
    steps = itertools.count()

    def before(operation: str) -> None:
        if next(steps) == step:
            raise Died(operation)

    return before


Start = Callable[[Path], tuple[FolderLake, FolderCatalogue]]


def died_at_each_step(root: Path, start: Start) -> Iterator[tuple[FolderLake, FolderCatalogue]]:
    """The lake of `start` after a run that died before its first step, its second one, and so on to its last."""
    for step in itertools.count():
        lake, catalogue = start(root / str(step))
        lake.step = catalogue.step = dies_at(step)
        try:
            curate_here(lake, catalogue)
        except Died:
            lake.step = catalogue.step = nothing
            yield lake, catalogue
        else:
            return


def test_a_run_that_dies_at_any_step_is_made_good_by_the_next(tmp_path: Path) -> None:
    before, after = states(tmp_path / "expected")
    steps = 0
    for lake, catalogue in died_at_each_step(tmp_path, curated_once):
        steps += 1
        assert seen(lake, catalogue) in (before, after)
        curate_here(lake, catalogue)
        assert seen(lake, catalogue) == after
        assert_swept_clean(lake, catalogue, after)
    assert steps > 15


def assert_swept_clean(lake: FolderLake, catalogue: FolderCatalogue, after: Seen) -> None:
    """A day later nothing is left but what readers see and the log of it."""
    curate_here(lake, catalogue)
    age(lake, 2 * GRACE.total_seconds())
    curate_here(lake, catalogue)
    assert seen(lake, catalogue) == after
    for value, kept in catalogue.partitions(TRADES).items():
        folder = TRADES.folder(value)
        found = {stored.key.removeprefix(folder).split("/")[0] for stored in lake.objects(folder)}
        assert found == {"_log", kept["location"].rstrip("/").rpartition("/")[2]}
        assert len(list(lake.objects(f"{folder}_log/"))) == 1


def test_a_sweep_that_dies_at_any_step_is_made_good_by_the_next(tmp_path: Path) -> None:
    _, after = states(tmp_path / "expected")
    steps = 0
    for lake, catalogue in died_at_each_step(tmp_path, retired_long_ago):
        steps += 1
        assert_swept_clean(lake, catalogue, after)
    assert steps > 5


def test_a_sweep_that_is_overtaken_by_another_at_any_step_does_not_mind(tmp_path: Path) -> None:
    _, after = states(tmp_path / "expected")
    for step in itertools.count():
        root = tmp_path / str(step)
        lake, catalogue = retired_long_ago(root)
        other = FolderLake(root / "lake")
        passed = itertools.count()
        overtaken = []

        def overtake(operation: str) -> None:
            if next(passed) == step:  # noqa: B023
                overtaken.append(curate_here(other, catalogue))  # noqa: B023

        lake.step = overtake
        curate_here(lake, catalogue)
        assert_swept_clean(other, catalogue, after)
        if not overtaken:
            break
    assert step > 5


def test_a_run_that_stood_still_for_days_and_was_swept_commits_nothing(tmp_path: Path) -> None:
    lake, catalogue = curated_once(tmp_path)
    other = FolderLake(tmp_path / "lake")

    def sleep(operation: str) -> None:
        if operation == "uploaded":
            lake.step = nothing
            age(other, 2 * GRACE.total_seconds())
            list(stale(other, catalogue, TRADES, "256MB", NOW))  # type: ignore[arg-type]

    lake.step = sleep
    before = seen(lake, catalogue)
    with pytest.raises(CurationError, match="was deleted by another run before it was committed"):
        curate_here(lake, catalogue)
    assert seen(lake, catalogue) == before


def test_a_version_that_is_read_again_is_no_longer_retired(tmp_path: Path) -> None:
    lake, catalogue = opened(tmp_path)
    first_load(lake)
    curate_here(lake, catalogue)
    old = catalogue.partitions(TRADES)["2010"]
    second_load(lake)
    curate_here(lake, catalogue)
    curate_here(lake, catalogue)  # retires
    catalogue.publish(TRADES, "2010", old["location"], Published(*old["published"]))  # a run that was late, and died
    age(lake, 2 * GRACE.total_seconds())
    curate_here(lake, catalogue)
    assert list(lake.objects(f"{TRADES.folder('2010')}1-"))
    assert not [stored for stored in lake.objects(f"{TRADES.folder('2010')}_log/") if "retired" in stored.key]
    assert catalogue.partitions(TRADES)["2010"]["published"][0] == 2


def test_of_two_runs_that_build_the_same_version_one_wins_and_the_other_leaves_nothing(tmp_path: Path) -> None:
    lake, catalogue = opened(tmp_path)
    first_load(lake)
    other = FolderLake(tmp_path / "lake")

    def overtake(operation: str) -> None:
        if operation == "uploaded":
            lake.step = nothing
            curate_here(other, catalogue)

    lake.step = overtake
    curate_here(lake, catalogue)
    for value, kept in catalogue.partitions(TRADES).items():
        folders = {stored.key.split("/")[3] for stored in lake.objects(TRADES.folder(value))}
        assert folders == {"_log", kept["location"].rstrip("/").rpartition("/")[2]}
    assert {value: len(rows) for value, rows in seen(lake, catalogue).items()} == {"2010": 50, "2011": 50}


@pytest.mark.parametrize(
    "operation", ["list", "read", "create", "created", "download", "upload", "uploaded", "publish"]
)
def test_a_run_that_is_overtaken_at_any_step_does_not_bring_the_old_version_back(
    tmp_path: Path, operation: str
) -> None:
    """While the first run stands still, rows land and a second run curates them."""
    _, after = states(tmp_path / "expected")
    for occurrence in itertools.count():
        root = tmp_path / f"{operation}-{occurrence}"
        lake, catalogue = opened(root)
        first_load(lake)
        other, other_catalogue = opened(root)
        passed = itertools.count()
        overtaken = []

        def overtake(step: str) -> None:
            if step == operation and next(passed) == occurrence:  # noqa: B023
                second_load(other)  # noqa: B023
                curate_here(other, other_catalogue)  # noqa: B023
                overtaken.append(step)  # noqa: B023

        lake.step = catalogue.step = overtake
        run(lake, catalogue, here, "256MB", NOW)  # type: ignore[arg-type]
        if not overtaken:
            break
        assert_published_is_newest(other, other_catalogue)
        curate_here(other, other_catalogue)
        assert seen(other, other_catalogue) == after
    assert occurrence


def assert_published_is_newest(lake: FolderLake, catalogue: FolderCatalogue) -> None:
    for value, kept in catalogue.partitions(TRADES).items():
        numbers = [int(Path(stored.key).stem) for stored in lake.objects(f"{TRADES.folder(value)}_log/")]
        assert Published(*kept["published"]).version == max(numbers)


CHILD = Path(__file__).with_name("killed_child.py")


@pytest.fixture
def child() -> Iterator[Callable[[Path, int], str]]:
    """Runs the job on a folder up to a line of it; says the process's exit status and, of a whole run, its lines."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, str(CHILD)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        asked, answers = process.stdin, process.stdout
        assert asked
        assert answers

        def run_until(root: Path, line: int) -> str:
            print(line, root, file=asked, flush=True)
            return answers.readline().rstrip()

        yield run_until
        asked.close()


def nth_load(lake: FolderLake, number: int) -> None:
    rows = [("a", trade, float(number), "s", number, trade == number) for trade in range(number, 60, 3)]
    for year in (2010, 2011):
        land(lake, f"year={year}", f"load-{number}", rows)


def test_twenty_kills_at_random_lines_leave_a_correct_table(tmp_path: Path, child: Callable[[Path, int], str]) -> None:
    first_load(FolderLake(tmp_path / "counted/lake"))
    status, lines = child(tmp_path / "counted", 0).split()
    assert status == "0"
    lake, catalogue = opened(tmp_path)
    first_load(lake)
    curate_here(lake, catalogue)
    chosen = random.Random(5)
    for number in range(20):
        nth_load(lake, number)
        assert child(tmp_path, chosen.randrange(1, int(lines))) == str(-signal.SIGKILL)
        for rows in seen(lake, catalogue).values():
            assert len({row[:2] for row in rows}) == len(rows) >= 50
    curate_here(lake, catalogue)
    undisturbed = opened(tmp_path / "undisturbed")
    first_load(undisturbed[0])
    for number in range(20):
        nth_load(undisturbed[0], number)
    curate_here(*undisturbed)
    assert seen(lake, catalogue) == seen(*undisturbed)
    assert_swept_clean(lake, catalogue, seen(*undisturbed))
