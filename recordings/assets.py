"""The audio files of a session: taken in, hashed, measured by the worker. The bytes are never changed."""

import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django_q.tasks import async_task

from accounts.models import User
from recordings.audio.confinement import ProcessLimits
from recordings.audio.report import Report
from recordings.local_copies import FileLost, local_copy
from recordings.models import Asset, AssetProblem, AssetSpeaker, AssetStatus, RecordingSession, SessionStatus
from recordings.models.asset import asset_path
from recordings.samples import LOST_AFTER, MAX_MEASURE_ATTEMPTS
from recordings.sandbox import measure_file, measuring_folder
from recordings.uploads import StoredFile, discard_file, store_file

logger = logging.getLogger(__name__)

# A slot is three hours and may overrun; twice that is no recording of ours.
LONGEST_S = 6 * 3600
# Three hours of two channels take half a minute of one core.
MEASURE_LIMITS = ProcessLimits(cpu_s=100)
MEASURE_WALL_S = 110.0
# 4 GB at 15 MB/s: studios send them over their own line, and the worker fetches them within the machine room.
COPY_WITHIN_S = 280.0
# Both together; below STUCK_AFTER, so that nobody begins anew meanwhile.
TASK_WITHIN_S = 420
STUCK_AFTER = timedelta(minutes=10)

MOVES: dict[str, frozenset[str]] = {
    AssetStatus.MEASURING: frozenset({AssetStatus.USABLE, AssetStatus.UNUSABLE}),
    AssetStatus.USABLE: frozenset(),
    AssetStatus.UNUSABLE: frozenset(),
}


class AssetRefused(ValidationError):
    """The file cannot be attached."""


def attach_asset(session: RecordingSession, *, speaker: str, file: File, by: User, now: datetime) -> Asset:
    """
    Store the file untouched under a generated name and queue it for measuring.

    Raise AssetRefused: "speaker", "empty", "too_large", "abandoned" for a session
    that was broken off, "same_file" when the session has these bytes already; then
    nothing is kept. Rules: R-34, R-35.
    """
    check_attachable(session, speaker=speaker, size_bytes=file.size)
    key = secrets.token_hex(16)
    asset = Asset(session=session, key=key, speaker=speaker, added_at=now, added_by=by, queued_at=now)
    # Outside of any transaction: gigabytes are copied here, and nobody else may wait for that.
    stored = store_file(file, name=asset_path(asset, ""))
    try:
        _enter_asset(asset, stored=stored)
    except (AssetRefused, DatabaseError):
        discard_file(stored.name)
        raise
    return asset


def check_attachable(session: RecordingSession, *, speaker: str, size_bytes: int) -> None:
    """Raise AssetRefused unless a file of this speaker and size can be attached to the session."""
    if speaker not in AssetSpeaker.values:
        raise AssetRefused(_("Say whose voice the file holds."), code="speaker")
    if session.status == SessionStatus.ABANDONED:
        raise AssetRefused(
            _("This session was broken off. Files cannot be attached to it."), code="abandoned"
        )
    if size_bytes <= 0:
        raise AssetRefused(_("The file is empty. Choose another one."), code="empty")
    if size_bytes > settings.MAX_ASSET_BYTES:
        raise AssetRefused(
            _("The file is larger than %(most)d MB. Export it as 24-bit WAV or FLAC, one file per speaker."),
            code="too_large",
            params={"most": settings.MAX_ASSET_BYTES // 1024**2},
        )


@transaction.atomic
def _enter_asset(asset: Asset, *, stored: StoredFile) -> None:
    """
    Write the row and its task in one transaction; the constraint speaks when two send the same file at once.

    The session may have been broken off while gigabytes were copied, so it is locked and looked at again.
    """
    session = RecordingSession.objects.select_for_update(of=("self",)).get(pk=asset.session_id)
    check_attachable(session, speaker=asset.speaker, size_bytes=stored.size_bytes)
    asset.file.name = stored.name
    asset.file_bytes, asset.file_sha256 = stored.size_bytes, stored.sha256
    try:
        with transaction.atomic():
            asset.save()
    except IntegrityError as error:
        raise AssetRefused(
            _("This session has this file already. Choose the other speaker's."), code="same_file"
        ) from error
    async_task("recordings.tasks.measure_asset", asset.pk, timeout=TASK_WITHIN_S)


def measure_asset(asset_id: int, *, now: datetime) -> None:
    """
    Measure the file in the sandbox and write its figures, or why it cannot be used.

    It may run twice and be killed at any point: only a file that is being measured is touched.
    While the storage is away nothing happens; a file that is gone is looked for during LOST_AFTER.
    """
    asset = _begin_attempt(asset_id)
    if asset is None:
        return
    try:
        _measure_once(asset)
    except FileLost as loss:
        logger.error("audio file %s: %s", asset.key, loss)
        _forget_attempt(asset_id)
        if now - asset.added_at >= LOST_AFTER:
            move_asset(asset, AssetStatus.UNUSABLE, problem=AssetProblem.FILE_LOST)
    except OSError as fault:  # the storage's, or this machine's: never the file's
        logger.warning("audio file %s is measured later: %s", asset.key, fault)
        _forget_attempt(asset_id)


def _measure_once(asset: Asset) -> None:
    """Measure the file from a local copy and write the outcome. Raise FileLost or OSError."""
    copied = local_copy(
        asset.file, size_bytes=asset.file_bytes, sha256=asset.file_sha256, within_s=COPY_WITHIN_S
    )
    with (
        copied as path,
        measuring_folder() as directory,
    ):
        result = measure_file(
            path,
            output_directory=directory,
            max_duration_s=LONGEST_S,
            listen_s=0,
            with_preview=False,
            limits=MEASURE_LIMITS,
            wall_s=MEASURE_WALL_S,
        )
    if result.report is None:
        move_asset(asset, AssetStatus.UNUSABLE, problem=str(result.refusal_code))
    else:
        move_asset(asset, AssetStatus.USABLE, **_figures_of(result.report))


def _forget_attempt(asset_id: int) -> None:
    """Give back an attempt in which nothing was measured; the file is queued again as one that got stuck."""
    counted = Asset.objects.filter(pk=asset_id, measure_attempts__gt=0)
    counted.update(measure_attempts=F("measure_attempts") - 1)


@transaction.atomic
def _begin_attempt(asset_id: int) -> Asset | None:
    """Count an attempt and return the file; None when it is measured already or has killed too many workers."""
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset_id)
    if asset.status != AssetStatus.MEASURING:
        return None
    if asset.measure_attempts >= MAX_MEASURE_ATTEMPTS:
        move_asset(asset, AssetStatus.UNUSABLE, problem=AssetProblem.GAVE_UP)
        return None
    Asset.objects.filter(pk=asset_id).update(measure_attempts=F("measure_attempts") + 1)
    return asset


def move_asset(asset: Asset, to: str, **figures: Any) -> bool:
    """Move the file to a state with its figures; return False when another attempt was faster."""
    if to not in MOVES[asset.status]:
        raise ValueError(f"an audio file does not go from {asset.status} to {to}")
    if not Asset.objects.filter(pk=asset.pk, status=asset.status).update(status=to, **figures):
        return False
    asset.status = to
    for name, value in figures.items():
        setattr(asset, name, value)
    return True


def _figures_of(report: Report) -> dict[str, Any]:
    """Return the columns of an audio file that the report fills."""
    return {
        "duration_ms": report.duration_ms,
        "sample_rate_hz": report.sample_rate_hz,
        "channels": report.channels,
        "codec": report.codec[:24],
        "peak_dbfs": report.peak_dbfs,
        "loudness_lufs": report.loudness_lufs,
        "clipped_share": report.clipped_share,
    }


@transaction.atomic
def requeue_stuck_assets(*, now: datetime) -> int:
    """
    Queue the files again that were queued long ago and are still not measured; return how many.

    Each attempt is counted where it begins, so a long queue costs no attempt,
    and after MAX_MEASURE_ATTEMPTS the next one says that the file cannot be used.
    """
    stuck = Asset.objects.filter(status=AssetStatus.MEASURING, queued_at__lte=now - STUCK_AFTER)
    requeued = 0
    for pk, queued_at in stuck.values_list("pk", "queued_at"):
        if Asset.objects.filter(pk=pk, queued_at=queued_at).update(queued_at=now):
            async_task("recordings.tasks.measure_asset", pk, timeout=TASK_WITHIN_S)
            requeued += 1
    return requeued
