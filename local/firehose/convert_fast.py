"""JSON records to columns through pyarrow's own reader, for records that leave no doubt.

Nothing here refuses a record: whatever pyarrow might read otherwise than the OpenX SerDe makes the
answer None, and the exact reader takes it.
"""

import io
import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from local.firehose.catalog import Columns
from local.firehose.config import OpenX

_READ_AS = {
    "boolean": pa.bool_(),
    "tinyint": pa.int64(),
    "smallint": pa.int64(),
    "int": pa.int64(),
    "bigint": pa.int64(),
    "float": pa.float64(),
    "double": pa.float64(),
    "string": pa.string(),
    "date": pa.string(),
    "timestamp": pa.string(),
}
_YEAR = r"(\d{3}[1-9]|\d{2}[1-9]0|\d[1-9]00|[1-9]000)"
_TEXT = {
    "date": rf"^{_YEAR}-\d{{2}}-\d{{2}}$",
    "timestamp": rf"^{_YEAR}-\d{{2}}-\d{{2}} \d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,9}})?$",
}
_SURROGATE_ESCAPES = (rb"\ud", rb"\uD")
_NO_NUMBER = re.compile(rb"[:,\[]\s*-?(?:NaN|Inf)")
_NULL_DOCUMENT = re.compile(rb"\}\s*null")
_VERY_DEEP = re.compile(rb"(?:[\[{][^\[{\]}]*+){64}")
_WHITESPACE = b" \t\r\n"


def is_eligible(columns: Columns, options: OpenX) -> bool:
    """Whether a table and its SerDe options are simple enough for the fast reader."""
    plain = options.case_insensitive and not options.dots_to_underscores and not options.mappings
    unique = len(set(columns.names)) == len(columns.names)
    return plain and unique and bool(columns.names) and all(hive.kind in _READ_AS for hive in columns.types)


def read_clean(records: Sequence[bytes], columns: Columns) -> pa.Table | None:
    """The rows of `records` as a table, or None if any of them wants the exact reader."""
    stripped = [data.strip(_WHITESPACE) for data in records]
    # A record that is cut off inside a JSON value must not join up with the next one. Each begins with an opening brace
    # and ends with a closing one, and after an unfinished value no opening brace may follow a closing one.
    if not all(data[:1] == b"{" and data[-1:] == b"}" for data in stripped):
        return None
    joined = b"\n".join(stripped) + b"\n"
    if not _is_plain(joined):
        return None
    read_as = pa.schema([(n, _READ_AS[t.kind]) for n, t in zip(columns.names, columns.types, strict=True)])
    try:
        table = pj.read_json(
            io.BytesIO(joined),
            read_options=pj.ReadOptions(block_size=len(joined) + 1, use_threads=False),
            parse_options=pj.ParseOptions(explicit_schema=read_as, unexpected_field_behavior="infer"),
        )
        others = set(table.column_names) - set(columns.names)
        if any(name.lower() in columns.names for name in others):
            return None
        return _typed(table, columns)
    except pa.ArrowException:
        return None


def _is_plain(joined: bytes) -> bool:
    """Valid UTF-8 (which pyarrow does not check), and nothing of which pyarrow is known to take another view.

    The patterns are slow: each is tried only where a substring that it needs is there.
    """
    if any(escape in joined for escape in _SURROGATE_ESCAPES):
        return False
    if (b"NaN" in joined or b"Inf" in joined) and _NO_NUMBER.search(joined):
        return False
    if b"null" in joined and _NULL_DOCUMENT.search(joined):
        return False
    nested = joined.count(b"{") + joined.count(b"[") - joined.count(b"\n")
    if nested >= 64 and _VERY_DEEP.search(joined):
        return False
    try:
        joined.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _typed(table: pa.Table, columns: Columns) -> pa.Table | None:
    arrays = []
    for field, hive in zip(columns.arrow_schema(), columns.types, strict=True):
        column = table.column(field.name)
        pattern = _TEXT.get(hive.kind)
        if pattern and pc.any(pc.invert(pc.match_substring_regex(column, pattern))).as_py():
            return None
        arrays.append(column if column.type == field.type else column.cast(field.type, safe=hive.kind != "float"))
    return pa.Table.from_arrays(arrays, schema=columns.arrow_schema())
