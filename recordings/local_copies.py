"""Files of the storage as files on this machine: what measures sound opens nothing else."""

import contextlib
import hashlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.core.files.storage import Storage
from django.db.models.fields.files import FieldFile

BLOCK_BYTES = 4 * 1024 * 1024


class FileLost(Exception):
    """The storage answers, and has not the bytes that were stored: none, or others."""


class CopyTooSlow(OSError):
    """The storage did not send the file in time."""


def is_local(storage: Storage) -> bool:
    """Return whether the files of this storage lie in the file system."""
    try:
        storage.path("")
    except NotImplementedError:
        return False
    return True


@contextlib.contextmanager
def local_copy(file: FieldFile, *, size_bytes: int, sha256: str, within_s: float) -> Iterator[Path]:
    """
    Yield a path at which the stored file can be read; it must not be changed.

    On a disk that is the file itself. From elsewhere it is copied in blocks into a folder
    of its own, which is gone afterwards whatever happens; the copy has exactly
    `size_bytes` and this SHA-256. Raise FileLost when the storage has no such bytes,
    another OSError when it is away, CopyTooSlow when the copy takes longer than `within_s`.
    """
    name = str(file.name)
    if is_local(file.storage):
        yield _find_on_disk(file.storage, name=name)
        return
    with tempfile.TemporaryDirectory(prefix="duologue-copy-") as directory:
        path = Path(directory) / "file"
        _copy(file.storage, name=name, to=path, size_bytes=size_bytes, sha256=sha256, within_s=within_s)
        yield path


def _find_on_disk(storage: Storage, *, name: str) -> Path:
    if not Path(storage.path("")).is_dir():
        raise NotADirectoryError("the folder of the files is not there")
    path = Path(storage.path(name))
    if not path.is_file():
        raise FileLost(f"{name} is not on the disk")
    return path


def _copy(storage: Storage, *, name: str, to: Path, size_bytes: int, sha256: str, within_s: float) -> None:
    """Copy the file block by block, never more than it was, and compare the sum."""
    until = time.monotonic() + within_s
    digest = hashlib.sha256()
    try:
        source = storage.open(name, "rb")
    except FileNotFoundError as error:
        raise FileLost(f"{name} is not in the storage") from error
    with source, to.open("xb") as target:
        if source.size != size_bytes:
            raise FileLost(f"{name} has {source.size} bytes instead of {size_bytes}")
        while block := source.read(BLOCK_BYTES):
            digest.update(block)
            target.write(block)
            if time.monotonic() > until:
                raise CopyTooSlow(f"{name} was not copied within {within_s:.0f} s")
    if digest.hexdigest() != sha256:
        raise FileLost(f"{name} has another SHA-256 than when it was stored")
