"""What Firehose refuses, asked without a stream."""

from collections.abc import Mapping
from typing import Any

from local.firehose.configuration.description import describe_destination
from local.firehose.configuration.rules import check_destination


def check_configuration(configuration: Mapping[str, Any]) -> None:
    """Raise InvalidArgumentException if a stream cannot have this ExtendedS3DestinationConfiguration.

    Also for the properties of a template, whose ARNs may be references that are not resolved yet.
    """
    check_destination(describe_destination(configuration))
