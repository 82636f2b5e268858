"""
What people hear in place of the original: mono, evened out in loudness, and
small, at a constant bit rate so that a browser seeks by arithmetic.
"""

from pathlib import Path

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from recordings.audio.encode import Encoding, write_audio
from recordings.audio.loudness import LoudnessMeter
from recordings.audio.mono import MonoCollector, Signal

RATE_HZ = 24_000  # 12 kHz of band: hiss and sharpness stay audible, at half the cost of 48 kHz
NARROW_RATE_HZ = 16_000  # for what has no more to give: a third cheaper again
NARROW_BAND_HZ = NARROW_RATE_HZ // 2
TARGET_LUFS = -20.0
MOST_GAIN_DB = 30.0
KNEE = 0.7  # above it the gain bends instead of clipping

# MP3 plays and seeks in every browser, Safari and the free builds of Chromium included.
MP3 = Encoding(
    muxer="mp3",
    codec="libmp3lame",
    suffix=".mp3",
    bit_rate=64_000,
    rates_hz=(NARROW_RATE_HZ, RATE_HZ),
    codec_options={"compression_level": "7"},  # a third cheaper than the default, and as good for speech
)
# For builds of FFmpeg without LAME. The index stands in front, so that playing starts at once.
AAC = Encoding(
    muxer="ipod",
    codec="aac",
    suffix=".m4a",
    bit_rate=64_000,
    rates_hz=(NARROW_RATE_HZ, RATE_HZ),
    muxer_options={"movflags": "+faststart"},
    codec_options={"aac_coder": "fast"},
)


class PreviewMaker:
    """Collects one channel at the preview's rate while the file is measured, and writes it at the end."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        rate_hz = NARROW_RATE_HZ if sample_rate_hz <= NARROW_RATE_HZ else RATE_HZ
        self._mono = MonoCollector(sample_rate_hz=sample_rate_hz, rate_hz=rate_hz)
        # Its own loudness: two equal channels measure 3 dB louder than the one they become.
        self._loudness = LoudnessMeter(sample_rate_hz=sample_rate_hz)

    def add(self, mono: Signal) -> None:
        """Take the next piece of the mixed channel."""
        self._loudness.add(mono[np.newaxis])
        self._mono.add(mono)

    def write(self, directory: Path, *, band_hz: int | None = None) -> Path:
        """Write `preview.mp3` (or `.m4a`) into the directory and return its path; `band_hz` is where the sound ends."""
        encoding = MP3 if MP3.codec in av.codecs_available else AAC
        path = directory / f"preview{encoding.suffix}"
        loudness_lufs = self._loudness.loudness_lufs()
        gain_db = 0.0 if loudness_lufs is None else min(TARGET_LUFS - loudness_lufs, MOST_GAIN_DB)
        signal, rate_hz = self._mono.signal(), self._mono.rate_hz
        if band_hz is not None and band_hz <= NARROW_BAND_HZ < rate_hz / 2:
            signal, rate_hz = soxr.resample(signal, rate_hz, NARROW_RATE_HZ), NARROW_RATE_HZ
        signal *= np.float32(10 ** (gain_db / 20))
        write_audio(path, _bend(signal), sample_rate_hz=rate_hz, encoding=encoding)
        return path


def _bend(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bend what exceeds the knee towards full scale, in place; the rest stays as it is."""
    over = np.flatnonzero((signal > KNEE) | (signal < -KNEE))
    excess = (np.abs(signal[over]) - KNEE) / (1 - KNEE)
    signal[over] = np.sign(signal[over]) * (KNEE + (1 - KNEE) * np.tanh(excess))
    return signal
