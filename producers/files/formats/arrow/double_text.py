"""Columns of doubles as plain text.

To find a double's shortest text takes several times as long as to write a whole number, and most numbers in finance are
whole, or so many hundredths or ten-thousandths.
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_PLACES: Final = (0, 2, 4)
"""Decimal places, as in volumes, prices and exchange rates."""
_PLAIN_DOUBLES: Final = 10**10
"""Whole numbers of at least so much are written with an exponent when they are doubles."""
_MINUS_ZERO: Final = -(2**63)
"""The bits of -0.0, as a whole number."""


def double_text(values: pa.Array) -> pa.Array:
    """The doubles as text that means exactly them."""
    one = next((value.as_py() for value in values if value.is_valid), None)
    for places in _PLACES:
        if one is not None and one == round(one, places) and (whole := _counts(values, places)) is not None:
            return (whole.view(pa.decimal64(18, places)) if places else whole).cast(pa.string())
    return values.cast(pa.string())


def _counts(values: pa.Array, places: int) -> pa.Array | None:
    """The doubles as counts of 10^-`places`; None when one is not such a count, minus zero or too large."""
    scale = 10.0**places
    try:
        whole = (pc.round(pc.multiply(values, scale)) if places else values).cast(pa.int64())
        if places and not pc.divide(whole.cast(pa.float64()), scale).equals(values):
            return None
    except pa.ArrowInvalid:  # parts, infinities, or more than an integer holds
        return None
    ends = pc.min_max(whole)
    if not -_PLAIN_DOUBLES < ends["min"].as_py() <= ends["max"].as_py() < _PLAIN_DOUBLES:
        return None
    return whole if pc.index(values.view(pa.int64()), _MINUS_ZERO).as_py() < 0 else None
