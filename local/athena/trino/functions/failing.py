"""How a function fails in the middle of a query."""

from typing import Final

_LONGEST: Final = 100_000_000
"""Characters of a text that a function here makes of short ones: the engine does not count them as its memory."""


class TrinoError(ValueError):
    """Ends the query with `CODE: message`; inside of TRY, gives NULL."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")


def invalid(message: str) -> TrinoError:
    """An argument that the function cannot take."""
    return TrinoError("INVALID_FUNCTION_ARGUMENT", message)


def check_length(characters: int) -> None:
    """Raise `TrinoError` for a text that is too long to be made."""
    if characters > _LONGEST:
        raise TrinoError("EXCEEDED_LOCAL_MEMORY_LIMIT", "Query exceeded the memory limit of this machine")


def fail(message: str) -> None:
    """What the engine calls to fail; `message` begins with the code."""
    raise TrinoError(*message.split(": ", 1))
