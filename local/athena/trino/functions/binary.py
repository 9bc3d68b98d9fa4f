"""https://trino.io/docs/current/functions/binary.html and url.html"""

import base64
import binascii
import hashlib
import hmac
import struct
import zlib
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlsplit

import xxhash

from local.athena.trino.functions.failing import invalid
from local.athena.trino.operations.casts import padded
from local.athena.trino.signatures import Function, Native, scalar
from local.athena.trino.types import BIGINT, DOUBLE, INTEGER, REAL, VARBINARY, VARCHAR, Type

_DIGESTS = ("md5", "sha1", "sha256", "sha512")
_URL_PARTS = ("fragment", "host", "path", "protocol", "query")
FUNCTIONS: tuple[Function, ...] = (
    *(scalar(name, [VARBINARY], VARBINARY, f"trino_{name}({{0}})") for name in _DIGESTS),
    *(
        scalar(f"hmac_{name}", [VARBINARY, VARBINARY], VARBINARY, f"trino_hmac_{name}({{0}}, {{1}})")
        for name in _DIGESTS
    ),
    scalar("crc32", [VARBINARY], BIGINT, "trino_crc32({0})"),
    scalar("xxhash64", [VARBINARY], VARBINARY, "trino_xxhash64({0})"),
    scalar("from_base32", [VARCHAR], VARBINARY, "trino_from_base32({0})"),
    scalar("from_base64", [VARCHAR], VARBINARY, "trino_from_base64({0})"),
    scalar("from_base64url", [VARCHAR], VARBINARY, "trino_from_base64url({0})"),
    scalar("from_big_endian_32", [VARBINARY], INTEGER, "trino_from_big_endian_32({0})"),
    scalar("from_big_endian_64", [VARBINARY], BIGINT, "trino_from_big_endian_64({0})"),
    scalar("from_hex", [VARCHAR], VARBINARY, "trino_from_hex({0})"),
    scalar("from_ieee754_32", [VARBINARY], REAL, "trino_from_ieee754_32({0})"),
    scalar("from_ieee754_64", [VARBINARY], DOUBLE, "trino_from_ieee754_64({0})"),
    scalar("from_utf8", [VARBINARY], VARCHAR, "trino_from_utf8({0}, '\ufffd')"),
    scalar("from_utf8", [VARBINARY, VARCHAR], VARCHAR, "trino_from_utf8({0}, {1})"),
    scalar("to_base32", [VARBINARY], VARCHAR, "trino_to_base32({0})"),
    scalar("to_base64", [VARBINARY], VARCHAR, "to_base64({0})"),
    scalar("to_base64url", [VARBINARY], VARCHAR, "replace(replace(to_base64({0}), '+', '-'), '/', '_')"),
    scalar("to_big_endian_32", [INTEGER], VARBINARY, "trino_to_big_endian_32({0})"),
    scalar("to_big_endian_64", [BIGINT], VARBINARY, "trino_to_big_endian_64({0})"),
    scalar("to_hex", [VARBINARY], VARCHAR, "hex({0})"),
    scalar("to_ieee754_32", [REAL], VARBINARY, "trino_to_ieee754_32({0})"),
    scalar("to_ieee754_64", [DOUBLE], VARBINARY, "trino_to_ieee754_64({0})"),
    scalar("to_utf8", [VARCHAR], VARBINARY, "encode({0})"),
    scalar("to_utf8", [Type("char")], VARBINARY, lambda call: f"encode({padded(call.arguments[0])})"),
    scalar("url_decode", [VARCHAR], VARCHAR, "trino_url_decode({0})"),
    scalar("url_encode", [VARCHAR], VARCHAR, "trino_url_encode({0})"),
    *(scalar(f"url_extract_{part}", [VARCHAR], VARCHAR, f"trino_url_part({{0}}, '{part}')") for part in _URL_PARTS),
    scalar("url_extract_port", [VARCHAR], BIGINT, "CAST(trino_url_part({0}, 'port') AS BIGINT)"),
    scalar("url_extract_parameter", [VARCHAR, VARCHAR], VARCHAR, "trino_url_parameter({0}, {1})"),
)


def from_hex(value: str) -> bytes:
    try:
        return binascii.unhexlify(value)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"Invalid hex character: {error}") from None


def from_base64(value: str, altchars: bytes | None = None) -> bytes:
    try:
        padded = value + "=" * (-len(value) % 4)
        return base64.b64decode(padded, altchars, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(str(error)) from None


def from_base32(value: str) -> bytes:
    try:
        return base64.b32decode(value + "=" * (-len(value) % 8))
    except (binascii.Error, ValueError) as error:
        raise invalid(str(error)) from None


def from_utf8(value: bytes, replacement: str) -> str:
    if len(replacement) > 1:
        raise invalid("Replacement character string must empty or a single character")
    return value.decode("utf-8", "replace").replace("\ufffd", replacement)


def unpacked(pattern: str, value: bytes) -> int | float:
    size = struct.calcsize(pattern)
    if len(value) != size:
        raise invalid(f"expected {size}-byte input, but got instead: {len(value)}")
    number: int | float = struct.unpack(pattern, value)[0]
    return number


def url_part(value: str, part: str) -> str | None:
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        return None
    if any(each.isspace() for each in value):
        return None
    if part == "port":
        return None if port is None else str(port)
    found = {"protocol": url.scheme, "host": url.hostname, "path": url.path, "query": url.query}
    return found.get(part, url.fragment) or ""


def url_parameter(value: str, name: str) -> str | None:
    pairs = parse_qsl(urlsplit(value).query, keep_blank_values=True)
    return next((held for key, held in pairs if key == name), None)


def _digest(name: str) -> Native:
    return Native(lambda value: hashlib.new(name, value, usedforsecurity=False).digest(), "BLOB")


def _hmac(name: str) -> Native:
    return Native(lambda value, key: hmac.digest(key, value, name), "BLOB")


def _packing(pattern: str) -> Native:
    return Native(lambda value: struct.pack(pattern, value), "BLOB")


def _unpacking(pattern: str, returns: str) -> Native:
    return Native(lambda value: unpacked(pattern, value), returns)


NATIVES = {
    **{f"trino_{name}": _digest(name) for name in _DIGESTS},
    **{f"trino_hmac_{name}": _hmac(name) for name in _DIGESTS},
    "trino_crc32": Native(zlib.crc32, "BIGINT"),
    "trino_xxhash64": Native(lambda value: xxhash.xxh64_digest(value), "BLOB"),
    "trino_from_base32": Native(from_base32, "BLOB"),
    "trino_from_base64": Native(lambda value: from_base64(value), "BLOB"),
    "trino_from_base64url": Native(lambda value: from_base64(value, b"-_"), "BLOB"),
    "trino_from_big_endian_32": _unpacking(">i", "INTEGER"),
    "trino_from_big_endian_64": _unpacking(">q", "BIGINT"),
    "trino_from_hex": Native(from_hex, "BLOB"),
    "trino_from_ieee754_32": _unpacking(">f", "FLOAT"),
    "trino_from_ieee754_64": _unpacking(">d", "DOUBLE"),
    "trino_from_utf8": Native(from_utf8, "VARCHAR"),
    "trino_to_base32": Native(lambda value: base64.b32encode(value).decode(), "VARCHAR"),
    "trino_to_big_endian_32": _packing(">i"),
    "trino_to_big_endian_64": _packing(">q"),
    "trino_to_ieee754_32": _packing(">f"),
    "trino_to_ieee754_64": _packing(">d"),
    "trino_url_decode": Native(unquote_plus, "VARCHAR"),
    "trino_url_encode": Native(lambda value: quote_plus(value, safe="*").replace("~", "%7E"), "VARCHAR"),
    "trino_url_part": Native(url_part, "VARCHAR"),
    "trino_url_parameter": Native(url_parameter, "VARCHAR"),
}
