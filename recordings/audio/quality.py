"""
What listeners would say of the sound on a scale of 1 to 5: DNSMOS P.808, a model of crowds' answers.

Method: windows of 9 s, evenly spread over the sound and at most MOST_WINDOWS of
them, each as 120 mel bands in dB below its loudest; the mean of their scores. It
does not depend on the level. Clean speech scores 3.4 to 3.9, 20 dB of SNR 2.9 to
3.3, 10 dB 2.5 to 2.8; it says nothing about what is said or by how many.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from recordings.audio.mel import HOP, frame_up, hann, mel_weights
from recordings.audio.mono import MODEL_RATE_HZ, Signal
from recordings.audio.networks import P808, run_network

WINDOW = 9 * MODEL_RATE_HZ
MOST_WINDOWS = 12  # their mean is within 0.1 of the mean over all of them
FRAME = 321  # samples; odd, as the model was trained
FRAMES = 900
BANDS = 120
RANGE_DB = 80.0
LEAST_POWER = 1e-10
SHORTEST = MODEL_RATE_HZ // 2  # below half a second there is nothing to say


def rate_quality(signal: Signal) -> float | None:
    """Return the score of a channel at MODEL_RATE_HZ; None for less than half a second, or for digital silence."""
    if len(signal) < SHORTEST or not signal.any():
        return None
    if len(signal) < WINDOW:
        signal = np.tile(signal, -(-WINDOW // len(signal)))
    whole = len(signal) // WINDOW
    starts = np.linspace(0, len(signal) - WINDOW, min(MOST_WINDOWS, whole)).astype(int)
    # One at a time: together they leave the cache and take three times as long.
    scores = [_rate_window(signal[start : start + WINDOW]) for start in starts]
    return float(np.mean(scores))


def _rate_window(window: Signal) -> float:
    return float(run_network(P808, input_1=_describe(window)[np.newaxis])[0][0, 0])


def _describe(window: Signal) -> NDArray[np.float32]:
    """Return the window as the model wants it: dB below the loudest band, from -1 (80 dB below, or more) to 1."""
    frames = frame_up(np.pad(window, FRAME // 2), size=FRAME)[:FRAMES]
    # A transform as a product: 321 is three times a prime, which is where a fast transform is slow.
    waves = np.ascontiguousarray(frames) @ _transform()
    half = FRAME // 2 + 1
    power = (waves[:, :half] ** 2 + waves[:, half:] ** 2) @ _weights()
    levels_db = 10 * np.log10(np.maximum(power, LEAST_POWER))
    levels_db -= levels_db.max()
    return ((np.maximum(levels_db, -RANGE_DB) + RANGE_DB / 2) / (RANGE_DB / 2)).astype(np.float32)


@cache
def _weights() -> NDArray[np.float32]:
    return mel_weights(bands=BANDS, size=FRAME)


@cache
def _transform() -> NDArray[np.float32]:
    """Return the windowed cosines and sines of every bin, [FRAME, 2 x bins]."""
    turns = np.outer(np.arange(FRAME), np.arange(FRAME // 2 + 1)) * (2 * np.pi / FRAME)
    waves = np.concatenate([np.cos(turns), np.sin(turns)], axis=1)
    return (waves * hann(FRAME)[:, np.newaxis]).astype(np.float32)


assert WINDOW // HOP == FRAMES  # noqa: S101 the model takes no other number
