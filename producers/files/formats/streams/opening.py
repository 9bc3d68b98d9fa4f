"""What a file is, by its content; its name only may not contradict it.

A file is opened as a stream of bytes that can be read from its first row on: unpacked, text in UTF-8.
"""

import bz2
import gzip
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal, TypeAlias

from delivery.limits import KIB, MIB
from producers.files.errors import DROP_AGAIN, FileError
from producers.files.formats.streams.damage import Unpacked, refusal
from producers.files.formats.streams.text import InUtf8, encoding_of
from schemas.contract import Contract
from schemas.files import Files

Format = Literal["csv", "fixed_width", "json", "excel", "parquet"]
Stream: TypeAlias = io.BufferedIOBase
_BUFFER_BYTES: Final = MIB
_STEP_BYTES: Final = 128 * KIB
_ZSTD_STEP_BYTES: Final = 4 * KIB
"""What Arrow unpacked in a step is lost if the step comes upon a cut."""
_VALID: Final = (
    "a dropped file is CSV or TSV with a header line, fixed width with widths in the contract, JSON (documents, rows "
    "one a line, or an array), Excel or Parquet; text may be packed with gzip, zip, zstd or bz2"
)
_SUFFIXES: Final[dict[str, Format]] = {
    ".csv": "csv", ".tsv": "csv", ".json": "json", ".ndjson": "json", ".jsonl": "json",
    ".xlsx": "excel", ".xlsm": "excel", ".xlsb": "excel", ".xls": "excel", ".ods": "excel", ".parquet": "parquet",
}  # fmt: skip
_WORKBOOKS: Final = frozenset(suffix for suffix, kind in _SUFFIXES.items() if kind == "excel")
_PACKINGS: Final = {
    rb"\x1f\x8b": "gzip",
    rb"BZh[1-9]": "bz2",
    rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18": "zstd",  # a frame, or one to be skipped
    rb"PK\x03\x04": "zip",
}
"""The packing of files that begin so."""
_PACKED_SUFFIXES: Final = (".gz", ".zip", ".zst", ".bz2")
_FOREIGN: Final = {
    b"%PDF": "a PDF",
    b"\xfd7zXZ": "packed with xz",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
}


@dataclass(frozen=True)
class Opened:
    """A file ready to be read; `uri` names it in errors.

    `stream` stands at the first byte after a byte order mark of `mark` bytes. `plain` text is in the file as it is in
    `stream`, so that places in one are places in the other.
    """

    uri: str
    format: Format
    stream: Stream
    options: Files
    mark: int = 0
    plain: bool = False


def open_file(uri: str, key: str, body: io.RawIOBase | Stream, options: Files | None = None) -> Opened:
    """The file `body`, unpacked; it must be able to seek. `options` are the contract's.

    Raises `FileError` when it cannot be read.
    """
    options = options or Files()
    packed: Stream = io.BufferedReader(body, _BUFFER_BYTES) if isinstance(body, io.RawIOBase) else body
    try:
        return _opened(uri, PurePosixPath(key.lower()), packed, options)
    except FileError:
        raise
    except Exception as error:
        raise refusal(uri, error) from error


def _opened(uri: str, name: PurePosixPath, packed: Stream, options: Files) -> Opened:
    packing = _packing(_peek(packed))
    stream = _unpacked(uri, name, packed, packing)
    start = _peek(stream)
    if stream is not packed:
        if _packing(start) or _binary_format(uri, start):
            found = "what is packed in it is packed once more"
            raise FileError(uri, found, "pack text once, and drop workbooks and Parquet as they are")
        if name.suffix in _PACKED_SUFFIXES:
            name = name.with_suffix("")
    elif binary := _binary_format(uri, start):
        _check_name(uri, name, binary, start)
        return Opened(uri, binary, stream, options)
    return _open_text(uri, name, stream, options, plain=stream is packed)


def _packing(start: bytes) -> str:
    """How a file that begins so is packed; empty if it is not."""
    for magic, packing in _PACKINGS.items():
        if re.match(magic, start, re.DOTALL):
            return packing
    return ""


def _unpacked(uri: str, name: PurePosixPath, packed: Stream, packing: str) -> Stream:
    """`packed` uncompressed; itself when it is not packed, or a workbook."""
    match packing:
        case "gzip":
            return Unpacked(gzip.GzipFile(fileobj=packed).read1, _STEP_BYTES, _BUFFER_BYTES)
        case "bz2":
            return Unpacked(bz2.BZ2File(packed).read1, _STEP_BYTES, _BUFFER_BYTES)
        case "zstd":
            import pyarrow as pa  # a large library that most files do not need

            unpacking = pa.CompressedInputStream(pa.PythonFile(packed, "r"), "zstd")
            return Unpacked(unpacking.read, _ZSTD_STEP_BYTES, _BUFFER_BYTES)
        case "zip":
            return _zip_member(uri, packed, is_workbook=name.suffix in _WORKBOOKS)
    return packed


def _zip_member(uri: str, packed: Stream, is_workbook: bool) -> Stream:
    """The one file in a ZIP archive; the archive itself when it is an Excel or OpenDocument workbook."""
    try:
        archive = zipfile.ZipFile(packed)
    except (ValueError, zipfile.BadZipFile) as error:  # a ValueError: its directory names a place before the file
        if is_workbook:
            found = f"the workbook is damaged, or its end is missing ({error})"
            raise FileError(uri, found, f"save it again and {DROP_AGAIN}") from error
        raise zipfile.BadZipFile(str(error)) from error
    names = archive.namelist()
    if "[Content_Types].xml" in names or "mimetype" in names:
        packed.seek(0)
        return packed
    files = [
        info for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/") and "/." not in f"/{info.filename}"
    ]  # fmt: skip
    if names and not files:
        found = f"the archive holds only folders and hidden files: {', '.join(names)[:200]}"
        raise FileError(uri, found, "pack one file, under a plain name")
    if len(files) != 1:
        found = ", ".join(info.filename for info in files)[:200]
        raise FileError(uri, f"the archive holds {len(files)} files: {found}", "pack each file on its own")
    if files[0].flag_bits & 1:
        raise FileError(uri, "the archive is encrypted", "pack it without a password")
    try:
        member: Any = archive.open(files[0])
    except NotImplementedError as error:
        raise FileError(uri, f"the archive cannot be unpacked: {error}", "pack it the usual way, by deflate") from error
    return Unpacked(member.read1, _STEP_BYTES, _BUFFER_BYTES)


def _peek(stream: Stream) -> bytes:
    """The beginning of a stream, which stays where it is."""
    peek: Any = stream
    start: bytes = peek.peek(_BUFFER_BYTES)
    return start


def _binary_format(uri: str, start: bytes) -> Format | None:
    for magic, kind in _FOREIGN.items():
        if start.startswith(magic):
            raise FileError(uri, f"the file is {kind}", _VALID)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "excel"
    if start[257:262] == b"ustar":
        raise FileError(uri, "the file is a tar archive", _VALID)
    return None


def _open_text(uri: str, name: PurePosixPath, stream: Stream, options: Files, plain: bool) -> Opened:
    start = _peek(stream)
    encoding, mark = encoding_of(start, options.encoding)
    stream.read(mark)
    carriage_returns = _has_old_line_ends(start, encoding)
    if encoding != "utf-8" or carriage_returns:
        stream = Unpacked(InUtf8(uri, stream, encoding, carriage_returns).read, _BUFFER_BYTES, _BUFFER_BYTES)
        mark, plain = 0, False
        start = _peek(stream)
    else:
        start = start[mark:]
    found = _text_format(uri, start, options)
    _check_name(uri, name, found, start)
    return Opened(uri, found, stream, options, mark, plain)


def _has_old_line_ends(start: bytes, encoding: str) -> bool:
    """Whether lines end in a carriage return alone, as on a Mac before 2001."""
    return not encoding.startswith(("utf-16", "utf-32")) and b"\r" in start[:-1] and b"\n" not in start


def _text_format(uri: str, start: bytes, options: Files) -> Format:
    if not start.strip():
        raise FileError(uri, "the file is empty", _VALID)
    if b"\0" in start.partition(b"\n")[0]:
        raise FileError(uri, f"the file is binary: it begins with {start[:16]!r}", _VALID)
    if start.lstrip()[:1] in (b"{", b"["):
        return "json"
    return "fixed_width" if options.fixed_width else "csv"


def _check_name(uri: str, name: PurePosixPath, found: Format, start: bytes) -> None:
    claimed = _SUFFIXES.get(name.suffix, found)
    if claimed != found and not (claimed == "csv" and found == "fixed_width"):
        begins = start[:40].decode(errors="backslashreplace")
        raise FileError(uri, f"its name says {claimed}, its content is {found}: it begins with {begins!r}", _VALID)


def options_of(contract: Contract) -> Files:
    """How files of a dataset are read: what its contract says, if files are its source."""
    return contract.source if isinstance(contract.source, Files) else Files()
