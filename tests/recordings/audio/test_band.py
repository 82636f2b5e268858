import numpy as np
import pytest
import soxr

from recordings.audio.band import BandMeter
from recordings.audio.decode import open_audio
from recordings.audio.mono import mix_down
from tests.recordings.audio.makers import find_labelled, make_file


def band_of(signal, *, rate_hz):
    meter = BandMeter(sample_rate_hz=rate_hz)
    for start in range(0, len(signal), rate_hz):
        meter.add(signal[start : start + rate_hz])
    return meter.band()


def hiss(rate_hz, *, seconds=4):
    return np.random.default_rng(1).standard_normal(seconds * rate_hz, dtype=np.float32) * np.float32(0.1)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_full_band_ends_at_half_the_rate_without_a_drop(rate_hz):
    band = band_of(hiss(rate_hz), rate_hz=rate_hz)
    assert band.edge_hz == pytest.approx(rate_hz // 2, abs=100)
    assert band.drop_db < 10


@pytest.mark.parametrize(
    ("true_hz", "rate_hz"), [(8_000, 16_000), (8_000, 48_000), (11_025, 44_100), (16_000, 48_000)]
)
def test_upsampled_sound_ends_at_its_own_half_rate_with_a_drop(true_hz, rate_hz):
    signal = soxr.resample(hiss(true_hz), true_hz, rate_hz)
    band = band_of(signal, rate_hz=rate_hz)
    assert band.edge_hz == pytest.approx(true_hz // 2, abs=400)
    assert band.drop_db > 45


@pytest.mark.parametrize("encoding", ["m4a", "mp3"])
def test_upsampled_sound_is_known_behind_a_codec(tmp_path, encoding):
    signal = soxr.resample(hiss(8_000), 8_000, 48_000)[np.newaxis]
    path = make_file(tmp_path, encoding=encoding, signal=signal, sample_rate_hz=48_000)
    with open_audio(path) as audio:
        meter = BandMeter(sample_rate_hz=audio.source.sample_rate_hz)
        for block in audio.blocks(max_duration_s=9):
            meter.add(mix_down(block))
    assert meter.band().edge_hz < 4_600
    assert meter.band().drop_db > 30


def test_silence_has_no_band():
    assert band_of(np.zeros(48_000, dtype=np.float32), rate_hz=48_000) is None
    assert BandMeter(sample_rate_hz=48_000).band() is None


def test_telephone_band_is_far_from_being_refused():
    for path in find_labelled("codec/*.amr", "codec/sample.*", "conversation/phone*.wav"):
        with open_audio(path) as audio:
            meter = BandMeter(sample_rate_hz=audio.source.sample_rate_hz)
            for block in audio.blocks(max_duration_s=60):
                meter.add(mix_down(block))
        assert 3_600 <= meter.band().edge_hz <= 4_300
