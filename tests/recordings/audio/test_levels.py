import numpy as np
import pytest

from recordings.audio.levels import FLOOR_DBFS, ClippingMeter, LevelMeter
from recordings.audio.synthesis import make_conversation, make_tone


def feed(meter, signal, *, rate_hz=48_000):
    for start in range(0, signal.shape[1], rate_hz):
        meter.add(signal[:, start : start + rate_hz])
    return meter


def as_16_bits(signal):
    return np.round(np.clip(signal, -1, 1) * 32_767).astype(np.float32) / 32_768


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000, 96_000])
def test_level_meter_measures_a_known_tone(rate_hz):
    tone = make_tone(seconds=3, rms_dbfs=-20, rate_hz=rate_hz, frequency_hz=1_000)
    meter = feed(LevelMeter(sample_rate_hz=rate_hz), tone, rate_hz=rate_hz)
    assert meter.rms_dbfs() == pytest.approx(-20, abs=0.01)
    assert meter.peak_dbfs() == pytest.approx(-16.99, abs=0.05)
    levels = meter.frame_levels_dbfs()
    assert len(levels) == 300
    assert levels == pytest.approx(np.full(300, -20), abs=0.6)


def test_level_meter_of_silence_stands_at_the_floor():
    meter = feed(LevelMeter(sample_rate_hz=48_000), np.zeros((1, 48_000), dtype=np.float32))
    assert (meter.peak_dbfs(), meter.rms_dbfs()) == (FLOOR_DBFS, FLOOR_DBFS)
    assert set(meter.frame_levels_dbfs().tolist()) == {FLOOR_DBFS}


def test_level_meter_of_nothing_has_no_frames():
    meter = LevelMeter(sample_rate_hz=48_000)
    meter.add(np.zeros((1, 0), dtype=np.float32))
    assert len(meter.frame_levels_dbfs()) == 0
    assert meter.rms_dbfs() == FLOOR_DBFS


def test_level_meter_averages_the_power_of_the_channels():
    tone = make_tone(seconds=1, rms_dbfs=-20)
    meter = feed(LevelMeter(sample_rate_hz=48_000), np.concatenate([tone, np.zeros_like(tone)]))
    assert meter.rms_dbfs() == pytest.approx(-23.01, abs=0.01)


def test_clipping_meter_finds_nothing_in_speech_that_was_not_cut():
    sound = as_16_bits(make_conversation(seconds=30, seed=3).mix())
    meter = feed(ClippingMeter(is_lossless=True), sound, rate_hz=16_000)
    assert (meter.clipped_share(), meter.clipped_seconds()) == (0.0, [])


@pytest.mark.parametrize("gain", [1.0, 0.5, 0.05])
def test_clipping_meter_finds_cut_pcm_at_any_later_gain(gain):
    tone = make_tone(seconds=4, rms_dbfs=-6, frequency_hz=440)
    tone[:, 96_000:144_000] *= 4
    sound = as_16_bits(np.clip(tone, -1, 1) * gain)
    cut = np.mean(np.abs(tone) >= 1)
    meter = feed(ClippingMeter(is_lossless=True), sound)
    assert meter.clipped_share() == pytest.approx(cut, rel=0.05)
    assert meter.clipped_seconds() == [2]


def test_clipping_meter_counts_a_run_of_three_and_not_of_two():
    sound = np.zeros((1, 100), dtype=np.float32)
    sound[0, 10:12] = 0.9
    assert feed(ClippingMeter(is_lossless=True), sound).clipped_share() == 0
    sound[0, 12] = 0.9
    assert feed(ClippingMeter(is_lossless=True), sound).clipped_share() == pytest.approx(3 / 100)


@pytest.mark.parametrize("shift", range(-3, 3))
def test_clipping_meter_counts_a_run_once_across_two_blocks(shift):
    sound = np.zeros((1, 200), dtype=np.float32)
    sound[0, 100 + shift : 105 + shift] = -0.8
    meter = feed(ClippingMeter(is_lossless=True), sound, rate_hz=100)
    assert meter.clipped_share() == pytest.approx(5 / 200)


def test_clipping_meter_forgets_runs_far_below_the_final_peak():
    sound = np.zeros((1, 200), dtype=np.float32)
    sound[0, 10:20] = 0.3
    sound[0, 150] = 0.9
    assert feed(ClippingMeter(is_lossless=True), sound, rate_hz=100).clipped_share() == 0


def test_clipping_meter_leaves_coarse_quiet_steps_alone():
    sound = np.round(make_tone(seconds=1, rms_dbfs=-60) * 1_000) / np.float32(1_000)
    assert feed(ClippingMeter(is_lossless=True), sound).clipped_share() == 0


def test_clipping_meter_counts_lossy_samples_at_full_scale():
    sound = np.zeros((1, 1_000), dtype=np.float32)
    sound[0, :4] = (0.9989, 0.999, -1.2, 1.0)
    meter = feed(ClippingMeter(is_lossless=False), sound, rate_hz=500)
    assert (meter.clipped_share(), meter.clipped_seconds()) == (3 / 1_000, [0])
