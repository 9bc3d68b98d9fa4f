"""Lambda's limit on what a function unpacks."""

import zipfile
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


def unzipped_bytes(part: Path) -> int:
    """The size of all files in a folder or an archive."""
    if part.is_dir():
        return sum(file.lstat().st_size for file in part.rglob("*") if file.is_file())
    with zipfile.ZipFile(part) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def check_size(function: str, parts: Iterable[Path]) -> int:
    """The unzipped bytes of a function made of `parts`, folders or archives; raises `FunctionTooLargeError`."""
    sizes = {part.stem: unzipped_bytes(part) for part in parts}
    if sum(sizes.values()) > MAX_UNZIPPED_BYTES:
        raise FunctionTooLargeError(function, sizes)
    return sum(sizes.values())
