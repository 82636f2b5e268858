"""The demo's sound: conversations that the project makes itself, sent and measured like anybody's."""

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.core.files.base import File
from django.db import connection
from django_q.models import OrmQ

from accounts.models import User
from config.demo.crowd import Walker
from recordings.audio.encode import write_audio
from recordings.audio.synthesis import make_conversation
from recordings.models import Sample, SampleStatus
from recordings.samples import measure_sample, submit_sample
from scheduling.models import Project

RATE_HZ = 16_000
FORMATS = ("m4a", "m4a", "flac", "m4a")
# Inside the project's length with its grace, and about as short as that allows: the first start should be quick.
SHORTER_BY_S, SPREAD_S = 2, 9
# Marked as noisy; at 12 dB the models do not take the synthesised voices for speech any more.
NOISY_SNR_DB = 18.0
TOO_SHORT_BY_S = 23
MOST_TRIES = 4
SEEDS_APART = 1_000  # no two people record the same


class Recording(NamedTuple):
    """What somebody records: its length in seconds, and a seed that no other recording has."""

    seconds: float
    seed: int
    snr_db: float


def send_samples(walkers: Sequence[Walker], *, project: Project) -> dict[int, Sample]:
    """Let each walker send a sample and have it measured; return the samples by the person's id."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        samples = list(
            pool.map(lambda pair: _send(pair[1], seed=pair[0], project=project), enumerate(walkers))
        )
    _forget_tasks()
    return {sample.person_id: sample for sample in samples}


def _forget_tasks() -> None:
    """Remove what the worker was asked to do: it has just been done here."""
    OrmQ.objects.all().delete()


def send_again(person: User, *, first: Sample, now: datetime) -> None:
    """Let a rejected person send the same recording once more: it is known again, and reviewers see so. Rule: R-6."""
    with first.original.open("rb") as file:
        sample = submit_sample(person, project=first.project, file=File(file), now=now)
    measure_sample(sample.pk, now=now + timedelta(minutes=1))
    _forget_tasks()


def _send(walker: Walker, *, seed: int, project: Project) -> Sample:
    """
    Record, send and measure a sample at the time of the walker's story; who is refused for the sound sends another.

    A few of the synthesised voices are no speech to the models that listen.
    """
    for turn in range(MOST_TRIES):
        sent_at = walker.joined_at + timedelta(minutes=40 + 10 * turn)
        sample = _send_once(walker, seed=seed + turn * SEEDS_APART, sent_at=sent_at, project=project)
        if walker.fate == "refused" or sample.status != SampleStatus.REFUSED:
            return sample
    raise AssertionError(f"{MOST_TRIES} samples of one person were refused: {sample.refusal}")


def _send_once(walker: Walker, *, seed: int, sent_at: datetime, project: Project) -> Sample:
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"talk.{FORMATS[seed % len(FORMATS)]}"
            write_recording(path, recording=_plan(walker, seed=seed, project=project))
            with path.open("rb") as file:
                sample = submit_sample(walker.person, project=project, file=File(file), now=sent_at)
        measure_sample(sample.pk, now=sent_at + timedelta(minutes=1))
        sample.refresh_from_db()
    finally:
        connection.close()
    return sample


def _plan(walker: Walker, *, seed: int, project: Project) -> Recording:
    """Return what the walker records: those who are refused by the machine are too short, one in nine is noisy."""
    shortest = project.sample_min_s - SHORTER_BY_S
    seconds = shortest - TOO_SHORT_BY_S if walker.fate == "refused" else shortest + seed % SPREAD_S
    return Recording(seconds, seed, NOISY_SNR_DB if seed % 9 == 8 else 30.0)


def write_recording(path: Path, *, recording: Recording) -> None:
    """Write a conversation of two voices, in the format of the path's ending."""
    talk = make_conversation(seconds=recording.seconds, seed=recording.seed, snr_db=recording.snr_db)
    write_audio(path, talk.mix(), sample_rate_hz=RATE_HZ, encoding=path.suffix.lstrip("."))
