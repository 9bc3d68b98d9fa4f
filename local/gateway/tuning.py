"""Settings of the gateway's process: responsive while it works, and small."""

import ctypes
import gc
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Final

_GC_THRESHOLDS: Final = (5_000, 10, 5)
"""Batches create thousands of objects at a time, and with Python's 700 they would be scanned again and again; but
closed connections are cycles that only the collector finds."""
_SWITCH_SECONDS: Final = 0.001
"""How long a computing thread keeps the event loop waiting; Python's 5 ms add up over the parts of a large request."""

_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2
"""Each of dozens of threads would keep a fragmented arena of its own: twice the memory in total."""


class _WithoutPandas(MetaPathFinder):
    """Hides pandas: pyarrow and DuckDB import it wherever it is installed, and nothing here uses it."""

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> None:
        """Raise ModuleNotFoundError for pandas."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not used in the gateway: 40 MB and half a second", name=name)


def tune() -> None:
    """Call it before anything large is imported and before there are threads."""
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _WithoutPandas())
    gc.set_threshold(*_GC_THRESHOLDS)
    sys.setswitchinterval(_SWITCH_SECONDS)
    with suppress(OSError, AttributeError):  # only the GNU C library has it
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def settle() -> None:
    """Call it when everything is imported: returns free memory, and exempts the rest from garbage collection."""
    import pyarrow  # after `tune`

    pyarrow.set_memory_pool(
        pyarrow.system_memory_pool()
    )  # its default pool does not return the memory of a large buffer
    gc.collect()
    gc.freeze()
    give_back()


def thaw() -> None:
    """Undo `settle` before the process ends: DuckDB reports a leak for what Python then does not free."""
    gc.unfreeze()


def give_back() -> None:
    """Return freed memory to the system; callable from any thread, at any time."""
    with suppress(OSError, AttributeError):  # only the GNU C library has it
        ctypes.CDLL(None).malloc_trim(0)
