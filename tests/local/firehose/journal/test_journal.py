"""The journal against a model of it: whatever crashes or fails, what was acknowledged and not delivered is there."""

import errno
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from local.firehose.journal import segment as segments
from local.firehose.journal.frames import decode_done, encode_done, encode_frame, frame_records, ranges, whole_frames
from local.firehose.journal.journal import START, Journal
from tests.local.firehose.journal.failing_disk import failing

PAYLOADS = st.lists(st.binary(max_size=12), min_size=1, max_size=4)


class JournalMachine(RuleBasedStateMachine):
    """Puts, deliveries, restarts and failures in any order; `expected` are the acknowledged, undelivered records."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = Path(self.scratch.name) / "journal"
        self.journal = Journal(self.folder, segment_bytes=120)
        self.expected: dict[int, bytes] = {}
        self.given: set[int] = set()
        self.refused: set[bytes] = set()
        self.forgotten: set[int] = set()
        self.torn = False
        """Whether a note is torn on disk: those after it are not read after a restart."""

    @rule(payloads=PAYLOADS)
    def put(self, payloads: list[bytes]) -> None:
        numbers = self.journal.append(7, payloads)
        assert self.given.isdisjoint(numbers), "a sequence number was given out twice"
        self.given.update(numbers)
        self.expected.update(zip(numbers, payloads, strict=True))

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        delivered = data.draw(st.sets(st.sampled_from(sorted(self.expected)), min_size=1))
        self.journal.done(delivered)
        for number in delivered:
            del self.expected[number]
        if self.torn:
            self.forgotten |= delivered

    @rule(
        payloads=PAYLOADS,
        call=st.sampled_from(["write", "fdatasync", "open"]),
        also_truncate=st.booleans(),
        written=st.integers(0, 60),
    )
    def put_on_a_failing_disk(self, payloads: list[bytes], call: str, also_truncate: bool, written: int) -> None:
        try:
            with failing(call, written=written):
                if also_truncate:
                    with failing("ftruncate"):
                        self.put(payloads)
                else:
                    self.put(payloads)
        except OSError:
            self.refused.update(payloads)

    @precondition(lambda self: self.expected)
    @rule(written=st.integers(0, 60), also_truncate=st.booleans())
    def deliver_on_a_full_disk(self, written: int, also_truncate: bool) -> None:
        number = min(self.expected)
        with failing("write", written=written):
            if also_truncate:
                with failing("ftruncate"):
                    self.journal.done([number])
            else:
                self.journal.done([number])
        del self.expected[number]
        self.forgotten.add(number)
        self.torn = self.torn or also_truncate

    @rule()
    def close(self) -> None:
        self.journal.close()
        self._reopen()

    @rule(payloads=PAYLOADS, cut=st.integers(0, 100))
    def crash_during_a_put(self, payloads: list[bytes], cut: int) -> None:
        """The frame is on disk up to any byte, and the put was not answered."""
        newest = max(self.folder.glob("*.frames"), default=None)
        if newest is not None and self.journal._descriptor is not None:
            frame = encode_frame(self.journal._next, 7, payloads)
            with newest.open("ab") as file:
                file.write(frame[: max(0, len(frame) - cut)])
            self.refused.update(payloads)
        self._reopen()

    @rule(cut=st.integers(1, 30), which=st.integers(0, 3))
    def crash_before_the_notes_are_on_disk(self, cut: int, which: int) -> None:
        """A power cut takes any part of what was noted as delivered; it may be delivered again."""
        notes = sorted(self.folder.glob("*.done"))
        if notes:
            path = notes[which % len(notes)]
            os.truncate(path, max(0, path.stat().st_size - cut))
            self.forgotten |= self.given - set(self.expected)
        self._reopen()

    @rule(which=st.integers(0, 3))
    def crash_while_a_segment_is_deleted(self, which: int) -> None:
        """Of a segment that is delivered, the frames are gone and the notes are still there."""
        first = max(self.given, default=0) + 1
        (self.folder / f"{first + which:020d}.done").write_bytes(bytes(40))
        self._reopen()

    @invariant()
    def everything_acknowledged_is_there(self) -> None:
        found = {record.sequence: record.data for record in self.journal.undelivered()}
        assert self.expected.items() <= found.items()
        for number in found.keys() - self.expected.keys():
            assert number in self.forgotten or found[number] in self.refused

    def teardown(self) -> None:
        self.journal.close()
        self.scratch.cleanup()

    def _reopen(self) -> None:
        self.journal = Journal(self.folder, segment_bytes=120)


JournalMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestJournal = JournalMachine.TestCase


def test_numbers_are_not_given_out_again_after_everything_was_delivered(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", segment_bytes=10)
    for _ in range(3):
        journal.done(journal.append(1, [b"one", b"two"]))
    journal.close()
    for first in (7, 8, 9):
        journal = Journal(tmp_path / "journal")
        assert journal.undelivered() == []
        assert list(journal.append(1, [b"x"])) == [first]
        journal.done([first])
        journal.close()


def test_a_note_that_was_cut_short_does_not_spoil_the_notes_after_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(1, [b"%d" % number for number in range(300)])
    journal.done([1])
    journal.close()
    [path] = (tmp_path / "journal").glob("*.done")
    with path.open("ab") as file:
        file.write(b"\x02\x00\x00")  # a crash in the middle of noting 2
    for delivered in (3, 5):
        journal = Journal(tmp_path / "journal")
        journal.done([delivered])
        journal.close()
    found = [record.sequence for record in Journal(tmp_path / "journal").undelivered()]
    assert found == [2, 4, *range(6, 301)]


def test_a_frame_behind_a_failed_write_is_found_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(1, [b"before"])
    with pytest.raises(OSError, match="write fails"), failing("ftruncate"), failing("write", written=9):
        journal.append(1, [b"refused"])
    journal.append(1, [b"behind"])
    assert [record.data for record in Journal(tmp_path / "journal").undelivered()] == [b"before", b"behind"]


def test_a_failed_roll_loses_nothing_and_recovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "journal", segment_bytes=10)
    journal.append(1, [b"fills the segment"])

    def fail(folder: Path) -> None:
        raise OSError(errno.EIO, "the folder cannot be synced")

    with monkeypatch.context() as patched:
        patched.setattr(segments, "sync_folder", fail)
        with pytest.raises(OSError, match="cannot be synced"):
            journal.append(1, [b"refused"])
    journal.append(1, [b"later"])
    assert [record.data for record in journal.undelivered()] == [b"fills the segment", b"later"]


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", segment_bytes=100)
    assert journal.read(START) == ([], START)
    journal.append(1, [b"one"])
    records, position = journal.read(START)
    assert [record.data for record in records] == [b"one"]
    assert journal.read(position) == ([], position)
    journal.append(1, [bytes(200)])
    journal.append(1, [b"three"])
    found = []
    while records:
        records, position = journal.read(position)
        found += [record.sequence for record in records]
    assert found == [2, 3]


def test_segments_go_when_all_of_them_is_delivered(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=100)
    numbers = [number for _ in range(5) for number in journal.append(1, [bytes(60), bytes(60)])]
    assert len(list(tmp_path.glob("*.frames"))) == 5
    journal.done(numbers[:3])
    journal.done([3, 3])
    assert len(list(tmp_path.glob("*.frames"))) == 4
    assert [record.sequence for record in journal.undelivered()] == [4, 5, 6, 7, 8, 9, 10]
    journal.done(range(4, 11))
    journal.close()
    assert len(list(tmp_path.glob("*.frames"))) == 1
    reopened = Journal(tmp_path)
    assert reopened.undelivered() == []
    assert list(reopened.append(2, [b"x"])) == [11]
    reopened.close()


def test_puts_of_many_threads_get_their_own_numbers(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=2000)
    numbers: list[int] = []

    def append(name: int) -> None:
        for count in range(20):
            numbers.extend(journal.append(1, [b"%d" % name] * (count % 3 + 1)))

    threads = [threading.Thread(target=append, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 8 * 39 + 1))
    assert [record.sequence for record in journal.undelivered()] == sorted(numbers)
    journal.close()


@given(
    st.lists(st.lists(st.binary(max_size=20), min_size=1, max_size=4), max_size=5), st.integers(0, 200), st.booleans()
)
def test_a_torn_segment_gives_back_its_whole_frames(puts: list[list[bytes]], cut: int, damage: bool) -> None:
    frames: list[bytes] = []
    first = 1
    for payloads in puts:
        frames.append(encode_frame(first, 5, payloads))
        first += len(payloads)
    whole = b"".join(frames)
    kept = whole[: max(0, len(whole) - cut)] + (b"\x00" * min(cut, len(whole)) if damage else b"")
    survivors = [record.data for frame in whole_frames(kept) for record in frame_records(frame)]
    expected = [data for payloads in puts for data in payloads]
    assert survivors == expected[: len(survivors)]
    assert cut > 0 or survivors == expected


@given(st.sets(st.integers(1, 60)))
def test_ranges_name_every_number_once(numbers: set[int]) -> None:
    assert sorted(n for first, last in ranges(sorted(numbers)) for n in range(first, last + 1)) == sorted(numbers)


@given(st.sets(st.integers(1, 60)), st.integers(0, 100), st.integers(1, 255))
def test_notes_that_are_cut_or_damaged_end_there(numbers: set[int], cut: int, damage: int) -> None:
    notes = encode_done(sorted(numbers))
    kept = bytearray(notes[: max(0, len(notes) - cut)])
    if kept and cut % 2:
        kept[-1] ^= damage
    found, whole = decode_done(bytes(kept))
    assert whole <= len(kept)
    assert {n for first, last in found for n in range(first, last + 1)} <= numbers
    assert cut > 0 or whole == len(notes)


def test_a_full_disk_refuses_the_put_and_harms_no_other(tmp_path: Path) -> None:
    repository = Path(__file__).parents[4]
    script = """
import resource, signal, sys
from pathlib import Path
from local.firehose.journal.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
journal = Journal(Path(sys.argv[1]))
journal.append(1, [b"a" * 3000])
try:
    journal.append(1, [b"b" * 3000])
except OSError:
    print("refused")
print([record.data[:1] for record in Journal(Path(sys.argv[1])).undelivered()])
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout == "refused\n[b'a']\n"
