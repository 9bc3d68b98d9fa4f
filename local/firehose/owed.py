"""Outcomes that records still owe: one each, one more with a backup, and one for each sub-record if de-aggregated."""

from collections.abc import Callable, Sequence


class Owed:
    """For one thread. `done` gets the sequence numbers of records that owe no more outcomes."""

    def __init__(self, outcomes: int, done: Callable[[list[int]], None]) -> None:
        self._outcomes = outcomes
        self._done = done
        self._left: dict[int, int] = {}

    def split(self, sequence: int, parts: int) -> None:
        """The record now has this many parts, each of which owes an outcome."""
        self._left[sequence] = self._left.get(sequence, self._outcomes) + parts - 1

    def settle(self, sequences: Sequence[int]) -> None:
        """Count one outcome for each of these records; numbers may repeat."""
        settled = []
        for sequence in sequences:
            left = self._left.pop(sequence, self._outcomes) - 1
            if left:
                self._left[sequence] = left
            else:
                settled.append(sequence)
        if settled:
            self._done(settled)
