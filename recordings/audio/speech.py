"""
When somebody speaks: the runs of speech, and an estimate of them by energy, without a model.

Samples are listened to by a model (`vad.py`); recordings of hours, of which
only the whole is judged, by this estimate, which costs nothing.

Method: the level of each 10 ms, smoothed over 50 ms, against an adaptive
threshold between the noise floor (10th percentile) and the talk (95th),
with hysteresis; gaps under 0.3 s belong to the talk, runs under 0.1 s do not.
Sound whose level hardly moves (less than 6 dB between the two percentiles) is
noise or silence: it has no speech. Energy knows nothing of voices: noise that
moves, music and clatter count as speech. `benchmarks/audio_accuracy.py` prints
how far it is off.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recordings.audio.levels import FRAMES_A_SECOND
from recordings.audio.runs import Mask, drop_short, find_runs, latch, paint_runs

METHOD = "energy"

SMOOTHING_FRAMES = 5
LEAST_LEVEL_DBFS = -65.0  # softer than this nobody hears it: silence, whatever the contrast
LEAST_CONTRAST_DB = 6.0
THRESHOLD_PART = 0.40  # of the way from the floor to the talk, in dB
THRESHOLD_LEAST_DB = 4.0  # above the floor
HYSTERESIS_DB = 3.0
SHORTEST_GAP_FRAMES = 30
SHORTEST_RUN_FRAMES = 10


@dataclass(frozen=True, kw_only=True)
class SpeechActivity:
    """Runs of speech as frames of 10 ms, [n, 2] (from, to), in a recording of `frame_count` frames."""

    runs: NDArray[np.int64]
    frame_count: int

    @property
    def speech_share(self) -> float:
        """Return the share of the time with speech, 0 to 1."""
        return (
            float((self.runs[:, 1] - self.runs[:, 0]).sum() / self.frame_count) if self.frame_count else 0.0
        )

    def mask(self) -> Mask:
        """Return a truth value for each 10 ms: somebody speaks."""
        return paint_runs(self.runs, length=self.frame_count)

    def silences_ms(self, *, longer_than_ms: int) -> list[tuple[int, int]]:
        """Return the silences longer than that as (from, to) in ms, the ones at start and end included."""
        edges = np.concatenate([[0], self.runs.ravel(), [self.frame_count]]).reshape(-1, 2)
        spans_ms = edges * 1000 // FRAMES_A_SECOND
        return [(int(start), int(end)) for start, end in spans_ms if end - start > longer_than_ms]


def find_speech(levels_dbfs: NDArray[np.float64]) -> SpeechActivity:
    """Find the runs of speech in the levels of each 10 ms."""
    frame_count = len(levels_dbfs)
    if frame_count < SHORTEST_RUN_FRAMES:
        return as_activity(np.zeros(frame_count, dtype=np.bool_))
    power = 10 ** (levels_dbfs / 10)
    kernel = np.full(SMOOTHING_FRAMES, 1 / SMOOTHING_FRAMES)
    smooth_dbfs = 10 * np.log10(np.convolve(power, kernel, mode="same") + 1e-12)
    floor_dbfs, talk_dbfs = np.percentile(smooth_dbfs, (10, 95))
    floor_dbfs = max(floor_dbfs, talk_dbfs - 50)
    if talk_dbfs < LEAST_LEVEL_DBFS or talk_dbfs - floor_dbfs < LEAST_CONTRAST_DB:
        return as_activity(np.zeros(frame_count, dtype=np.bool_))
    threshold_dbfs = floor_dbfs + max(THRESHOLD_LEAST_DB, THRESHOLD_PART * (talk_dbfs - floor_dbfs))
    active = latch(smooth_dbfs, on=threshold_dbfs, off=threshold_dbfs - HYSTERESIS_DB)
    active = drop_short(active, value=False, shortest=SHORTEST_GAP_FRAMES)
    return as_activity(drop_short(active, value=True, shortest=SHORTEST_RUN_FRAMES))


def as_activity(active: Mask) -> SpeechActivity:
    """Return the activity of a mask with a truth value for each 10 ms."""
    return SpeechActivity(runs=find_runs(active), frame_count=len(active))
