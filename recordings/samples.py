"""Samples: sent, measured, moved from state to state. Rules: R-5, R-6, R-13."""

import contextlib
import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_q.tasks import async_task

from accounts.models import User
from recordings.assignments import assign_reviewers
from recordings.audio.report import Report
from recordings.duplicates import (
    Sameness,
    Search,
    judge_sameness,
    keep_fingerprint,
    keep_matches,
    lock_comparisons,
    search_alike,
)
from recordings.local_copies import FileLost, local_copy
from recordings.models import Sample, SampleEvent, SampleStatus
from recordings.models.sample import original_path
from recordings.sandbox import MeasureResult, measure_file, measuring_folder
from recordings.screening import longest_worth_hearing_s, longest_worth_measuring_s, screen_report
from recordings.tries import SampleRefused, check_may_send
from recordings.uploads import StoredFile, UploadRefused, discard_file, store_file
from scheduling.models import Project
from scheduling.qualifications import grant_qualification

logger = logging.getLogger(__name__)

# A sample is measured within seconds; a worker that was killed says nothing, so silence this long means it.
STUCK_AFTER = timedelta(minutes=5)
# The third worker that dies of one file is not bad luck any more.
MAX_MEASURE_ATTEMPTS = 3
# 60 MB at 2.5 MB/s; with the 90 s of the sandbox it stays below the 120 s of the task's own limit.
COPY_WITHIN_S = 25.0
# A folder that is not mounted looks like lost files: somebody has a day to see it before a sample is refused for it.
LOST_AFTER = timedelta(days=1)

MOVES: dict[str, frozenset[str]] = {
    SampleStatus.MEASURING: frozenset({SampleStatus.REFUSED, SampleStatus.IN_REVIEW, SampleStatus.WITHDRAWN}),
    SampleStatus.IN_REVIEW: frozenset(
        {SampleStatus.APPROVED, SampleStatus.CROSS_REVIEW, SampleStatus.WITHDRAWN}
    ),
    SampleStatus.CROSS_REVIEW: frozenset(
        {SampleStatus.APPROVED, SampleStatus.REJECTED, SampleStatus.WITHDRAWN}
    ),
    SampleStatus.APPROVED: frozenset({SampleStatus.WITHDRAWN}),
    SampleStatus.REJECTED: frozenset(),
    SampleStatus.REFUSED: frozenset(),
    SampleStatus.WITHDRAWN: frozenset(),
}


class SampleMoved(SampleRefused):
    """The sample is not in the state any more that a move began from."""


@transaction.atomic
def move_sample(
    sample: Sample, to: str, *, by: User | None, now: datetime, reason: str = "", **figures: Any
) -> None:
    """
    Move the sample to a state, write `figures` with it, and log the event.

    Raise ValueError for a move that MOVES does not have, and
    SampleMoved(code="moved") when somebody else has moved it meanwhile.
    """
    old = sample.status
    if to not in MOVES[old]:
        raise ValueError(f"a sample does not go from {old} to {to}")
    if not Sample.objects.filter(pk=sample.pk, status=old).update(status=to, **figures):
        raise SampleMoved(_("This sample was decided meanwhile."), code="moved")
    sample.status = to
    for name, value in figures.items():
        setattr(sample, name, value)
    SampleEvent.objects.create(sample=sample, old=old, new=to, by=by, at=now, reason=reason)


def approve_sample(sample: Sample, *, by: User | None, now: datetime, reason: str) -> None:
    """Approve the sample and grant its person the qualification; to be called in a transaction. Rule: R-15."""
    move_sample(sample, SampleStatus.APPROVED, by=by, now=now, reason=reason, decided_at=now)
    told = gettext_noop("sample approved")
    grant_qualification(sample.person, project=sample.project, by=by, now=now, reason=told)


def submit_sample(person: User, *, project: Project, file: File, now: datetime) -> Sample:
    """
    Store the file untouched under a generated name and queue it for measuring.

    Raise SampleRefused: "empty", "too_large", or a code of tries.find_obstacle;
    then nothing is kept. Locks the person, so that two windows send one sample.
    Rules: R-5, R-13.
    """
    check_may_send(person, project=project, now=now)
    check_size(file.size)
    sample = Sample(project=project, person=person, key=secrets.token_hex(16), sent_at=now, queued_at=now)
    stored = store_file(file, name=original_path(sample, ""))
    try:
        enter_sample(sample, stored=stored, now=now)
    except (SampleRefused, DatabaseError):
        discard_file(stored.name)
        raise
    return sample


def check_size(size_bytes: int) -> None:
    """Raise SampleRefused(code="empty") or SampleRefused(code="too_large") for a file of this size."""
    if size_bytes <= 0:
        raise SampleRefused(_("The file is empty. Choose another one."), code="empty")
    if size_bytes > settings.MAX_UPLOAD_BYTES:
        raise SampleRefused(
            _("The file is larger than %(most)d MB. Three minutes of sound are far smaller: choose another."),
            code="too_large",
            params={"most": settings.MAX_UPLOAD_BYTES // 1024**2},
        )


@transaction.atomic
def enter_sample(sample: Sample, *, stored: StoredFile, now: datetime) -> None:
    """
    Write the row, its first event and its task in one transaction.

    Raise SampleRefused with a code of tries.find_obstacle. Locks the person. Rule: R-13.
    """
    User.objects.select_for_update().get(pk=sample.person_id)
    check_may_send(sample.person, project=sample.project, now=now)
    sample.original.name = stored.name
    sample.original_bytes = stored.size_bytes
    sample.original_sha256 = stored.sha256
    try:
        with transaction.atomic():
            sample.save()
    except IntegrityError as error:
        raise SampleRefused(_("Your sample is being looked at."), code="running") from error
    SampleEvent.objects.create(sample=sample, old="", new=sample.status, by=sample.person, at=now)
    async_task("recordings.tasks.measure_sample", sample.pk)


def measure_sample(sample_id: int, *, now: datetime) -> None:
    """
    Measure the sample in the sandbox, then refuse it with a reason or put it into review.

    It may run twice and be killed at any point: only a sample that is being
    measured is touched, and the last step is one transaction. While the storage
    is away nothing happens: requeue_stuck_samples comes back to the sample. A file
    that is gone is looked for during LOST_AFTER. Rules: R-5, R-6.
    """
    sample = _begin_attempt(sample_id, now=now)
    if sample is None:
        return
    try:
        _measure_once(sample, now=now)
    except FileLost as loss:
        logger.error("sample %s: %s", sample.key, loss)
        _forget_attempt(sample_id)
        if now - sample.sent_at >= LOST_AFTER:
            with contextlib.suppress(SampleMoved):
                _refuse(sample, "file_lost", now=now, detail=str(loss))
    except (OSError, UploadRefused) as fault:  # the storage's, or this machine's: never the sample's
        logger.warning("sample %s is measured later: %s", sample.key, fault)
        _forget_attempt(sample_id)


def _measure_once(sample: Sample, *, now: datetime) -> None:
    """Measure the sample from a local copy and write the outcome. Raise FileLost, OSError or UploadRefused."""
    copied = local_copy(
        sample.original,
        size_bytes=sample.original_bytes,
        sha256=sample.original_sha256,
        within_s=COPY_WITHIN_S,
    )
    with (
        copied as path,
        measuring_folder() as directory,
    ):
        result = measure_file(
            path,
            output_directory=directory,
            max_duration_s=longest_worth_measuring_s(sample.project),
            listen_s=longest_worth_hearing_s(sample.project),
        )
        preview = _store_preview(sample, result=result)
    found = search_alike(sample, words=result.fingerprint)
    if not _end_attempt(sample.pk, result=result, found=found, preview=preview, now=now) and preview:
        discard_file(preview)


def _forget_attempt(sample_id: int) -> None:
    """Give back an attempt in which nothing was measured; the sample is queued again as one that got stuck."""
    counted = Sample.objects.filter(pk=sample_id, measure_attempts__gt=0)
    counted.update(measure_attempts=F("measure_attempts") - 1)


@transaction.atomic
def _begin_attempt(sample_id: int, *, now: datetime) -> Sample | None:
    """Count an attempt and return the sample; None when it is measured already or has killed too many workers."""
    sample = Sample.objects.select_for_update(of=("self",)).select_related("project").get(pk=sample_id)
    if sample.status != SampleStatus.MEASURING:
        return None
    if sample.measure_attempts >= MAX_MEASURE_ATTEMPTS:
        _refuse(sample, "unplayable", now=now, detail="the measuring died each time")
        return None
    Sample.objects.filter(pk=sample_id).update(measure_attempts=F("measure_attempts") + 1)
    return sample


def _store_preview(sample: Sample, *, result: MeasureResult) -> str:
    """Copy the preview into storage and return its name there, "" when there is none."""
    if result.preview_path is None:
        return ""
    field = Sample._meta.get_field("preview")
    name = field.generate_filename(sample, result.preview_path.name)
    with result.preview_path.open("rb") as file:
        return store_file(File(file), name=name).name


@transaction.atomic
def _end_attempt(
    sample_id: int, *, result: MeasureResult, found: Search, preview: str, now: datetime
) -> bool:
    """Write what was measured and move the sample on. Return False when another attempt was faster."""
    sample = Sample.objects.select_for_update(of=("self",)).select_related("project").get(pk=sample_id)
    if sample.status != SampleStatus.MEASURING:
        return False
    if result.report is None:
        _refuse(sample, str(result.refusal_code), now=now, detail=result.detail, measured_at=now)
        return False
    screening = screen_report(result.report, project=sample.project)
    figures = {**_figures_of(result.report), "peaks": result.peaks, "preview": preview, "measured_at": now}
    lock_comparisons()
    sameness = Sameness() if screening.refusal else judge_sameness(sample, result=result, found=found)
    keep_matches(sample, matches=sameness.matches)
    refusal = screening.refusal or sameness.refusal
    if refusal:
        _refuse(sample, refusal, now=now, **figures)
    else:
        keep_fingerprint(sample, words=result.fingerprint)
        marks = screening.marks + sameness.marks
        move_sample(sample, SampleStatus.IN_REVIEW, by=None, now=now, marks=marks, **figures)
        assign_reviewers(sample, now=now)
    return True


def _refuse(sample: Sample, refusal: str, *, now: datetime, detail: str = "", **figures: Any) -> None:
    """Refuse the sample by machine; `detail` is for staff."""
    reason = f"{refusal}: {detail}" if detail else refusal
    move_sample(
        sample,
        SampleStatus.REFUSED,
        by=None,
        now=now,
        reason=reason[:300],
        refusal=refusal,
        decided_at=now,
        **figures,
    )


def _figures_of(report: Report) -> dict[str, Any]:
    """Return the columns of a sample that the report fills."""
    return {
        "duration_ms": report.duration_ms,
        "sample_rate_hz": report.sample_rate_hz,
        "channels": report.channels,
        "codec": report.codec[:24],
        "loudness_lufs": report.loudness_lufs,
        "peak_dbfs": report.peak_dbfs,
        "clipped_share": report.clipped_share,
        "speech_share": report.speech_share,
        "snr_db": report.snr_db,
        "bandwidth_hz": report.bandwidth_hz,
        "band_drop_db": report.band_drop_db,
        "quality_mos": report.quality_mos,
        "dominant_share": report.dominant_share,
        "voices": [vars(stretch) for stretch in report.voices],
        "measured_with": report.methods(),
        "pcm_sha256": report.pcm_sha256,
        "regions": [vars(region) for region in report.regions],
    }


@transaction.atomic
def requeue_stuck_samples(*, now: datetime) -> int:
    """
    Queue the samples again that were queued long ago and are still not measured; return how many.

    Each attempt is counted where it begins, so a long queue costs no attempt,
    and after MAX_MEASURE_ATTEMPTS the next one refuses the sample.
    """
    stuck = Sample.objects.filter(status=SampleStatus.MEASURING, queued_at__lte=now - STUCK_AFTER)
    requeued = 0
    for pk, queued_at in stuck.values_list("pk", "queued_at"):
        if Sample.objects.filter(pk=pk, queued_at=queued_at).update(queued_at=now):
            async_task("recordings.tasks.measure_sample", pk)
            requeued += 1
    return requeued
