"""Makers of samples and of sound files for the tests of recordings."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import gettempdir

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from recordings import queue, reviews
from recordings.audio.encode import ENCODINGS, write_audio
from recordings.audio.synthesis import make_conversation
from recordings.listening import record_listening
from recordings.models import Review, Sample, SampleStatus
from recordings.samples import move_sample
from scheduling.models import Project
from tests.factories import NOW

LISTENING = timedelta(minutes=3)


@cache
def sound_bytes(*, seconds: float = 150, seed: int = 1, encoding: str = "amr") -> bytes:
    """Return a file of two voices taking turns; the same arguments give the same bytes."""
    conversation = make_conversation(seconds=seconds, seed=seed)
    path = Path(gettempdir()) / f"duologue-test-{secrets.token_hex(8)}{ENCODINGS[encoding].suffix}"
    try:
        write_audio(path, conversation.mix(), sample_rate_hz=conversation.sample_rate_hz, encoding=encoding)
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)


def sound_file(*, name: str = "talk.amr", **sound: float | str) -> File:
    """Return a sound file as a form receives it."""
    return SimpleUploadedFile(name, sound_bytes(**sound), content_type="audio/amr")


def make_sample(
    person: User,
    *,
    project: Project,
    status: str = SampleStatus.IN_REVIEW,
    sent_at: datetime = NOW,
    duration_ms: int = 150_000,
    **fields: object,
) -> Sample:
    """Return a sample that was measured long ago, without the cost of measuring; its preview holds 100,000 bytes."""
    key = secrets.token_hex(16)
    sample = Sample.objects.create(
        project=project,
        person=person,
        key=key,
        original=f"samples/{key[:2]}/{key}/original",
        original_bytes=1_000_000,
        original_sha256=secrets.token_hex(32),
        sent_at=sent_at,
        queued_at=sent_at,
        **{
            "status": SampleStatus.MEASURING,
            "measured_at": sent_at,
            "duration_ms": duration_ms,
            "sample_rate_hz": 48_000,
            "channels": 1,
            "codec": "aac",
            "loudness_lufs": -21.4,
            "peak_dbfs": -3.2,
            "clipped_share": 0.0,
            "speech_share": 0.82,
            "pcm_sha256": secrets.token_hex(32),
            "peaks": [[-60, 60]] * 1_500,
            **fields,
        },
    )
    sample.preview.name = default_storage.save(
        f"samples/{key[:2]}/{key}/preview.mp3", ContentFile(bytes(range(250)) * 400)
    )
    sample.save(update_fields=["preview"])
    for step in _way_to(status):
        decided = {"decided_at": sent_at} if step in {SampleStatus.APPROVED, SampleStatus.REJECTED} else {}
        move_sample(sample, step, by=None, now=sent_at, **decided)
    return sample


def _way_to(status: str) -> list[str]:
    way = {
        SampleStatus.MEASURING: [],
        SampleStatus.IN_REVIEW: ["in_review"],
        SampleStatus.CROSS_REVIEW: ["in_review", "cross_review"],
        SampleStatus.APPROVED: ["in_review", "approved"],
        SampleStatus.REJECTED: ["in_review", "cross_review", "rejected"],
    }
    return way[SampleStatus(status)]


def hear(sample: Sample, *, by: User, now: datetime, share: float = 1.0) -> datetime:
    """Let somebody open the sample at `now` and hear its first part; return when they are done."""
    record_listening(sample, listener=by, seconds=[], now=now)
    done_at = now + LISTENING
    record_listening(
        sample, listener=by, seconds=range(round(sample.duration_ms / 1000 * share)), now=done_at
    )
    return done_at


def vote(
    sample: Sample,
    *,
    by: User,
    verdict: str,
    now: datetime,
    reasons: Iterable[str] = (),
    note: str = "",
) -> Review:
    """Let a reviewer take a place on this very sample, hear it and vote; the vote is cast at `now`."""
    queue.hold_place(sample, reviewer=by, now=now - LISTENING)
    hear(sample, by=by, now=now - LISTENING)
    reasons = reasons or (["noise"] if verdict == "reject" else [])
    return reviews.cast_vote(sample, reviewer=by, verdict=verdict, reasons=reasons, note=note, now=now)


def reject(
    sample: Sample, *, lead: User, now: datetime, reasons: Iterable[str] = ("noise",), explanation: str = ""
) -> None:
    """Let a lead reviewer hear the sample and confirm the rejection at `now`."""
    hear(sample, by=lead, now=now - LISTENING)
    reviews.cross_review(
        sample, lead=lead, verdict="confirm", reasons=reasons, explanation=explanation, now=now
    )
