"""How Firehose refuses a configuration."""

from typing import NoReturn

from local.protocol import AwsError


def refuse(message: str) -> NoReturn:
    """Raise InvalidArgumentException."""
    raise AwsError("InvalidArgumentException", message)


def not_here(what: str, instead: str) -> NoReturn:
    """Raise InvalidArgumentException for what AWS supports and this Firehose does not."""
    refuse(f"{what} is not available in this local Firehose; use {instead}. See docs/firehose-conformance.md.")
