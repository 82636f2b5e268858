"""Runs in series of frames: stretches of one truth value, as [n, 2] (from, to) frame numbers."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Runs = NDArray[np.int64]


def find_runs(mask: Mask) -> Runs:
    """Return where the mask is true."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return changes.reshape(-1, 2)


def paint_runs(runs: Runs, *, length: int) -> Mask:
    """Return a mask of that length that is true inside the runs; they may overlap."""
    steps = np.zeros(length + 1, dtype=np.int64)
    np.add.at(steps, runs[:, 0], 1)
    np.add.at(steps, runs[:, 1], -1)
    return np.cumsum(steps[:-1]) > 0


def latch(values: NDArray[np.floating], *, on: float, off: float) -> Mask:
    """Keep the runs above `off` that reach above `on` somewhere (hysteresis)."""
    runs = find_runs(values > off)
    high = np.concatenate([[0], np.cumsum(values > on)])
    kept = runs[high[runs[:, 1]] > high[runs[:, 0]]]
    return paint_runs(kept, length=len(values))


def drop_short(mask: Mask, *, value: bool, shortest: int) -> Mask:
    """Turn the runs of `value` that are shorter than `shortest` frames into their opposite; edges are no gaps."""
    runs = find_runs(mask == value)
    short = runs[runs[:, 1] - runs[:, 0] < shortest]
    if not value:
        short = short[(short[:, 0] > 0) & (short[:, 1] < len(mask))]
    return mask ^ paint_runs(short, length=len(mask))


def widen(mask: Mask, *, frames: int) -> Mask:
    """Return the mask with each of its runs made longer by that many frames on both sides."""
    runs = find_runs(mask)
    wide = np.stack([np.maximum(0, runs[:, 0] - frames), np.minimum(len(mask), runs[:, 1] + frames)], axis=1)
    return paint_runs(wide, length=len(mask))
