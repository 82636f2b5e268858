"""Spectra on the mel scale (Slaney's, each filter of equal area), as the models were trained on them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from recordings.audio.mono import MODEL_RATE_HZ, Signal

HOP = 160  # samples: 10 ms

_LINEAR_HZ = 200 / 3  # a mel below 1 kHz
_KNEE_HZ = 1_000.0
_KNEE_MEL = _KNEE_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27  # an octave and a bit more above it


def mel_weights(*, bands: int, size: int) -> NDArray[np.float32]:
    """Return what each bin of a transform of `size` samples gives to each band, [bins, bands]."""
    edges_hz = _as_hz(np.linspace(0.0, _as_mel(MODEL_RATE_HZ / 2), bands + 2))
    bins_hz = np.arange(size // 2 + 1) * MODEL_RATE_HZ / size
    widths_hz = np.diff(edges_hz)
    rising = (bins_hz[:, np.newaxis] - edges_hz[:-2]) / widths_hz[:-1]
    falling = (edges_hz[2:] - bins_hz[:, np.newaxis]) / widths_hz[1:]
    weights = np.maximum(0, np.minimum(rising, falling)) * 2 / (edges_hz[2:] - edges_hz[:-2])
    return weights.astype(np.float32)


def hann(size: int) -> NDArray[np.float32]:
    """Return the periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def frame_up(signal: Signal, *, size: int) -> NDArray[np.float32]:
    """Return the frames of a signal, one every HOP, without a copy: [frames, size]."""
    return sliding_window_view(signal, size)[::HOP]


def _as_mel(frequency_hz: float) -> float:
    if frequency_hz < _KNEE_HZ:
        return frequency_hz / _LINEAR_HZ
    return float(_KNEE_MEL + np.log(frequency_hz / _KNEE_HZ) / _LOG_STEP)


def _as_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _KNEE_HZ * np.exp(_LOG_STEP * (mels - _KNEE_MEL))
    return np.where(mels < _KNEE_MEL, mels * _LINEAR_HZ, above)
