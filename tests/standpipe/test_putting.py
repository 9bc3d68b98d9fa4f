"""A file is put, in the end; one that cannot be is refused with what to do."""

from pathlib import Path
from typing import Any

import pytest

from cdk.config import environment
from delivery.retrying import MAX_ATTEMPTS
from standpipe.connection import Connection
from standpipe.datasets import NotDeployedError
from standpipe.putting import put_file
from tests.delivery.fake_firehose import FakeFirehose

TRADES = Path(__file__).parents[2] / "standpipe" / "samples" / "trades.csv"


def test_a_dataset_that_is_not_deployed_yet_says_how_to_deploy_it(account: Connection) -> None:
    with pytest.raises(NotDeployedError, match=r"trades .* not deployed yet: stop `standpipe up` and start it again"):
        put_file(account, "trades", TRADES)


class Throttled(Connection):
    """A Firehose that takes the first record after many attempts."""

    firehose = FakeFirehose([{0}] * 3 * MAX_ATTEMPTS)

    def client(self, service: str) -> Any:
        assert service == "firehose"
        return self.firehose


def test_a_throttled_stream_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standpipe.putting.time.sleep", lambda seconds: None)
    connection = Throttled(environment("local"), None)
    assert put_file(connection, "trades", TRADES).undelivered == 0
    assert len(connection.firehose.calls) > 3 * MAX_ATTEMPTS


class Willing(Connection):
    """A Firehose that takes everything."""

    def client(self, service: str, config: Any = None) -> Any:
        return FakeFirehose()


def test_a_column_that_the_file_lacks_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(TRADES.read_text(encoding="utf-8").replace("fees", "frais", 1), encoding="utf-8")
    done = put_file(Willing(environment("local"), None), "trades", file)
    assert done.note == "no column fees, which is NULL in all rows; not read: frais"
