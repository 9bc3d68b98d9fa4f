"""How Firehose refuses a configuration, whichever rule it breaks."""

from typing import NoReturn

from local.protocol import AwsError


def refuse(message: str) -> NoReturn:
    """Raise InvalidArgumentException."""
    raise AwsError("InvalidArgumentException", message)


def not_here(what: str, instead: str) -> NoReturn:
    """Raise InvalidArgumentException for what AWS has and this Firehose has not."""
    refuse(f"{what} is not available in this local Firehose; use {instead}. See docs/firehose-conformance.md.")
