"""
Up to which frequency there is sound, and whether it ends as if cut off.

Method: the spectrum of the loudest 50-ms frames of each second (Hann), in bands
of 100 Hz; of the frames within 20 dB of the loud ones, the 95th percentile of
each band. The edge is the highest band within 60 dB of the strongest. Speech
fades towards the highs; what was recorded for a telephone and stored at a higher
rate falls off a cliff: the steepest drop over 600 Hz beside the edge.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recordings.audio.mono import Signal

FRAMES_A_SECOND = 20
FRAMES_KEPT = 4  # of each second, the loudest
BAND_HZ = 100
ENERGETIC_WITHIN_DB = 20.0
EDGE_BELOW_DB = 60.0
FLOOR_BELOW_DB = 100.0
DROP_OVER_BANDS = 6
# Between the harmonics and the formants of a voice it is as steep: below nothing is an edge.
DROP_ABOVE_HZ = 2_500
DROP_BESIDE_EDGE_HZ = 1_000
LEAST_POWER = 1e-11  # of a frame's mean square: -110 dBFS


class Band(NamedTuple):
    """The upper edge of the sound in Hz, and the steepest drop beside it in dB (0 where nothing lies above)."""

    edge_hz: int
    drop_db: float


class BandMeter:
    """Collects the spectra of the loudest frames."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        self._size = sample_rate_hz // FRAMES_A_SECOND
        self._window = np.hanning(self._size).astype(np.float32)
        bins_hz = np.fft.rfftfreq(self._size, 1 / sample_rate_hz)
        # The last band may be narrower than the others; its edge is the Nyquist frequency.
        self._edges = np.flatnonzero(np.diff(bins_hz // BAND_HZ, prepend=-1))
        self._highest_hz = sample_rate_hz // 2
        self._spectra: list[NDArray[np.float32]] = []

    def add(self, mono: Signal) -> None:
        """Take the next piece of the mixed channel, a second each; a shorter one has fewer frames."""
        count = len(mono) // self._size
        if not count:
            return
        frames = mono[: count * self._size].reshape(count, self._size)
        powers = np.einsum("ij,ij->i", frames, frames)
        loudest = np.sort(np.argsort(powers)[-FRAMES_KEPT:])
        loudest = loudest[powers[loudest] > LEAST_POWER * self._size]
        if len(loudest):
            spectrum = np.fft.rfft(frames[loudest] * self._window, axis=1)
            power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
            self._spectra.append(np.add.reduceat(power, self._edges, axis=1))

    def band(self) -> Band | None:
        """Return the band; None for silence."""
        if not self._spectra:
            return None
        spectra = np.concatenate(self._spectra)
        powers = spectra.sum(axis=1)
        energetic = spectra[powers >= np.percentile(powers, 95) * 10 ** (-ENERGETIC_WITHIN_DB / 10)]
        levels_db = 10 * np.log10(np.percentile(energetic, 95, axis=0) + 1e-20)
        levels_db = np.maximum(levels_db - levels_db.max(), -FLOOR_BELOW_DB)
        edge = int(np.flatnonzero(levels_db > -EDGE_BELOW_DB)[-1])
        edge_hz = min((edge + 1) * BAND_HZ, self._highest_hz)
        return Band(edge_hz, _steepest_drop(levels_db, edge=edge))


def _steepest_drop(levels_db: NDArray[np.float64], *, edge: int) -> float:
    reach = DROP_BESIDE_EDGE_HZ // BAND_HZ
    first = max(DROP_ABOVE_HZ // BAND_HZ, edge - reach)
    last = min(len(levels_db) - 1, edge + reach + DROP_OVER_BANDS)  # the last band is not whole
    if last - first <= DROP_OVER_BANDS:
        return 0.0
    near = levels_db[first:last]
    return float(max(0.0, (near[:-DROP_OVER_BANDS] - near[DROP_OVER_BANDS:]).max()))
