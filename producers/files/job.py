"""The work on one dropped object: claimed, read to its end or until the time is up, written down."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from delivery.limits import MIB
from delivery.putting import UndeliveredError
from producers.files.errors import DROP_AGAIN, FileError
from producers.files.formats import chunks
from producers.files.formats.reading import START, Chunk, Position
from producers.files.formats.splitting import boundaries, is_splittable
from producers.files.formats.streams.opening import Opened, open_file, options_of
from producers.files.items import RaceError, Taken
from producers.files.notifications import Dropped, Part, dropped_message, part_message
from producers.files.progress import Progress, Skip
from producers.files.rows import Reading
from producers.files.stored import ChangedError, ObjectStream, S3Client, Stored
from producers.loading import Destination, Load, load
from producers.progress import Table
from schemas.contract import Contract

HAND_ON_SECONDS: Final = 240
"""Time that is left when a run stops reading: enough to put what is packed, even to a throttled stream. Five functions
that share 1 MiB a second put 40 MiB each in it."""

LATER: Final = (UndeliveredError, ClientError, BotoCoreError, ChangedError, RaceError, ConnectionError)
"""What may go better another time, and is not the file's fault."""

Outcome = Literal["landed", "refused", "handed on", "planned", "duplicate", "superseded", "busy"]


@dataclass(frozen=True)
class Sizes:
    """Files above `large` bytes are read in parts of `part` bytes by as many functions as may run."""

    large: int = 256 * MIB
    part: int = 256 * MIB


@dataclass(frozen=True)
class Context:
    """What loading files needs of the world.

    `table` is boto3's Table of progress, `send` puts a message into the queue that announces files, `seconds_left`
    says how long this run may still take. `is_last`: the message that is worked on does not come again.
    """

    s3: S3Client
    table: Table
    contracts: Mapping[str, Contract]
    to: Destination
    send: Callable[[str], None]
    seconds_left: Callable[[], float]
    sizes: Sizes = Sizes()
    is_last: bool = False


@dataclass(frozen=True)
class Report:
    """What became of a file or part, and why."""

    outcome: Outcome
    reason: str = ""
    load: Load | None = None


class Job:
    """The work on one object."""

    def __init__(self, context: Context, contract: Contract, progress: Progress, stored: Stored) -> None:
        self._context = context
        self._contract = contract
        self._progress = progress
        self._stored = stored

    def file(self, file: Dropped, body: ObjectStream) -> Report:
        """Read a whole file, or plan its parts when it is large."""
        taken = self._progress.claim_file(self._stored, file.sequencer)
        if isinstance(taken, Skip):
            return self._skipped(taken, file, body)
        with self._attempt(taken):
            self._progress.begin(self._stored, lambda copy: self._context.send(dropped_message(copy)))
            return self._file(body, taken)

    def part(self, body: ObjectStream, part: Part) -> Report:
        """Read one part, or find the parts from it on, unless its file was dropped again since."""
        if not self._progress.is_current(self._stored):
            return Report("superseded", f"a later content of {self._stored.uri} was dropped since")
        taken = self._progress.claim_part(self._stored, part)
        if isinstance(taken, Skip):
            return Report(taken.outcome, taken.reason)
        with self._attempt(taken):
            return self._plan_on(body, part, taken) if part.plan else self._part(body, part, taken)

    def _file(self, body: ObjectStream, taken: Taken) -> Report:
        parts = self._progress.parts(self._stored) if taken.attempt > 1 else []
        at = _start(parts[-1]) if parts else START
        try:
            self._check_deaths(taken)
            if parts:
                return self._planned_from(body, parts[-1])
            opened = self._opened(body)
            if self._stored.size > self._context.sizes.large and is_splittable(opened):
                return self._planned(opened, START)
            found = chunks(opened, self._contract)
        except FileError as error:
            found = _failing(error, at)
        reading, done = self._read(found, START, taken)
        if reading.error:
            self._progress.refused(taken)
        elif reading.stopped:
            rest = self._progress.add_part(self._stored, reading.position, None)
            self._progress.all_planned(self._stored)
            self._context.send(part_message(rest))
        else:
            self._progress.landed(taken)
        return _report(reading, done)

    def _part(self, body: ObjectStream, part: Part, taken: Taken) -> Report:
        start = _start(part)
        try:
            self._check_deaths(taken)
            found = chunks(self._opened(body), self._contract, start, part.end)
        except FileError as error:
            found = _failing(error, start)
        reading, done = self._read(found, start, taken)
        if reading.error:
            self._progress.file_refused(self._stored)
        elif reading.stopped:
            self._context.send(part_message(self._progress.add_part(self._stored, reading.position, part.end)))
        self._progress.part_done(taken)
        self._progress.finish(self._stored)
        return _report(reading, done)

    def _plan_on(self, body: ObjectStream, part: Part, taken: Taken) -> Report:
        """Find the parts from `part` on; where that cannot be done, the rest of the file is refused."""
        try:
            self._check_deaths(taken)
            report = self._planned(self._opened(body), _start(part))
        except FileError as error:
            reading, done = self._read(_failing(error, _start(part)), START, taken)
            self._progress.file_refused(self._stored)
            report = _report(reading, done)
        self._progress.part_done(taken)
        return report

    def _planned_from(self, body: ObjectStream, last: Part) -> Report:
        """Find the parts from `last` on, the last one that is known; its message may not have been sent."""
        if last.end is None:
            self._context.send(part_message(last))
            return self._all_planned()
        return self._planned(self._opened(body), _start(last))

    def _planned(self, opened: Opened, start: Position) -> Report:
        for position in boundaries(opened, self._contract, start, self._context.sizes.part):
            self._context.send(part_message(self._progress.add_part(self._stored, start, position.at)))
            start = position
            if self._is_up():
                self._context.send(part_message(self._rest(start, plan=True)))
                return Report("planned", f"parts up to byte {start.at:,}; the others are still to be found")
        self._context.send(part_message(self._progress.add_part(self._stored, start, None)))
        return self._all_planned()

    def _all_planned(self) -> Report:
        self._progress.all_planned(self._stored)
        self._progress.finish(self._stored)
        return Report("planned", "all parts are in the queue")

    @contextmanager
    def _attempt(self, taken: Taken) -> Iterator[None]:
        """An attempt at `taken`. One that ends by an error of others is not held against the file."""
        try:
            yield
        except LATER:
            self._progress.failed(taken)
            raise

    def _check_deaths(self, taken: Taken) -> None:
        """Raises `FileError` for what has ended its readers before, when the message does not come again.

        Read once more, it might vanish: from a reader that ends so comes no report.
        """
        if self._context.is_last and taken.deaths:
            often = "once" if taken.deaths == 1 else f"{taken.deaths} times"
            found = f"reading it has ended the function {often}, as too large, too slow or malformed content does"
            raise FileError(self._stored.uri, found, f"save it again, best as plain CSV, and {DROP_AGAIN}")

    def _read(self, found: Iterator[Chunk], start: Position, taken: Taken) -> tuple[Reading, Load]:
        reading = Reading(found, self._is_up, self._stored.uri)
        source = self._source(start, taken)
        name, to, at = self._contract.name, self._context.to, self._stored.written(taken.revision)
        return reading, load(reading.items(), name, source, to, reading.note, read_at=at)

    def _source(self, start: Position, taken: Taken) -> str:
        """What the rows say they are from. Each attempt has a name of its own, so it is reconciled by itself.

        Sorted as text, parts are in the order of the file: of versions read at one time, views keep the last source's.
        """
        attempt = f"&attempt={taken.attempt}" if taken.attempt > 1 else ""
        at = f"#at={start.at:014}" if start.at else ""
        return f"{self._stored.source}{attempt}{at}"

    def _rest(self, start: Position, plan: bool) -> Part:
        stored = self._stored
        return Part(stored.bucket, stored.key, stored.version, stored.etag, start.at, start.line, plan=plan)

    def _skipped(self, skip: Skip, file: Dropped, body: ObjectStream) -> Report:
        if skip.duplicate_of:
            if not self._progress.left_out(self._stored, file.sequencer):
                return self.file(file, body)
            load([], self._contract.name, self._stored.source, self._context.to, lambda: skip.reason)
        return Report(skip.outcome, skip.reason)

    def _opened(self, body: ObjectStream) -> Opened:
        return open_file(self._stored.uri, self._stored.key, body, options_of(self._contract))

    def _is_up(self) -> bool:
        return self._context.seconds_left() < HAND_ON_SECONDS


def _report(reading: Reading, done: Load) -> Report:
    if reading.error:
        return Report("refused", reading.error.reason, done)
    return Report("handed on" if reading.stopped else "landed", reading.note(), done)


def _failing(error: FileError, at: Position) -> Iterator[Chunk]:
    """The chunks of a file that cannot be read from `at` on."""
    yield Chunk((), at)
    raise error


def _start(part: Part) -> Position:
    return Position(part.at, part.line)
