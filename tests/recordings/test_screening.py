import pytest

from recordings.audio.report import Report
from recordings.screening import screen_report
from scheduling.models import Project

GOOD = {
    "container": "mp4",
    "codec": "aac",
    "is_lossless": False,
    "sample_rate_hz": 48_000,
    "channels": 1,
    "duration_ms": 150_000,
    "declared_duration_ms": 150_000,
    "broken_packet_count": 0,
    "pcm_sha256": "0" * 64,
    "peak_dbfs": -3.0,
    "rms_dbfs": -22.0,
    "talk_level_dbfs": -18.0,
    "floor_level_dbfs": -55.0,
    "loudness_lufs": -21.0,
    "clipped_share": 0.0,
    "speech_share": 0.8,
    "speech_method": "energy",
    "silence_share": 0.2,
    "longest_silence_ms": 1_000,
    "regions": (),
}


def screen(**figures):
    screening = screen_report(Report(**{**GOOD, **figures}), project=Project(name="x", slug="x"))
    return screening.refusal, screening.marks


@pytest.mark.parametrize(
    ("duration_ms", "refusal"),
    [
        (114_999, "too_short"),
        (115_000, ""),
        (185_000, ""),
        (185_001, "too_long"),
        (110_000, "too_short"),
        (190_000, "too_long"),
    ],
)
def test_length_has_five_seconds_of_grace(duration_ms, refusal):
    assert screen(duration_ms=duration_ms) == (refusal, [])


@pytest.mark.parametrize(
    ("figures", "refusal", "marks"),
    [
        ({}, "", []),
        ({"loudness_lufs": None}, "silent", []),
        ({"peak_dbfs": -60.01}, "silent", []),
        ({"loudness_lufs": -45.01}, "too_quiet", []),
        ({"loudness_lufs": -45.0}, "", ["quiet"]),
        ({"loudness_lufs": -32.0}, "", []),
        ({"loudness_lufs": -11.99}, "", ["loud"]),
        ({"speech_share": 0.349}, "little_speech", []),
        ({"speech_share": 0.35}, "", ["little_speech"]),
        ({"speech_share": 0.55}, "", []),
        ({"clipped_share": 0.0005}, "clipped", []),
        ({"clipped_share": 0.000_001}, "", ["clipped"]),
        ({"is_lossless": True, "clipped_share": 0.005}, "clipped", []),
        ({"is_lossless": True, "clipped_share": 0.0049}, "", ["clipped"]),
        ({"is_lossless": True, "clipped_share": 0.000_09}, "", []),
    ],
)
def test_thresholds_refuse_and_mark(figures, refusal, marks):
    assert screen(**figures) == (refusal, marks)
