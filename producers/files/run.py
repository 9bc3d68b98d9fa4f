"""One dropped file, or a part of one: found, claimed, read, put.

A file that cannot be read, or not to its end, is reported in the quarantine and in `loads`, and stays in the bucket.
"""

from collections.abc import Mapping
from typing import Final

from producers.files.errors import FileError
from producers.files.job import Context, Job, Report
from producers.files.notifications import Dropped, Part
from producers.files.progress import Progress
from producers.files.rows import rejected
from producers.files.stored import open_object
from producers.loading import load
from schemas.contract import Contract, Internal
from schemas.folders import AD_HOC, DROP

_NO_DATASET: Final = "-"


def load_file(file: Dropped, message: str, context: Context) -> Report | None:
    """Put the rows of `file`, whose key `drop/<dataset>/…` names the dataset; None for one under `drop/adhoc/`.

    `message` names the message that announced it: the same one again is a retry, another one a duplicate. Raises
    `UndeliveredError` and boto3's errors.
    """
    if file.key.startswith(AD_HOC):  # the crawler makes tables of these
        return None
    uri = f"s3://{file.bucket}/{file.key}"
    dataset = file.key.removeprefix(DROP).partition("/")[0]
    try:
        contract = _contract(uri, dataset, file, context.contracts)
        stored, body = open_object(file, context.s3)
    except FileError as error:
        reason = error.reason
        done = load([rejected(error)], dataset or _NO_DATASET, uri, context.to, lambda: reason)
        return Report("refused", reason, done)
    with body:
        progress = Progress(context.table, dataset, message, context.to.now)
        return Job(context, contract, progress, stored).file(file, body)


def load_part(part: Part, message: str, context: Context) -> Report:
    """Put the rows of a part of a file, or find the parts that are still to be read; raises as `load_file` does."""
    dataset = part.key.removeprefix(DROP).partition("/")[0]
    try:
        stored, body = open_object(part.dropped, context.s3)
    except FileError as error:
        return Report("superseded", error.reason)
    with body:
        if stored.etag != part.etag:
            return Report("superseded", f"{stored.uri} was written again since")
        progress = Progress(context.table, dataset, message, context.to.now)
        return Job(context, context.contracts[dataset], progress, stored).part(body, part)


def _contract(uri: str, dataset: str, file: Dropped, contracts: Mapping[str, Contract]) -> Contract:
    known = {name: contract for name, contract in contracts.items() if not isinstance(contract.source, Internal)}
    if not file.key.startswith(DROP) or dataset not in known:
        found = f"its key {file.key!r} names no dataset"
        raise FileError(uri, found, f"drop it as {DROP}<dataset>/<file>, where <dataset> is one of {', '.join(known)}")
    return known[dataset]
