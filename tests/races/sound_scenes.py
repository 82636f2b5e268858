"""Samples whose measuring ends at one moment, in the race tests."""

import numpy as np

from recordings import samples
from recordings.audio.report import Report
from recordings.duplicates import search_alike
from recordings.models import Sample, SampleFingerprint, SampleStatus
from recordings.sandbox import MeasureResult
from tests.factories import NOW, make_person, make_project
from tests.recordings.makers import make_sample


def make_measuring(*, count: int) -> list[int]:
    """Prepare samples of as many people whose measuring is about to end."""
    project = make_project()
    made = [
        make_sample(make_person(), project=project, status=SampleStatus.MEASURING, measured_at=None)
        for _number in range(count)
    ]
    return [sample.pk for sample in made]


def end_measuring(*, sample: int) -> str:
    """End the measuring with the sound that all of them have; return where the sample stands then."""
    report = Report(
        container="mp4",
        codec="aac",
        is_lossless=False,
        sample_rate_hz=48_000,
        channels=1,
        duration_ms=150_000,
        declared_duration_ms=150_000,
        broken_packet_count=0,
        pcm_sha256=f"{sample:064x}",
        peak_dbfs=-3.0,
        rms_dbfs=-22.0,
        talk_level_dbfs=-18.0,
        floor_level_dbfs=-60.0,
        loudness_lufs=-20.0,
        clipped_share=0.0,
        speech_share=0.8,
        speech_method="energy",
        silence_share=0.2,
        longest_silence_ms=900,
        regions=(),
        snr_db=30.0,
        bandwidth_hz=12_000,
        band_drop_db=10.0,
        quality_mos=3.5,
        quality_method="",
        dominant_share=0.5,
        voices_method="",
        voices=(),
    )
    words = np.random.default_rng(1).integers(1, 2**16, 8_000).astype(np.uint16)
    result = MeasureResult(report=report, fingerprint=words)
    found = search_alike(Sample.objects.get(pk=sample), words=words)
    samples._end_attempt(sample, result=result, found=found, preview="samples/ab/preview.mp3", now=NOW)
    return Sample.objects.get(pk=sample).status


def count_fingerprints() -> int:
    """Return how many sounds are known."""
    return SampleFingerprint.objects.count()
