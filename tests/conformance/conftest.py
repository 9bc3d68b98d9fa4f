"""One gateway for the whole table."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.gateway.running import running_gateway

pytest.register_assert_rewrite("tests.conformance.firehose_table")

SPEED = 600


@pytest.fixture(scope="session")
def arranged_table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """All rows that this run has selected, arranged."""
    from tests.conformance.firehose_table.arranged import Table
    from tests.conformance.firehose_table.aws import Clients

    items = [item for item in request.session.items if "arranged_table" in getattr(item, "fixturenames", ())]
    with running_gateway(tmp_path_factory.mktemp("data"), speed=SPEED) as gateway:
        table = Table(Clients(gateway.url), [item.callspec.params["row"] for item in items])  # type: ignore[attr-defined]
        yield table
        table.close()
