"""A run that stops reading has time to put what it has packed, even to a throttled stream."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from delivery.limits import MIB
from delivery.packing import MAX_HELD_BYTES
from producers.files.job import HAND_ON_SECONDS
from tests.delivery.busy_firehose import BusyFirehose, Clock
from tests.delivery.test_throttling import RUN_SECONDS, load, records


@pytest.mark.parametrize(("functions", "packed"), [(1, MAX_HELD_BYTES), (5, 16 * MIB)])
def test_what_is_packed_when_the_time_is_up_is_put(functions: int, packed: int) -> None:
    clock = Clock()
    firehose = BusyFirehose(clock, 1)
    names = [f"function-{number}" for number in range(functions)]
    sleeps = {name: clock.begin(name) for name in names}

    def read(name: str) -> Iterator[bytes]:
        for record in records(name, 1024):
            if RUN_SECONDS - clock.now < HAND_ON_SECONDS:
                break
            yield record
        yield from records(f"{name}-packed", packed // MIB)

    with ThreadPoolExecutor(functions) as running:
        done = list(running.map(lambda name: load(firehose, clock, name, read(name), sleeps[name]), names))
    assert [each.parked for each in done] == [0] * functions
    assert clock.now > RUN_SECONDS - HAND_ON_SECONDS
