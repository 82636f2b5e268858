"""
Which of two voices speaks when, in one channel: an estimate, good for a mark and for nothing else.

Method: a speaker vector for each of at most MOST_WINDOWS windows of 0.8 s that are
full of speech; the vectors are parted in two by direction; each 10 ms of speech goes
to the voice of the window nearest to it. Accuracy: docs/benchmarks.md.

It parts the talk of one person in two as well, and nothing in the vectors says
so: how far apart the two parts are is no further for two people than it may be for one.
So "one voice or two" is not answered here, and overlaps are given to one of the two.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recordings.audio.levels import FRAMES_A_SECOND
from recordings.audio.mel import frame_up, hann, mel_weights
from recordings.audio.mono import Signal
from recordings.audio.networks import MOST_AT_ONCE, SPEAKER, run_network
from recordings.audio.runs import find_runs
from recordings.audio.speech import SpeechActivity
from recordings.audio.vad import LEVEL_DBFS, talk_level_dbfs

WINDOW_FRAMES = 80
STEP_FRAMES = 40
LEAST_SPEECH_FRAMES = 60  # of a window, or it describes the room
MOST_WINDOWS = 96
LEAST_WINDOWS = 16  # fewer say too little about shares
ROUNDS = 20

BANDS = 40
TRANSFORM = 512
FRAME = 400
LEAST_POWER = np.float32(1e-6)

# A change of voice takes longer; a single window that went astray does not make one.
SHORTEST_STRETCH_FRAMES = 50


@dataclass(frozen=True, kw_only=True)
class VoiceStretch:
    """A stretch that one of the two voices speaks: "a" is the one that speaks more."""

    voice: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, kw_only=True)
class Voices:
    """The share of the speech that the more talkative voice has (0.5 to 1), and who speaks when, in order."""

    dominant_share: float
    stretches: tuple[VoiceStretch, ...]
    likeness: float  # cosine of the two voices' mean vectors: 1 is the same direction


def part_voices(signal: Signal, *, speech: SpeechActivity) -> Voices | None:
    """Part the speech of a channel at MODEL_RATE_HZ in two voices; None when there is too little of it."""
    starts = _choose_windows(speech)
    if len(starts) < LEAST_WINDOWS:
        return None
    vectors = _describe_windows(signal, starts=starts)
    is_first = _part_in_two(vectors)
    if is_first.all() or not is_first.any():
        return None
    frames = np.arange(speech.frame_count)
    middles = starts + WINDOW_FRAMES // 2
    nearest = np.searchsorted((middles[1:] + middles[:-1]) / 2, frames)
    belongs = is_first[nearest]
    talking = speech.mask()
    share = float(belongs[talking].mean())
    if share < 0.5:
        belongs, share = ~belongs, 1 - share
    first, second = (_mean_direction(vectors[side]) for side in (is_first, ~is_first))
    return Voices(
        dominant_share=share,
        stretches=tuple(_name_stretches(talking, belongs=belongs)),
        likeness=float(first @ second),
    )


def _choose_windows(speech: SpeechActivity) -> NDArray[np.int64]:
    """Return the first frames of windows full of speech, evenly spread where there are too many."""
    spoken = np.concatenate([[0], np.cumsum(speech.mask())])
    starts = np.arange(0, max(0, speech.frame_count - WINDOW_FRAMES), STEP_FRAMES)
    full = starts[spoken[starts + WINDOW_FRAMES] - spoken[starts] >= LEAST_SPEECH_FRAMES]
    if len(full) > MOST_WINDOWS:
        full = full[np.linspace(0, len(full) - 1, MOST_WINDOWS).round().astype(int)]
    return full


def _describe_windows(signal: Signal, *, starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the direction of each window's speaker vector, [windows, 256]."""
    gain = np.float32(10 ** ((LEVEL_DBFS - talk_level_dbfs(signal)) / 20))
    vectors: list[NDArray[np.float32]] = []
    for first in range(0, len(starts), MOST_AT_ONCE):
        mels = np.stack([_describe(signal, start=start) for start in starts[first : first + MOST_AT_ONCE]])
        mels = np.log10(mels * gain**2 + LEAST_POWER)
        vectors.append(run_network(SPEAKER, mel_window=mels)[0])
    found = np.concatenate(vectors)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.float32(1e-9))


def _describe(signal: Signal, *, start: int) -> NDArray[np.float32]:
    """Return the mel powers of a window, [WINDOW_FRAMES, BANDS]; the transform is wider than its frame."""
    hop = 160
    margin = (TRANSFORM - FRAME) // 2
    first = start * hop - FRAME // 2
    needed = (WINDOW_FRAMES - 1) * hop + FRAME
    piece = signal[max(0, first) : first + needed]
    if len(piece) < needed:
        before = max(0, -first)
        piece = np.pad(piece, (before, needed - len(piece) - before))
    frames = np.zeros((WINDOW_FRAMES, TRANSFORM), dtype=np.float32)
    frames[:, margin : margin + FRAME] = frame_up(piece, size=FRAME) * _window()
    spectrum = np.fft.rfft(frames, axis=1)
    return (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ _weights()


def _part_in_two(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Part the directions in two: along the axis on which they differ most, then to the nearer mean."""
    centred = vectors - vectors.mean(axis=0)
    axis = np.linalg.svd(centred, full_matrices=False)[2][0]
    is_first: NDArray[np.bool_] = centred @ axis > 0
    for _ in range(ROUNDS):
        if is_first.all() or not is_first.any():
            break
        first, second = _mean_direction(vectors[is_first]), _mean_direction(vectors[~is_first])
        nearer = vectors @ first > vectors @ second
        if np.array_equal(nearer, is_first):
            break
        is_first = nearer
    return is_first


def _mean_direction(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    mean: NDArray[np.float32] = vectors.mean(axis=0)
    return mean / np.float32(np.linalg.norm(mean) or 1)


def _name_stretches(talking: NDArray[np.bool_], *, belongs: NDArray[np.bool_]) -> list[VoiceStretch]:
    """Return the stretches of each voice in order, without the ones too short to be seen."""
    found: list[VoiceStretch] = []
    for voice, mask in (("a", talking & belongs), ("b", talking & ~belongs)):
        for start, end in find_runs(mask):
            if end - start >= SHORTEST_STRETCH_FRAMES:
                span_ms = (int(start) * 1000 // FRAMES_A_SECOND, int(end) * 1000 // FRAMES_A_SECOND)
                found.append(VoiceStretch(voice=voice, from_ms=span_ms[0], to_ms=span_ms[1]))
    return sorted(found, key=lambda stretch: stretch.from_ms)


@cache
def _weights() -> NDArray[np.float32]:
    return mel_weights(bands=BANDS, size=TRANSFORM)


@cache
def _window() -> NDArray[np.float32]:
    return hann(FRAME)
