"""
What the headers of tus 1.0 say (https://tus.io/protocols/resumable-upload). No Django, no disk.

Whatever is not exactly as the protocol writes it is refused: a header that two
readers could read in two ways is how bytes end up in the wrong place.
"""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "expiration", "checksum", "termination")
ALGORITHMS = ("sha1", "sha256", "md5")
CONTENT_TYPE = "application/offset+octet-stream"

# 18 digits are more than any disk and fit a signed 64-bit column.
_NUMBER = re.compile(r"[0-9]{1,18}")
_KEY = re.compile(r"[!-+\--~]+")
MAX_METADATA_CHARACTERS = 4096


class BadHeader(ValueError):
    """A header that does not say what the protocol lets it say."""


class Checksum(NamedTuple):
    """What the bytes of one request must hash to."""

    algorithm: str
    digest: bytes

    def begin(self) -> "hashlib._Hash":
        """Return a hash to be fed with the bytes."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def read_number(value: str | None, *, name: str) -> int:
    """Return the non-negative integer of a header. Raise BadHeader for anything else."""
    if value is None or not _NUMBER.fullmatch(value):
        raise BadHeader(f"{name} must be a non-negative integer.")
    return int(value)


def read_metadata(value: str | None) -> dict[str, str]:
    """
    Return the values of `Upload-Metadata` by key, each still in Base64.

    Raise BadHeader for an empty or repeated key, a key with other than visible
    ASCII, a value that is no Base64, and more than 4,096 characters in all.
    """
    if not value:
        return {}
    if len(value) > MAX_METADATA_CHARACTERS:
        raise BadHeader("Upload-Metadata is too long.")
    found: dict[str, str] = {}
    for pair in value.split(","):
        key, _space, encoded = pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise BadHeader(
                "Each key of Upload-Metadata must be there once, in ASCII without space or comma."
            )
        decode_base64(encoded, name="Upload-Metadata")
        found[key] = encoded
    return found


def read_checksum(value: str | None) -> Checksum | None:
    """Return what `Upload-Checksum` promises, None without one. Raise BadHeader for an algorithm not ours."""
    if value is None:
        return None
    algorithm, _space, encoded = value.partition(" ")
    if algorithm not in ALGORITHMS:
        raise BadHeader(f"Upload-Checksum must name one of {', '.join(ALGORITHMS)}.")
    digest = decode_base64(encoded, name="Upload-Checksum")
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise BadHeader(f"Upload-Checksum does not have the length of {algorithm}.")
    return Checksum(algorithm, digest)


def decode_base64(encoded: str, *, name: str) -> bytes:
    """Return the bytes of a Base64 text, padding and alphabet exactly kept. Raise BadHeader otherwise."""
    try:
        decoded = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BadHeader(f"{name} must be Base64.") from error
    if base64.b64encode(decoded).decode("ascii") != encoded:
        raise BadHeader(f"{name} must be Base64.")
    return decoded
