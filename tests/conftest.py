"""For all tests: how property tests run, and which tests stay together when several processes share them."""

import signal

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("standpipe", deadline=None, print_blob=True)  # machines differ: no example has a time limit
settings.load_profile("standpipe")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a run in the background: what tests start must know Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

LONG = ("e2e", "conformance", "gateway", "athena", "athena/clients", "jobs", "producers/files")
"""The folders that take longest, the longest first: no process should start one when the others have finished."""


def group(nodeid: str) -> str:
    """`tests/local/athena/clients/test_cli.py::test_x` -> `athena/clients`: a folder, or one in a folder."""
    folders = nodeid.partition("::")[0].split("/")[1:-1]
    return "/".join([folder for folder in folders if folder != "local"][:2])


class FolderScheduling(LoadScopeScheduling):
    """A folder's tests go to one process: they share a gateway, templates or a database server.

    xdist's own `loadgroup` uses marks, but pytest 9.2 no longer looks where it writes them.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FolderScheduling:
    config.option.loadscopereorder = False  # it would begin with the folders that have the most tests
    return FolderScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(group(item.nodeid), len(LONG)))
