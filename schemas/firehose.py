"""The Firehose face of a contract: where its stream writes.

Prefix expressions: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
Every prefix carries a timestamp expression, so no reading of the documentation appends one.
"""

from schemas.contract import Contract
from schemas.folders import ERRORS
from schemas.glue import location

_ARRIVED = "arrived=!{timestamp:yyyy-MM-dd}/"


def prefix(contract: Contract) -> str:
    """The keys of landed objects, e.g. `landing/fx_daily/year=!{partitionKeyFromLambda:year}/arrived=…/`."""
    if contract.partition is None:
        return f"{location(contract)}{_ARRIVED}"
    unit = contract.partition.unit
    return f"{location(contract)}{unit}=!{{partitionKeyFromLambda:{unit}}}/{_ARRIVED}"


def error_prefix(contract: Contract) -> str:
    """The keys of error objects, outside every table's location."""
    return f"{ERRORS}{contract.name}/!{{firehose:error-output-type}}/{_ARRIVED}"
