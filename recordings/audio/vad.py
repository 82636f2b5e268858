"""
When somebody speaks, as a voice activity model hears it (silero, the graph that takes a sequence).

Method: the sound is brought to where the model hears equally well (a 95th
percentile of the 10-ms levels of -20 dBFS; at -50 it would miss a quarter), a
probability is taken for each 32 ms, with hysteresis; gaps under 0.3 s belong to
the talk, runs under 0.1 s do not. Accuracy: docs/benchmarks.md.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from recordings.audio.levels import FLOOR_DBFS, FRAMES_A_SECOND, as_dbfs
from recordings.audio.mono import MODEL_RATE_HZ, Signal
from recordings.audio.networks import SILERO, Array, run_network
from recordings.audio.runs import drop_short, latch
from recordings.audio.speech import SHORTEST_GAP_FRAMES, SHORTEST_RUN_FRAMES, SpeechActivity, as_activity

STEP = 512  # samples of a frame: 32 ms
CONTEXT = 64  # samples before it that the model looks at too
RUN_FRAMES = 512  # frames of one run of the model, whose state is carried on: memory is bounded by it
STATE_SHAPE = (1, 1, 128)

ON, OFF = 0.5, 0.35
LEVEL_DBFS = -20.0
# What is fainter at its loudest is no talk; raising it would make the model hear voices in the hiss.
LEAST_LEVEL_DBFS = -75.0
FRAME = MODEL_RATE_HZ // FRAMES_A_SECOND


def rate_speech(signal: Signal) -> Array:
    """Return how likely each 10 ms of a channel at MODEL_RATE_HZ is speech, 0 to 1; 0 below LEAST_LEVEL_DBFS."""
    frame_count = len(signal) // FRAME
    talk_dbfs = talk_level_dbfs(signal)
    if talk_dbfs < LEAST_LEVEL_DBFS:
        return np.zeros(frame_count, dtype=np.float32)
    likelihoods = _rate_steps(signal, gain=np.float32(10 ** ((LEVEL_DBFS - talk_dbfs) / 20)))
    # Each 10 ms takes the figure of the 32 ms that its middle lies in.
    return likelihoods[(np.arange(frame_count) * FRAME + FRAME // 2) // STEP]


def find_talk(likelihoods: Array) -> SpeechActivity:
    """Return the runs of speech in what `rate_speech` gave."""
    active = latch(likelihoods, on=ON, off=OFF)
    active = drop_short(active, value=False, shortest=SHORTEST_GAP_FRAMES)
    return as_activity(drop_short(active, value=True, shortest=SHORTEST_RUN_FRAMES))


def frame_powers(signal: Signal) -> Array:
    """Return the mean power of each 10 ms."""
    whole = signal[: len(signal) // FRAME * FRAME].reshape(-1, FRAME)
    powers: Array = np.einsum("ij,ij->i", whole, whole) / np.float32(FRAME)
    return powers


def talk_level_dbfs(signal: Signal) -> float:
    """Return the 95th percentile of the levels of each 10 ms."""
    powers = frame_powers(signal)
    return float(np.percentile(as_dbfs(powers.astype(np.float64)), 95)) if len(powers) else FLOOR_DBFS


def _rate_steps(signal: Signal, *, gain: np.float32) -> Array:
    """Return how likely each STEP of samples holds speech, 0 to 1."""
    count = -(-len(signal) // STEP)
    state = np.zeros(STATE_SHAPE, dtype=np.float32)
    cell = np.zeros(STATE_SHAPE, dtype=np.float32)
    rated: list[Array] = []
    for first in range(0, count, RUN_FRAMES):
        frames = min(RUN_FRAMES, count - first)
        piece = np.zeros(CONTEXT + frames * STEP, dtype=np.float32)
        start = first * STEP - CONTEXT
        sound = signal[max(0, start) : first * STEP + frames * STEP]
        offset = max(0, -start)
        piece[offset : offset + len(sound)] = sound * gain
        windows = as_strided(piece, (frames, CONTEXT + STEP), (STEP * 4, 4), writeable=False)
        part, state, cell = run_network(SILERO, input=np.ascontiguousarray(windows), h=state, c=cell)
        rated.append(part)
    return np.concatenate(rated)
