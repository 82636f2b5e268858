"""One channel at a rate of ours, collected while the file goes by: what the models and the preview are made of."""

import numpy as np
import soxr
from numpy.typing import NDArray

from recordings.audio.decode import Block

MODEL_RATE_HZ = 16_000  # what every model here was trained on

Signal = NDArray[np.float32]  # [samples]


class MonoCollector:
    """Mixes to one channel and resamples, block by block."""

    def __init__(self, *, sample_rate_hz: int, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._resampler = (
            None
            if sample_rate_hz == rate_hz
            else soxr.ResampleStream(sample_rate_hz, rate_hz, 1, dtype="float32")
        )
        self._pieces: list[Signal] = []

    def add(self, mono: Signal) -> None:
        """Take the next piece of the mixed channel."""
        self._pieces.append(self._resampler.resample_chunk(mono) if self._resampler else mono.copy())

    def signal(self) -> Signal:
        """Return everything as one array and forget it; to be called once."""
        if self._resampler:
            self._pieces.append(self._resampler.resample_chunk(np.empty(0, dtype=np.float32), last=True))
        signal = np.concatenate(self._pieces) if self._pieces else np.empty(0, dtype=np.float32)
        self._pieces.clear()
        return signal


def mix_down(block: Block) -> Signal:
    """Return the mean of the channels, float32 [samples]."""
    return np.ascontiguousarray(block[0] if len(block) == 1 else block.mean(axis=0))
