"""A Firehose that is killed at random moments under load loses nothing that it has acknowledged."""

import os
from pathlib import Path

from local.gateway.running import RunningGateway
from tests.local.gateway.kills import kill_again_and_again

KILLS = int(os.environ.get("STANDPIPE_KILLS", "6"))
"""The long form: `STANDPIPE_KILLS=100 pytest tests/local/gateway/test_kills.py -s`."""


def test_no_acknowledged_record_is_lost(gateway: RunningGateway, tmp_path: Path) -> None:
    counted = kill_again_and_again(KILLS, gateway.url, tmp_path, seed=KILLS)
    print(f"{KILLS} kills: {counted}")  # noqa: T201 - the numbers of the long form
    assert counted["acknowledged"] > 100 * KILLS
