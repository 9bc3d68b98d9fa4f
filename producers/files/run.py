"""One dropped file: found, read, put. One that cannot be read is told of in the quarantine and stays in the bucket."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from delivery.packing import Leaf, Row
from producers.files import delimited, documents
from producers.files.errors import FileError
from producers.files.notices import Dropped
from producers.files.opening import DAMAGED, Opened, open_file
from producers.loading import Destination, Load, load, quarantine
from producers.rejects import Reject
from schemas.contract import Contract, Internal

_PREFIX: Final = "drop/"
_ADHOC: Final = "drop/adhoc/"
"""Files here are tables of their own: the crawler's, not ours."""


class S3Client(Protocol):
    """The one call of boto3's S3 client that is needed here."""

    def get_object(self, **request: Any) -> Any: ...


def load_file(file: Dropped, s3: S3Client, contracts: Mapping[str, Contract], to: Destination) -> Load | None:
    """Put the rows of `file`, whose key `drop/<dataset>/…` names the dataset; None for one under `drop/adhoc/`.

    Raises `FileError` after it has written the reason to the quarantine, `UndeliveredError`, and boto3's errors.
    """
    if file.key.startswith(_ADHOC):
        return None
    uri = f"s3://{file.bucket}/{file.key}"
    dataset = file.key.removeprefix(_PREFIX).partition("/")[0]
    try:
        contract = _contract(uri, dataset, file, contracts)
        answer = _object(uri, file, s3)
        source = _source(uri, answer)
        return load(rows(open_file(uri, file.key, answer["Body"]), contract), dataset, source, to)
    except FileError as error:
        quarantine(Reject("parse", error.reason, uri), dataset, uri, to)
        raise


def _contract(uri: str, dataset: str, file: Dropped, contracts: Mapping[str, Contract]) -> Contract:
    known = {name: contract for name, contract in contracts.items() if not isinstance(contract.source, Internal)}
    if not file.key.startswith(_PREFIX) or dataset not in known:
        found = f"its key {file.key!r} names no dataset"
        raise FileError(
            uri, found, f"drop it as {_PREFIX}<dataset>/<file>, where <dataset> is one of {', '.join(known)}"
        )
    return known[dataset]


def _object(uri: str, file: Dropped, s3: S3Client) -> Any:
    version = {"VersionId": file.version} if file.version else {}
    try:
        return s3.get_object(Bucket=file.bucket, Key=file.key, **version)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchVersion"):
            raise FileError(uri, "the file is no longer there", "drop it again") from error
        raise


def _source(uri: str, answer: Mapping[str, Any]) -> str:
    """Names the object and its content: an object that is written again under its key is another source."""
    version = answer.get("VersionId")
    return f"{uri}?versionId={version}" if version else f"{uri}?etag={answer['ETag'].strip(chr(34))}"


def rows(file: Opened, contract: Contract) -> Iterator[Row | Leaf | Reject]:
    """The rows of an opened file, whatever its format, bad ones as rejects; raises `FileError`."""
    try:
        yield from documents.rows(file, contract) if file.format == "json" else delimited.rows(file, contract)
    except DAMAGED as error:
        found = f"its gzip compression is damaged ({error})"
        raise FileError(file.uri, found, "compress it and drop it again; rows are told apart by their key") from error
