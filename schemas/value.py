"""What every part of a contract is made of."""

from msgspec import Struct


class Value(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything a contract is made of: immutable, and an unknown key is an error."""


class Schedule(Value, frozen=True):
    """When a scheduled producer runs: an EventBridge Scheduler expression and its time zone."""

    expression: str
    timezone: str = "UTC"
