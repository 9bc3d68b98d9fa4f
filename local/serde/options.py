"""The options of the JSON SerDes, with Hive's names for them.

https://docs.aws.amazon.com/athena/latest/ug/json-serde.html
https://docs.aws.amazon.com/firehose/latest/APIReference/API_Deserializer.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from local.serde.classes import HIVE_JSON


@dataclass(frozen=True)
class OpenX:
    """The OpenX JSON SerDe."""

    java_class: ClassVar[str] = "org.openx.data.JsonSerDe"

    case_insensitive: bool = True
    dots_to_underscores: bool = False
    mappings: Mapping[str, str] = field(default_factory=dict)
    """JSON keys by the names that columns and members of structs have."""
    rounds_decimals: bool = False
    """Whether decimals with more places than their column are rounded, as Athena does; Firehose refuses them."""


@dataclass(frozen=True)
class HiveJson:
    """The Hive JSON SerDe; `timestamp_formats` are Joda patterns, or `millis`."""

    java_class: ClassVar[str] = HIVE_JSON[0]

    timestamp_formats: tuple[str, ...] = ()
    rounds_decimals: bool = False
    """As for OpenX."""
