"""
The part files of uploads: on a disk of this machine, one writer at a time.

The lock is the kernel's (flock) and lies on the part file, so it ends with its
process, however that ends. It is held while bytes are written, never while
somebody waits for more of them: a telephone that vanished locks nobody out.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

SUFFIX = ".part"


def part_path(key: str) -> Path:
    """Return where the bytes of an upload lie until it is whole."""
    return Path(settings.UPLOADS_DIR) / f"{key}{SUFFIX}"


def make_part(key: str) -> None:
    """Make an empty part file whose name survives a power cut. Raise OSError when the disk says no."""
    folder = part_path(key).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(part_path(key), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked_part(key: str) -> Iterator[BinaryIO]:
    """Open a part file for its only writer, after waiting for the one before. Raise FileNotFoundError."""
    with part_path(key).open("r+b", buffering=0) as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        yield part


def write_part(part: BinaryIO, pieces: Iterable[bytes], *, offset: int) -> int:
    """
    Write the pieces at `offset`, see them onto the disk, and return the offset behind them.

    What lay behind `offset` was left by a crash and is cut off first. When the
    disk says no (OSError) the file ends at `offset` again.
    """
    end = offset
    try:
        part.truncate(offset)
        part.seek(offset)
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[part.write(rest) :]
            end += len(piece)
        os.fsync(part.fileno())
    except OSError:
        part.truncate(offset)
        raise
    return end


def part_size(key: str) -> int:
    """Return how many bytes lie on the disk. Raise FileNotFoundError when the file is not there."""
    return part_path(key).stat().st_size


def remove_part(key: str) -> None:
    """Remove a part file; one that is gone already is no fault."""
    part_path(key).unlink(missing_ok=True)


def old_parts(*, before: datetime) -> list[str]:
    """Return the keys of the part files that nobody has written to since `before`."""
    folder = Path(settings.UPLOADS_DIR)
    found = []
    for path in folder.glob(f"*{SUFFIX}") if folder.is_dir() else ():
        try:
            if path.stat().st_mtime < before.timestamp():
                found.append(path.name.removesuffix(SUFFIX))
        except FileNotFoundError:  # its upload became a sample this moment
            continue
    return sorted(found)
