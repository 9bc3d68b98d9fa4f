"""Why a whole file cannot be read."""

from typing import Final

DROP_AGAIN: Final = "drop it again; rows are keyed, so nothing is duplicated"
"""What helps with a file that was read in part."""


class FileError(Exception):
    """A file that cannot be read at all, or not to its end. Reading it again would not help.

    `uri` names the file; the message adds what was found in it and what would be right.
    """

    def __init__(self, uri: str, found: str, valid: str) -> None:
        super().__init__(f"{uri}: {found}; {valid}")
        self.uri = uri
        self.reason = f"{found}; {valid}"
