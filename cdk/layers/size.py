"""Lambda's limit on what a function unpacks."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024
MAX_UNZIPPED_BYTES: Final = 250 * MIB
"""A function and all its layers, unzipped.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""


class FunctionTooLargeError(Exception):
    """A function that Lambda would refuse; `sizes` says the bytes of each part."""

    def __init__(self, function: str, sizes: dict[str, int]) -> None:
        parts = ", ".join(f"{name} {size / MIB:.1f}" for name, size in sizes.items())
        super().__init__(
            f"{function}: {sum(sizes.values()) / MIB:.1f} MiB unzipped, Lambda allows 250; in MiB: {parts}; "
            "attach fewer layers or trim one"
        )
        self.sizes = sizes


def folder_bytes(folder: Path) -> int:
    """The size of all files in `folder`."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())


def check_size(function: str, folders: Iterable[Path]) -> int:
    """The unzipped bytes of a function made of `folders`; raises `FunctionTooLargeError`."""
    sizes = {folder.name: folder_bytes(folder) for folder in folders}
    if sum(sizes.values()) > MAX_UNZIPPED_BYTES:
        raise FunctionTooLargeError(function, sizes)
    return sum(sizes.values())
