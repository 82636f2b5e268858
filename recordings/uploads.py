"""Files on their way into storage: streamed, hashed, under a name of our own."""

import hashlib
import logging
from collections.abc import Iterator
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

CHUNK_BYTES = 256 * 1024


class UploadRefused(ValidationError):
    """A file that could not be stored; nothing of it is kept."""


class StoredFile(NamedTuple):
    """Where a file lies in storage, how long it is, and the SHA-256 of its bytes."""

    name: str
    size_bytes: int
    sha256: str


class HashingFile(File):
    """
    A file that adds up its size and its SHA-256 while it is read, once and from its beginning.

    It says that it cannot be rewound: a storage that sends it over a network would
    read a part again, and count it twice.
    """

    def __init__(self, file: File) -> None:
        super().__init__(file, name=file.name)
        self._source = file
        file.seek(0)
        self.digest = hashlib.sha256()
        self.copied_bytes = 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._source.read(size)
        self.digest.update(data)
        self.copied_bytes += len(data)
        return data

    def seekable(self) -> bool:
        return False

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        while chunk := self.read(chunk_size or CHUNK_BYTES):
            yield chunk


def store_file(file: File, *, name: str) -> StoredFile:
    """
    Copy the file into storage as `name`, in one pass, and return what was stored.

    The name is ours, random and without a suffix: nothing of the sender's file
    name is kept, and nothing in storage has an address of its own. Raise
    UploadRefused(code="storage") when the disk is full or the storage away.
    """
    hashing = HashingFile(file)
    try:
        # Another attempt may have stored the same name: what is cleared away below must be ours.
        name = default_storage.get_available_name(name)
        stored_name = default_storage.save(name, hashing)
    except OSError as error:  # a full disk leaves the half of a file behind
        discard_file(name)
        raise UploadRefused(
            _("The file could not be stored. Nothing is lost: try again in a few minutes."), code="storage"
        ) from error
    return StoredFile(stored_name, hashing.copied_bytes, hashing.digest.hexdigest())


def discard_file(name: str) -> None:
    """Remove a stored file whose row was not written; one that cannot be removed now is a file without a row."""
    try:
        default_storage.delete(name)
    except OSError as error:
        logger.warning("%s stays in the storage without a row: %s", name, error)
