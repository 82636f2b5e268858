"""The outline of the sound for a player: lowest and highest sample of each column, in whole numbers."""

import numpy as np
from numpy.typing import NDArray

from recordings.audio.decode import Block

PIECES_A_SECOND = 100
DEFAULT_COLUMNS = 1_500  # a wide screen, and 10 KB of JSON
FULL_SCALE = 127


class PeakMeter:
    """Lowest and highest sample of each 10 ms over all channels."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._lows: list[NDArray[np.float32]] = []
        self._highs: list[NDArray[np.float32]] = []

    def add(self, block: Block) -> None:
        """Take the next block; all but the last hold whole seconds."""
        samples = block.shape[1]
        if not samples:
            return
        pieces = max(1, samples * PIECES_A_SECOND // self._rate_hz)
        edges = np.arange(pieces) * self._rate_hz // PIECES_A_SECOND
        self._lows.append(np.minimum.reduceat(block, edges, axis=1).min(axis=0))
        self._highs.append(np.maximum.reduceat(block, edges, axis=1).max(axis=0))

    def as_columns(self, columns: int = DEFAULT_COLUMNS) -> list[list[int]]:
        """
        Return at most that many [lowest, highest] pairs, -127 to 127, over equal parts of the duration.

        Short sounds have fewer columns: one for each 10 ms.
        """
        if not self._lows:
            return []
        lows, highs = np.concatenate(self._lows), np.concatenate(self._highs)
        edges = np.linspace(0, len(lows), min(columns, len(lows)), endpoint=False).astype(np.int64)
        pairs = np.stack([np.minimum.reduceat(lows, edges), np.maximum.reduceat(highs, edges)], axis=1)
        steps = np.clip(np.round(pairs * FULL_SCALE), -FULL_SCALE, FULL_SCALE).astype(int)
        columns_of_pairs: list[list[int]] = steps.tolist()
        return columns_of_pairs
