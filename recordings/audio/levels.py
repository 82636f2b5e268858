"""
How loud, how high, how clipped: figures of level, block by block.

Levels are dBFS with full scale at ±1: a full-scale sine has a peak of 0 dBFS
and an RMS of -3.01 dBFS. No level is below FLOOR_DBFS, digital silence.
"""

import numpy as np
from numpy.typing import NDArray

from recordings.audio.decode import Block

FLOOR_DBFS = -120.0
FRAMES_A_SECOND = 100  # a level for each 10 ms

# Lossy coders smear a clipped crest to both sides of full scale: what comes out at it was cut.
# One percent clipped at the source shows as 0.025 to 0.18 percent here.
LOSSY_CLIP_LEVEL = 0.999
# PCM: three equal samples in a row near the peak do not happen in sound that was not cut,
# and they stay equal when the file is turned down later.
PCM_CLIP_RUN = 3
PCM_CLIP_OF_PEAK = 0.7
# Below -36 dBFS the steps of 16 bits are coarse enough for equal neighbours without clipping.
PCM_CLIP_LEAST_PEAK = 10 ** (-36 / 20)


def as_dbfs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean-square powers as dBFS, not below FLOOR_DBFS."""
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR_DBFS / 10))))


class LevelMeter:
    """Peak, RMS and the level of every 10 ms (mean power over the channels)."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._peak = 0.0
        self._frames: list[NDArray[np.float64]] = []
        self._energy = 0.0
        self._samples = 0

    def add(self, block: Block) -> None:
        """Take the next block; all but the last hold whole seconds."""
        if not block.size:
            return
        self._peak = max(self._peak, float(block.max()), -float(block.min()))
        power = np.mean(np.square(block), axis=0)
        self._energy += float(power.sum(dtype=np.float64))
        self._samples += len(power)
        edges = np.arange(0, len(power) * FRAMES_A_SECOND // self._rate_hz + 1)
        edges = edges * self._rate_hz // FRAMES_A_SECOND
        if len(edges) > 1:
            sums = np.add.reduceat(power[: edges[-1]], edges[:-1], dtype=np.float64)
            self._frames.append(sums / np.diff(edges))

    def peak_dbfs(self) -> float:
        return float(as_dbfs(np.array(self._peak**2)))

    def rms_dbfs(self) -> float:
        return float(as_dbfs(np.array(self._energy / max(1, self._samples))))

    def frame_levels_dbfs(self) -> NDArray[np.float64]:
        """Return the level of each 10 ms."""
        return as_dbfs(np.concatenate(self._frames)) if self._frames else np.empty(0)


class ClippingMeter:
    """
    The share of samples that were cut, and the seconds in which it happened.

    PCM: samples in runs of three or more equal ones at 0.7 of the file's peak
    or above. Lossy: samples at 0.999 or above. A lossy file that was clipped,
    turned down and then encoded shows nothing: that cannot be detected.
    """

    def __init__(self, *, is_lossless: bool) -> None:
        self._is_lossless = is_lossless
        self._peak = 0.0
        self._samples = 0
        self._seconds: list[tuple[NDArray[np.float32], NDArray[np.int64]]] = []  # levels, samples cut there
        self._tail: Block | None = None

    def add(self, block: Block) -> None:
        """Take the next block, a second each."""
        size = np.abs(block)
        self._peak = max(self._peak, float(size.max(initial=0.0)))
        self._samples += block.size
        if self._is_lossless:
            self._seconds.append(self._find_runs(block))
        else:
            count = np.count_nonzero(size >= LOSSY_CLIP_LEVEL)
            self._seconds.append((np.ones(1, dtype=np.float32), np.array([count], dtype=np.int64)))

    def clipped_share(self) -> float:
        """Return the share of all samples, 0 to 1."""
        return sum(self._counts()) / self._samples if self._samples else 0.0

    def clipped_seconds(self) -> list[int]:
        """Return the numbers of the seconds with a cut sample, ascending."""
        return [second for second, count in enumerate(self._counts()) if count]

    def _counts(self) -> list[int]:
        if self._is_lossless and self._peak < PCM_CLIP_LEAST_PEAK:
            return [0] * len(self._seconds)
        threshold = PCM_CLIP_OF_PEAK * self._peak if self._is_lossless else 0.0
        return [int(counts[levels >= threshold].sum()) for levels, counts in self._seconds]

    def _find_runs(self, block: Block) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Count the samples in runs by level; the last three samples of the block before belong to the search."""
        if self._tail is not None:
            block = np.concatenate([self._tail, block], axis=1)
        known = 0 if self._tail is None else self._tail.shape[1]
        self._tail = block[:, -PCM_CLIP_RUN:]
        same = block[:, 1:] == block[:, :-1]
        # True where a sample equals the two before it; it counts as one, and as three where the run begins.
        ends = same[:, 1:] & same[:, :-1]
        ends &= np.abs(block[:, 2:]) >= PCM_CLIP_OF_PEAK * self._peak
        ends[:, : max(0, known - 2)] &= False
        channels, places = np.nonzero(ends)
        begins = (places == 0) | ~same[channels, np.maximum(places - 1, 0)]
        levels, inverse = np.unique(np.abs(block[channels, places + 2]), return_inverse=True)
        counts = np.bincount(inverse, weights=1 + 2 * begins, minlength=len(levels))
        return levels, counts.astype(np.int64)
