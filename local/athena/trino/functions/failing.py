"""How a function fails in the middle of a query."""


class TrinoError(ValueError):
    """Ends the query with `CODE: message`; inside of TRY, gives NULL."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")


def invalid(message: str) -> TrinoError:
    """An argument that the function cannot take."""
    return TrinoError("INVALID_FUNCTION_ARGUMENT", message)


def fail(message: str) -> None:
    """What the engine calls to fail; `message` begins with the code."""
    raise TrinoError(*message.split(": ", 1))
