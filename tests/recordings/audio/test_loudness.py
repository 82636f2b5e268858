import numpy as np
import pytest

from recordings.audio.loudness import LoudnessMeter
from recordings.audio.synthesis import make_tone


def measure(*signals, rate_hz=48_000):
    meter = LoudnessMeter(sample_rate_hz=rate_hz)
    sound = np.concatenate(signals, axis=1)
    for start in range(0, sound.shape[1], rate_hz):
        meter.add(sound[:, start : start + rate_hz])
    return meter.loudness_lufs()


def both(signal):
    return np.repeat(signal, 2, axis=0)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_loudness_of_the_standards_tone(rate_hz):
    """A tone of 997 Hz with a crest of 0 dBFS in one channel is -3.01 LUFS by definition."""
    tone = make_tone(seconds=5, rms_dbfs=-3.0103, frequency_hz=997, rate_hz=rate_hz)
    assert measure(tone, rate_hz=rate_hz) == pytest.approx(-3.01, abs=0.03)


def test_loudness_adds_the_channels():
    tone = make_tone(seconds=5, rms_dbfs=-23.0)
    assert measure(tone) == pytest.approx(-23.0, abs=0.05)
    assert measure(both(tone)) == pytest.approx(-20.0, abs=0.05)


def test_loudness_drops_quiet_passages_by_the_relative_gate():
    """EBU Tech 3341, case 3: -36, -23 and -36 dBFS for 10, 60 and 10 s are -23 LUFS in stereo."""
    quiet = both(make_tone(seconds=10, rms_dbfs=-39.01))
    loud = both(make_tone(seconds=60, rms_dbfs=-26.01))
    assert measure(quiet, loud, quiet) == pytest.approx(-23.0, abs=0.1)


def test_loudness_drops_silence_by_the_absolute_gate():
    """EBU Tech 3341, case 4: passages at -72 dBFS change nothing."""
    faint = both(make_tone(seconds=10, rms_dbfs=-75.01))
    loud = both(make_tone(seconds=60, rms_dbfs=-26.01))
    assert measure(faint, loud, faint) == pytest.approx(-23.0, abs=0.1)


def test_loudness_weighs_lows_down_and_highs_up():
    assert measure(make_tone(seconds=5, rms_dbfs=-20, frequency_hz=50)) < -24
    assert measure(make_tone(seconds=5, rms_dbfs=-20, frequency_hz=5_000)) == pytest.approx(-16.7, abs=0.3)


@pytest.mark.parametrize("seconds", [0.01, 0.39])
def test_loudness_needs_400_ms(seconds):
    assert measure(make_tone(seconds=seconds, rms_dbfs=-20)) is None
    assert measure(make_tone(seconds=0.4, rms_dbfs=-20)) is not None


def test_loudness_of_silence_is_unknown():
    assert measure(np.zeros((1, 96_000), dtype=np.float32)) is None
