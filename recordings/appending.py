"""
Bytes into an upload: in pieces, onto the disk first and then into the row.

The row says how many bytes count; they are on the disk before it says so. The
file says whether that is still true. See docs/decisions/0012.
"""

import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.consents import scopes_in_force
from accounts.models import Scope
from recordings.models import Upload
from recordings.parts import locked_part, part_size, write_part
from recordings.tus import Checksum

# What a killed server loses of a request at most: this much, or what came within the seconds.
CHECKPOINT_BYTES = 1024 * 1024
CHECKPOINT_S = 2.0
COPY_BYTES = 256 * 1024


class ResumeRefused(ValidationError):
    """The upload cannot be begun or written to, or not now."""


def find_offset(upload: Upload) -> int:
    """
    Return how many bytes of the upload are there for certain.

    Raise ResumeRefused(code="gone") when the part file is lost: then the upload is over.
    """
    if upload.sample_id is not None:
        return upload.length_bytes
    try:
        return min(upload.offset_bytes, part_size(upload.key))
    except FileNotFoundError as error:
        raise gone_refusal() from error


def check_writable(upload: Upload, *, offset: int, size: int) -> None:
    """
    Raise ResumeRefused unless `size` bytes may be written at `offset`.

    Codes: "offset" when the upload stands elsewhere, "too_long" past its end, "gone", and
    "consent" once its person has withdrawn it: no further byte of a voice is taken. Rule: R-4.
    """
    if find_offset(upload) != offset:
        raise offset_refusal()
    if offset + size > upload.length_bytes:
        raise length_refusal()
    if Scope.RECORD not in scopes_in_force(upload.person):
        raise ResumeRefused(_("Agree to be recorded and transcribed first."), code="consent")


def append_stream(upload: Upload, pieces: Iterable[bytes], *, offset: int, now: datetime) -> int:
    """
    Write the pieces as they come and return the new offset.

    They count in steps of a megabyte or two seconds, so a body that is cut, and a
    server that is killed, leave what came before. Whoever writes first at an
    offset wins; the other gets ResumeRefused(code="offset"). Raise also
    "too_long" for a byte past the end, "storage" when the disk is full, "gone".
    """
    held: list[bytes] = []
    size = 0
    since = time.monotonic()
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= CHECKPOINT_BYTES or time.monotonic() - since >= CHECKPOINT_S:
            offset = _write(upload, held, size=size, offset=offset, now=now)
            held, size, since = [], 0, time.monotonic()
    return _write(upload, held, size=size, offset=offset, now=now) if held else offset


def append_checked(
    upload: Upload, pieces: Iterable[bytes], *, offset: int, checksum: Checksum, now: datetime
) -> int:
    """
    Write the pieces once all of them have come and hash to the checksum; return the new offset.

    Raise ResumeRefused(code="checksum") otherwise, and what `append_stream` raises;
    then nothing of them is kept.
    """
    digest = checksum.begin()
    size = 0
    try:
        with tempfile.SpooledTemporaryFile(
            max_size=CHECKPOINT_BYTES, dir=str(settings.UPLOADS_DIR)
        ) as waiting:
            for piece in pieces:
                size += len(piece)
                if offset + size > upload.length_bytes:
                    raise length_refusal()
                digest.update(piece)
                waiting.write(piece)
            if not secrets.compare_digest(digest.digest(), checksum.digest):
                raise ResumeRefused(_("The bytes changed on their way. Send them again."), code="checksum")
            waiting.seek(0)
            return _write(upload, _read(waiting), size=size, offset=offset, now=now)
    except OSError as error:
        raise disk_refusal() from error


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(COPY_BYTES):
        yield piece


def _write(upload: Upload, pieces: Iterable[bytes], *, size: int, offset: int, now: datetime) -> int:
    """Write at the offset where the upload stands, first onto the disk and then into the row."""
    if offset + size > upload.length_bytes:
        raise length_refusal()
    try:
        with locked_part(upload.key) as part:
            row = Upload.objects.filter(pk=upload.pk, sample=None).first()
            if row is None:
                raise gone_refusal()
            if find_offset(row) != offset:
                raise offset_refusal()
            end = write_part(part, pieces, offset=offset)
            unmoved = Upload.objects.filter(pk=upload.pk, offset_bytes=row.offset_bytes, sample=None)
            if not unmoved.update(offset_bytes=end, touched_at=now, expires_at=now + settings.UPLOAD_LIFE):
                raise gone_refusal()
    except FileNotFoundError as error:
        raise gone_refusal() from error
    except OSError as error:
        raise disk_refusal() from error
    upload.offset_bytes, upload.touched_at, upload.expires_at = end, now, now + settings.UPLOAD_LIFE
    return end


def offset_refusal() -> ResumeRefused:
    return ResumeRefused(_("The upload stands elsewhere. Ask where, and go on from there."), code="offset")


def length_refusal() -> ResumeRefused:
    return ResumeRefused(_("These bytes go past the end of the upload."), code="too_long")


def gone_refusal() -> ResumeRefused:
    return ResumeRefused(_("This upload is over. Begin a new one."), code="gone")


def disk_refusal() -> ResumeRefused:
    return ResumeRefused(
        _("The file could not be stored. Nothing is lost: try again in a few minutes."), code="storage"
    )
