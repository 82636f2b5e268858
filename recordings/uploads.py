"""Files on their way into storage: streamed, hashed, under a name of our own."""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

CHUNK_BYTES = 256 * 1024


class UploadRefused(ValidationError):
    """A file that could not be stored; nothing of it is kept."""


class StoredFile(NamedTuple):
    """Where a file lies in storage, how long it is, and the SHA-256 of its bytes."""

    name: str
    size_bytes: int
    sha256: str


class HashingFile(File):
    """A file that adds up its size and its SHA-256 while it is copied."""

    def __init__(self, file: File) -> None:
        super().__init__(file, name=file.name)
        self.digest = hashlib.sha256()
        self.copied_bytes = 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        self.digest = hashlib.sha256()
        self.copied_bytes = 0
        for chunk in super().chunks(chunk_size or CHUNK_BYTES):
            self.digest.update(chunk)
            self.copied_bytes += len(chunk)
            yield chunk


def store_file(file: File, *, name: str) -> StoredFile:
    """
    Copy the file into storage as `name`, in one pass, and return what was stored.

    The name is ours, random and without a suffix: nothing of the sender's file
    name is kept, and nothing in storage has an address of its own. Raise
    UploadRefused(code="storage") when the disk is full or gone.
    """
    hashing = HashingFile(file)
    try:
        stored_name = default_storage.save(name, hashing)
    except OSError as error:  # a full disk leaves the half of a file behind
        default_storage.delete(name)
        raise UploadRefused(
            _("The file could not be stored. Nothing is lost: try again in a few minutes."), code="storage"
        ) from error
    return StoredFile(stored_name, hashing.copied_bytes, hashing.digest.hexdigest())


def discard_file(name: str) -> None:
    """Remove a stored file whose row was not written."""
    default_storage.delete(name)
