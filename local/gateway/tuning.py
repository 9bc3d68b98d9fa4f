"""The interpreter of the gateway's process: quick to answer beside its own work, and small."""

import ctypes
import gc
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Final

_GC_THRESHOLDS: Final = (5_000, 10, 5)
"""Batches make thousands of objects at once, and Python's 700 would look through them time and again; but closed
connections are garbage that only this finds."""
_SWITCH_SECONDS: Final = 0.001
"""How long a computing thread keeps the event loop waiting; Python's 5 ms add up over the parts of a large request."""

_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2
"""Each of dozens of threads would keep an arena of memory for itself, full of holes: twice the memory in all."""


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
    """Call it when everything is imported: what is free goes back, and no garbage is looked for in what stays."""
    import pyarrow  # after `tune`

    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # its own keeps what one large buffer took
    gc.collect()
    gc.freeze()
    give_back()


def thaw() -> None:
    """Undo `settle` before the process ends: DuckDB calls a leak what Python then does not take down."""
    gc.unfreeze()


def give_back() -> None:
    """Return to the system what batches took and left free; may be called on any thread, at any time."""
    with suppress(OSError, AttributeError):  # only the GNU C library has it
        ctypes.CDLL(None).malloc_trim(0)
