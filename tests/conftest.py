"""For all tests: how property tests run, and which tests stay together when several processes share them."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("standpipe", deadline=None, print_blob=True)  # machines differ: no example is judged by time
settings.load_profile("standpipe")

_TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A folder's tests go to one process: they share a gateway, templates or a database server."""
    for item in items:
        folder = item.path.relative_to(_TESTS).parent
        item.add_marker(pytest.mark.xdist_group("/".join(folder.parts[:2])))
