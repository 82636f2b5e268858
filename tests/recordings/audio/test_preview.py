import av
import numpy as np
import pytest

from recordings.audio.decode import open_audio
from recordings.audio.encode import write_audio
from recordings.audio.preview import AAC, PreviewMaker
from recordings.audio.report import Limits, measure, measure_all
from recordings.audio.synthesis import make_tone
from tests.recordings.audio.makers import make_file, talk


def make_preview(directory, path):
    directory.mkdir()
    measurement = measure_all(path, limits=Limits(max_duration_s=185), preview_directory=directory)
    assert measurement.preview_path
    return measurement.preview_path


@pytest.mark.parametrize("encoding", ["m4a", "webm", "amr", "ogg"])
def test_preview_is_mono_as_long_as_the_original_and_evened_out(tmp_path, encoding):
    path = make_preview(tmp_path / "out", make_file(tmp_path, encoding=encoding))
    report = measure(path, limits=Limits(max_duration_s=185))
    assert (path.name, report.codec, report.channels) == ("preview.mp3", "mp3", 1)
    assert report.duration_ms == pytest.approx(4_000, abs=150)
    assert report.loudness_lufs == pytest.approx(-20, abs=1)
    assert report.peak_dbfs <= 0.5


def test_preview_has_a_constant_bit_rate(tmp_path):
    path = make_preview(tmp_path / "out", make_file(tmp_path))
    with av.open(str(path)) as container:
        sizes = [packet.size for packet in container.demux(audio=0) if packet.size]
    assert max(sizes) - min(sizes) <= 1  # the padding byte


@pytest.mark.parametrize(
    ("rate_hz", "highest_hz", "preview_rate_hz"),
    [(8_000, 1_000, 16_000), (16_000, 7_900, 16_000), (48_000, 7_900, 16_000), (48_000, 8_100, 24_000)],
)
def test_preview_rate_follows_the_sound(tmp_path, rate_hz, highest_hz, preview_rate_hz):
    tone = make_tone(seconds=2, rms_dbfs=-30, frequency_hz=highest_hz, rate_hz=rate_hz)
    path = make_preview(tmp_path / "out", make_file(tmp_path, signal=tone, sample_rate_hz=rate_hz))
    with open_audio(path) as audio:
        assert audio.source.sample_rate_hz == preview_rate_hz


def test_preview_lifts_a_whisper_by_30_db_at_most(tmp_path):
    quiet = make_tone(seconds=3, rms_dbfs=-60)
    path = make_preview(
        tmp_path / "out", make_file(tmp_path, encoding="wav24", signal=quiet, sample_rate_hz=48_000)
    )
    assert measure(path, limits=Limits(max_duration_s=9)).rms_dbfs == pytest.approx(-30, abs=0.5)


def test_preview_of_silence_is_silent(tmp_path):
    silence = np.zeros((1, 32_000), dtype=np.float32)
    path = make_preview(tmp_path / "out", make_file(tmp_path, signal=silence))
    assert measure(path, limits=Limits(max_duration_s=9)).loudness_lufs is None


def test_preview_bends_peaks_instead_of_cutting_them(tmp_path):
    spiky = talk().mix() * np.float32(0.01)
    spiky[0, 8_000:8_010] = 0.9
    maker = PreviewMaker(sample_rate_hz=16_000)
    maker.add(spiky[0])
    path = maker.write(tmp_path)
    assert measure(path, limits=Limits(max_duration_s=9)).peak_dbfs <= 0.5


def test_preview_has_a_second_form_for_builds_without_lame(tmp_path):
    path = tmp_path / "preview.m4a"
    write_audio(path, talk().mix(), sample_rate_hz=16_000, encoding=AAC)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert measure(path, limits=Limits(max_duration_s=9)).codec == "aac"
