"""
Knowing the same sound again when it comes in another format.

Method: the energy of 17 bands from 300 to 3,000 Hz (a telephone passes them
all), over half a second. A word of 16 bits says, for each two neighbouring
bands, whether the step between them grew or shrank within a quarter of a
second. Volume and tone control move all steps alike, so they cancel out;
codecs change few signs. Word 0 stands for "nothing to hear here".

A new sound gets a word every 16 ms, a kept one every 64 ms: laid on each other
in four phases, no cut is further than 8 ms from a word. They are compared
where keys that both have say so, as a whole and in every stretch of 30 s, so
that a part of a sound is known again too.

Figures for codecs, cuts, noise, echo, speed and strangers: docs/benchmarks.md,
printed by `benchmarks/bench_fingerprint.py`. A change of speed or of pitch by
2 % evades it.
"""

import base64
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from recordings.audio.decode import Block

Words = NDArray[np.uint16]

RATE_HZ = 8_000
STEP = 128  # 16 ms
PHASES = 4  # a kept fingerprint has every fourth word
WORDS_A_SECOND = RATE_HZ / STEP / PHASES  # of a kept fingerprint
MOST_S = 720  # of a longer sound the start is enough
MOST_WORDS = MOST_S * RATE_HZ // STEP

WINDOW = 512
BAND_COUNT = 17
LOWEST_HZ, HIGHEST_HZ = 300.0, 3_000.0
SMOOTHING_STEPS = 32
LAG_STEPS = 16
FAINTEST = 1e-9  # of a band's energy: rounding makes no sound
AUDIBLE_DB = 30.0  # below the talk; softer than that, codecs put noise of their own

STRETCH_S = 30.0
CLOSE = 0.02  # of two stretches that are so nearly as alike, the longer one is told

KEY_BITS = 24
KEY_LAG = 8  # half a second on, the two words of a key know nothing of each other
KEPT_KEYS = 16  # one key of so many is kept, chosen by its own value, so that both sounds choose the same
MOST_EQUAL_KEYS = 3  # a sound that repeats itself is found by its first rounds


class Likeness(NamedTuple):
    """
    How alike two sounds are where they fit best.

    `error_rate` is the share of bits that differ, 0 (equal) to about 0.5
    (strangers), over `seconds` in which both can be heard.
    """

    error_rate: float
    seconds: float


class Key(NamedTuple):
    """A number that the same sound is likely to have too, and the word where it stands."""

    value: int
    position: int


class FingerprintMeter:
    """Collects band energies block by block and turns them into words at the end."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        self._resampler = soxr.ResampleStream(sample_rate_hz, RATE_HZ, 1, dtype="float32", quality="MQ")
        self._rest = np.empty(0, dtype=np.float32)
        self._energies: list[NDArray[np.float64]] = []
        self._steps = 0

    def add(self, block: Block) -> None:
        """Take the next block, float32 [channels, samples]."""
        if self._steps >= MOST_WORDS + SMOOTHING_STEPS + LAG_STEPS:
            return
        mono = block.mean(axis=0) if len(block) > 1 else block[0]
        self._take(self._resampler.resample_chunk(np.ascontiguousarray(mono)))

    def words(self) -> Words:
        """Return the fingerprint; the meter is used up then. Under 0.8 s of sound it is empty."""
        self._take(self._resampler.resample_chunk(np.empty(0, dtype=np.float32), last=True))
        if not self._steps:
            return np.empty(0, dtype=np.uint16)
        return _as_words(np.concatenate(self._energies))[:MOST_WORDS]

    def _take(self, samples: NDArray[np.float32]) -> None:
        samples = np.concatenate([self._rest, samples])
        count = max(0, (len(samples) - WINDOW) // STEP + 1)
        self._rest = samples[count * STEP :]
        if count:
            frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[: count * STEP : STEP]
            self._energies.append(_band_energies(frames))
            self._steps += count


def split_phases(words: Words) -> list[Words]:
    """Return the four fingerprints of a new sound, each a quarter of a step later; the first is the one to keep."""
    return [words[phase::PHASES] for phase in range(PHASES)]


def compare(new: Words, kept: Words, *, offsets: Iterable[int], least_s: float) -> Likeness | None:
    """
    Lay the new sound on the kept one at each offset and return how alike they are where they fit best.

    At offset 10, the new sound begins at the kept one's tenth word, at -10 the
    other way round. None when they share less than `least_s` at any of them.
    """
    found = [
        likeness
        for offset in offsets
        for phase in split_phases(new)
        if (likeness := _lay(phase[max(0, -offset) :], kept[max(0, offset) :], least_s=least_s))
    ]
    return _choose(found)


def choose_keys(words: Words) -> list[Key]:
    """Return the keys of a kept fingerprint or of one phase: about one a second, in the order of their positions."""
    if len(words) <= KEY_LAG:
        return []
    early, late = words[:-KEY_LAG].astype(np.int64), words[KEY_LAG:].astype(np.int64)
    half = (1 << KEY_BITS // 2) - 1
    # The middle bands carry the voice; the outermost are the first that a telephone bends.
    values = (early >> 2 & half) << KEY_BITS // 2 | late >> 2 & half
    scattered = values * 0x9E3779B1 >> 8 & 0xFFFF
    kept = np.flatnonzero((scattered % KEPT_KEYS == 0) & (early != 0) & (late != 0))
    keys: list[Key] = []
    times: Counter[int] = Counter()
    for position in kept:
        key = Key(int(values[position]), int(position))
        times[key.value] += 1
        if times[key.value] <= MOST_EQUAL_KEYS:
            keys.append(key)
    return keys


def write_words(words: Words) -> bytes:
    """Return the words as bytes, two each, the low one first."""
    return words.astype("<u2").tobytes()


def read_words(content: bytes | memoryview) -> Words:
    """Return the words that `write_words` wrote. Raise ValueError for half a word or more than MOST_S of them."""
    words = np.frombuffer(content, dtype="<u2").astype(np.uint16)
    if len(words) > MOST_WORDS:
        raise ValueError("too many words")
    return words


def write_text(words: Words) -> str:
    """Return the words as text for JSON."""
    return base64.b64encode(write_words(words)).decode()


def read_text(text: str) -> Words:
    """Return the words that `write_text` wrote. Raise ValueError or TypeError for anything else."""
    return read_words(base64.b64decode(text, validate=True))


def _lay(first: Words, second: Words, *, least_s: float) -> Likeness | None:
    """Compare word by word, as a whole and in every stretch of 30 s."""
    length = min(len(first), len(second))
    first, second = first[:length], second[:length]
    wrong = np.bitwise_count(first ^ second)[(first != 0) & (second != 0)]
    if len(wrong) < max(1, round(least_s * WORDS_A_SECOND)):
        return None
    sums = np.concatenate([[0], np.cumsum(wrong, dtype=np.int64)])
    stretch = min(len(wrong), round(max(STRETCH_S, least_s) * WORDS_A_SECOND))
    fewest = int((sums[stretch:] - sums[:-stretch]).min())
    return _choose([_likeness(int(sums[-1]), len(wrong)), _likeness(fewest, stretch)])


def _likeness(wrong_bits: int, words: int) -> Likeness:
    return Likeness(round(wrong_bits / words / 16, 4), round(words / WORDS_A_SECOND, 1))


def _choose(found: list[Likeness]) -> Likeness | None:
    if not found:
        return None
    closest = min(likeness.error_rate for likeness in found)
    near = [likeness for likeness in found if likeness.error_rate <= closest + CLOSE]
    return max(near, key=lambda likeness: (likeness.seconds, -likeness.error_rate))


def _band_energies(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(frames * _HANN)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(power[:, : len(_BANDS)] @ _BANDS, dtype=np.float64)


def _as_words(energies: NDArray[np.float64]) -> Words:
    if len(energies) < SMOOTHING_STEPS + LAG_STEPS:
        return np.empty(0, dtype=np.uint16)
    sums = np.concatenate([np.zeros((1, BAND_COUNT)), np.cumsum(energies, axis=0)])
    smooth = np.maximum(sums[SMOOTHING_STEPS:] - sums[:-SMOOTHING_STEPS], FAINTEST)
    levels = np.log(smooth)
    steps = levels[:, :-1] - levels[:, 1:]
    bits = steps[LAG_STEPS:] > steps[:-LAG_STEPS]
    loudness = 10 * np.log10(smooth.sum(axis=1))
    softest = np.minimum(loudness[LAG_STEPS:], loudness[:-LAG_STEPS])
    audible = softest > np.percentile(loudness, 95) - AUDIBLE_DB
    words = (bits << np.arange(BAND_COUNT - 1)).sum(axis=1)
    return np.where(audible, words, 0).astype(np.uint16)


def _make_bands() -> NDArray[np.float32]:
    """Return how much of each line of the spectrum falls into each band, [lines, bands]."""
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BAND_COUNT + 1) / RATE_HZ * WINDOW
    lines = np.arange(int(edges[-1]) + 1)[:, np.newaxis]
    overlap = np.minimum(lines + 1, edges[1:]) - np.maximum(lines, edges[:-1])
    return np.clip(overlap, 0, 1).astype(np.float32)


_HANN = np.hanning(WINDOW).astype(np.float32)
_BANDS = _make_bands()
