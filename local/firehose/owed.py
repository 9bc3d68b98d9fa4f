"""What records still owe: one outcome each; with backup also the copy; with de-aggregation one for each sub-record."""

from collections.abc import Callable, Sequence


class Owed:
    """For one thread. `done` is told the sequence numbers of records that owe no outcome any more."""

    def __init__(self, outcomes: int, done: Callable[[list[int]], None]) -> None:
        self._outcomes = outcomes
        self._done = done
        self._left: dict[int, int] = {}

    def split(self, sequence: int, parts: int) -> None:
        """From now on the record comes in so many parts, each of which owes its outcome."""
        self._left[sequence] = self._left.get(sequence, self._outcomes) + parts - 1

    def settle(self, sequences: Sequence[int]) -> None:
        """Count one outcome for each of these records; a number may stand here several times."""
        settled = []
        for sequence in sequences:
            left = self._left.pop(sequence, self._outcomes) - 1
            if left:
                self._left[sequence] = left
            else:
                settled.append(sequence)
        if settled:
            self._done(settled)
