"""A file that cannot be put is refused with what to do."""

from pathlib import Path

import pytest

from standpipe.connection import Connection
from standpipe.datasets import NotDeployedError
from standpipe.putting import put_file

TRADES = Path(__file__).parents[2] / "standpipe" / "samples" / "trades.csv"


def test_a_dataset_that_is_not_deployed_yet_says_how_to_deploy_it(account: Connection) -> None:
    with pytest.raises(NotDeployedError, match=r"trades .* not deployed yet: stop `standpipe up` and start it again"):
        put_file(account, "trades", TRADES)
