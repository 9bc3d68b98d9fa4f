"""Java's date patterns, which projections use, as strftime's."""

from sqlglot.time import format_time

_PATTERNS = {
    "yyyy": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "dd": "%d",
    "DDD": "%j",
    "EEEE": "%A",
    "EEE": "%a",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%f",
    "a": "%p",
    "'T'": "T",
    "'Z'": "Z",
}


def strftime_pattern(java: str) -> str:
    """`yyyy-MM-dd'T'HH` as `%Y-%m-%dT%H`."""
    return format_time(java, _PATTERNS) or ""
