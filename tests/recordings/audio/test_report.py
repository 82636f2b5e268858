import json

import numpy as np
import pytest

from recordings.audio.networks import P808, SILERO, SPEAKER
from recordings.audio.refusals import DecodeError, RefusalCode
from recordings.audio.report import Limits, Region, Report, measure, measure_all
from recordings.audio.synthesis import RATE_HZ, make_tone
from tests.recordings.audio.makers import make_file, talk

LIMITS = Limits(max_duration_s=185)


def test_report_of_a_known_tone(tmp_path):
    tone = make_tone(seconds=3, rms_dbfs=-20)
    report = measure(make_file(tmp_path, signal=tone, sample_rate_hz=48_000), limits=LIMITS)
    assert report == Report(
        container="wav",
        codec="pcm_s16le",
        is_lossless=True,
        sample_rate_hz=48_000,
        channels=1,
        duration_ms=3_000,
        declared_duration_ms=3_000,
        broken_packet_count=0,
        pcm_sha256=report.pcm_sha256,
        peak_dbfs=-16.99,
        rms_dbfs=-20.0,
        talk_level_dbfs=-20.0,
        floor_level_dbfs=-20.0,
        loudness_lufs=-19.99,
        clipped_share=0.0,
        speech_share=0.0,
        speech_method=SILERO.name(),
        silence_share=1.0,
        longest_silence_ms=3_000,
        snr_db=None,
        bandwidth_hz=1_100,
        band_drop_db=report.band_drop_db,
        quality_mos=report.quality_mos,
        quality_method=f"{P808.name()} P.808",
        dominant_share=None,
        voices_method=SPEAKER.name(),
        voices=(),
        regions=(),
    )


def test_report_survives_json(tmp_path):
    report = measure(make_file(tmp_path), limits=LIMITS)
    assert Report.from_dict(json.loads(json.dumps(report.as_dict()))) == report


@pytest.mark.parametrize(
    "change",
    [
        {"codec": None},
        {"codec": "x" * 65},
        {"codec": "<script>\n"},
        {"duration_ms": "3000"},
        {"duration_ms": 1e300},
        {"duration_ms": 1.5},
        {"is_lossless": 1},
        {"channels": True},
        {"peak_dbfs": float("nan")},
        {"regions": [{"kind": "other", "from_ms": 0, "to_ms": 1}]},
        {"regions": [{"kind": "clipping"}]},
        {"regions": [{"kind": "clipping", "from_ms": 0, "to_ms": 1}] * 1_001},
        {"voices": [{"voice": "c", "from_ms": 0, "to_ms": 1}]},
        {"voices": [{"kind": "a", "from_ms": 0, "to_ms": 1}]},
        {"snr_db": float("inf")},
        {"bandwidth_hz": 1.5},
        {"surplus": 1},
    ],
)
def test_report_is_not_built_from_odd_figures(tmp_path, change):
    figures = measure(make_file(tmp_path), limits=LIMITS).as_dict()
    with pytest.raises(ValueError, match="not "):
        Report.from_dict({**figures, **change})


def test_report_hashes_the_sound_and_not_the_file(tmp_path):
    wav, flac = (measure(make_file(tmp_path, encoding=e), limits=LIMITS) for e in ("wav", "flac"))
    other = measure(make_file(tmp_path, signal=talk(seed=8).mix()), limits=LIMITS)
    assert wav.pcm_sha256 == flac.pcm_sha256
    assert wav.pcm_sha256 != other.pcm_sha256


def test_report_marks_long_silence_and_clipping(tmp_path):
    sound = np.concatenate([talk().mix(), np.zeros((1, 6 * RATE_HZ), dtype=np.float32), talk().mix()], axis=1)
    sound[0, 12 * RATE_HZ : 12 * RATE_HZ + 40] = 0.99
    report = measure(make_file(tmp_path, signal=sound), limits=LIMITS)
    silence, clipping = report.regions
    assert (silence.kind, clipping) == ("long_silence", Region(kind="clipping", from_ms=12_000, to_ms=13_000))
    assert (silence.from_ms, silence.to_ms) == pytest.approx((4_000, 10_000), abs=1_000)
    assert report.longest_silence_ms == silence.to_ms - silence.from_ms


@pytest.mark.parametrize("encoding", ["flac", "mp3"])
def test_report_refuses_what_ends_before_its_declared_length(tmp_path, encoding):
    path = make_file(tmp_path, encoding=encoding)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 8 // 10])
    with pytest.raises(DecodeError) as refusal:
        measure(path, limits=LIMITS)
    assert refusal.value.code == RefusalCode.TRUNCATED


def test_report_takes_fragments_without_a_length(tmp_path):
    assert measure(make_file(tmp_path, encoding="mp4"), limits=LIMITS).duration_ms == pytest.approx(
        4_000, abs=150
    )


def test_report_names_what_its_figures_were_taken_with(tmp_path):
    path = make_file(tmp_path, signal=talk(20).mix())
    listened, levels = (
        measure(path, limits=Limits(max_duration_s=185, listen_s=listen_s)) for listen_s in (20, 19)
    )
    assert listened.methods() == {
        "speech": SILERO.name(),
        "quality": f"{P808.name()} P.808",
        "voices": SPEAKER.name(),
    }
    assert levels.methods() == {"speech": "energy"}
    assert {stretch.voice for stretch in listened.voices} == {"a", "b"}
    heard = (levels.snr_db, levels.bandwidth_hz, levels.quality_mos, levels.dominant_share, levels.voices)
    assert heard == (None, None, None, None, ())
    assert (levels.duration_ms, levels.pcm_sha256) == (listened.duration_ms, listened.pcm_sha256)


def test_measure_all_gives_peaks_and_a_preview_only_when_asked(tmp_path):
    path = make_file(tmp_path)
    measurement = measure_all(path, limits=Limits(max_duration_s=9, columns=100), preview_directory=None)
    assert len(measurement.peaks) == 100
    assert measurement.preview_path is None


def test_measure_all_gives_no_preview_of_what_is_too_long_to_listen_to(tmp_path):
    path = make_file(tmp_path)
    for listen_s, has_preview in ((4, True), (3.9, False), (0, False)):
        limits = Limits(max_duration_s=9, listen_s=listen_s)
        assert bool(measure_all(path, limits=limits, preview_directory=tmp_path).preview_path) is has_preview
