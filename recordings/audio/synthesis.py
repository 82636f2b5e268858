"""
Speech-like sound made by the project itself, for the demo and the tests.

Two voices of different pitch, formants and rhythm take turns on a seeded
timeline with pauses, phrases, gaps and a few overlaps, in light room noise.
Nobody's voice was recorded for it. It sounds like talk heard through a wall.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recordings.audio.decode import Block

RATE_HZ = 16_000
SPEECH_RMS = 0.08  # about -22 dBFS while speaking, as a phone on a table gives
SYLLABLES_A_VOICE = 20

# First three formants of a, e, i, o, u and the rounded ü, for a voice of middle size (Hz).
VOWELS_HZ = np.array(
    [
        (800, 1250, 2600),
        (500, 1350, 2500),
        (300, 2250, 3000),
        (520, 900, 2500),
        (330, 750, 2400),
        (290, 1950, 2400),
    ]
)
HIGH_FORMANTS_HZ = (3_600.0, 4_600.0)  # the same for every vowel
FORMANT_WIDTHS_HZ = (65.0, 80.0, 110.0, 180.0, 240.0)
HIGHEST_HZ = 7_600
# Resonances in a row fall 12 dB an octave by themselves; a voice that falls more is none to the models that listen.
BRIGHTNESS = 0.5
PITCH_WAVER = 0.01
# Start and end of the pitch as a factor of the voice's own: the four tones of Mandarin, flattened.
TONES = ((1.15, 1.15), (0.92, 1.18), (0.9, 0.88), (1.22, 0.82))


class Turn(NamedTuple):
    """One voice (0 or 1) speaking from sample to sample."""

    voice: int
    from_sample: int
    to_sample: int


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Two voices apart, float32 [2, samples] at `sample_rate_hz`, with the truth of who speaks when."""

    voices: Block
    noise: Block  # [samples], the room
    turns: tuple[Turn, ...]
    sample_rate_hz: int = RATE_HZ

    def mix(self) -> Block:
        """Return both voices and the room in one channel, float32 [1, samples], as a phone hears them."""
        return (self.voices.sum(axis=0) + self.noise)[np.newaxis]

    def speech_share(self) -> float:
        """Return the share of the time in which at least one voice is in a phrase."""
        return float(self.is_speech().mean())

    def is_speech(self) -> NDArray[np.bool_]:
        """Return a truth value per sample: somebody is in a phrase."""
        speaking = np.zeros(self.voices.shape[1], dtype=np.bool_)
        for turn in self.turns:
            speaking[turn.from_sample : turn.to_sample] = True
        return speaking


class _Voice(NamedTuple):
    pitch_hz: float
    size: float  # factor on the formants: a small head is above 1
    syllable_s: float
    phrase_s: float
    pause_s: float


def make_conversation(*, seconds: float, seed: int, snr_db: float = 30.0) -> Conversation:
    """
    Make a conversation of two voices; the same seed gives the same sound.

    `snr_db` is the mean power of speech while it lasts over the room's noise.
    """
    random = np.random.default_rng(seed)
    total = round(seconds * RATE_HZ)
    speakers = _cast(random)
    voices = np.zeros((2, total), dtype=np.float32)
    phrases: list[Turn] = []
    syllables = [_make_syllables(speaker, random=random) for speaker in speakers]
    for turn in _lay_turns(total, random=random):
        for phrase in _lay_phrases(turn, speaker=speakers[turn.voice], random=random):
            _speak(voices[turn.voice], phrase, syllables=syllables[turn.voice], random=random)
            phrases.append(phrase)
    _level(voices, phrases)
    noise = _make_noise(total, random=random) * SPEECH_RMS * 10 ** (-snr_db / 20)
    return Conversation(voices=voices, noise=noise.astype(np.float32), turns=tuple(phrases))


def make_tone(
    *, seconds: float, rms_dbfs: float, frequency_hz: float = 1_000.0, rate_hz: int = 48_000
) -> Block:
    """Return a sine of the given level, float32 [1, samples]; full scale is ±1, so its crest is 3.01 dB higher."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    crest = np.sqrt(2) * 10 ** (rms_dbfs / 20)
    return (crest * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)[np.newaxis]


def _cast(random: Generator) -> tuple[_Voice, _Voice]:
    """Choose a low and a high voice, in either order."""
    low = _Voice(random.uniform(95, 130), random.uniform(0.88, 0.98), 0.21, random.uniform(1.4, 2.6), 0.34)
    high = _Voice(random.uniform(185, 240), random.uniform(1.06, 1.18), 0.18, random.uniform(1.2, 2.2), 0.28)
    return (low, high) if random.random() < 0.5 else (high, low)


def _lay_turns(total: int, *, random: Generator) -> list[Turn]:
    """Let the voices take turns of 1.5 to 9 s; a sixth of the changes overlap, the rest leave a gap."""
    turns: list[Turn] = []
    voice = int(random.integers(2))
    at = int(random.uniform(0.2, 0.6) * RATE_HZ)
    while at < total - RATE_HZ:
        end = min(total - RATE_HZ // 5, at + int(random.uniform(1.5, 9.0) * RATE_HZ))
        turns.append(Turn(voice, at, end))
        gap_s = -random.uniform(0.2, 0.8) if random.random() < 1 / 6 else random.uniform(0.15, 1.1)
        at = max(0, end + int(gap_s * RATE_HZ))
        voice = 1 - voice
    return turns


def _lay_phrases(turn: Turn, *, speaker: _Voice, random: Generator) -> list[Turn]:
    phrases: list[Turn] = []
    at = turn.from_sample
    while turn.to_sample - at > 0.3 * RATE_HZ:
        end = min(turn.to_sample, at + int(speaker.phrase_s * random.uniform(0.6, 1.6) * RATE_HZ))
        phrases.append(Turn(turn.voice, at, end))
        at = end + int(speaker.pause_s * random.uniform(0.5, 1.8) * RATE_HZ)
    return phrases


def _make_syllables(speaker: _Voice, *, random: Generator) -> list[Block]:
    """Sing a stock of syllables: harmonics under formants that glide from vowel to vowel, some with a hiss before."""
    stock: list[Block] = []
    for _ in range(SYLLABLES_A_VOICE):
        length = int(speaker.syllable_s * random.uniform(0.8, 1.35) * RATE_HZ)
        tone = TONES[random.integers(len(TONES))]
        vowels = random.integers(len(VOWELS_HZ), size=2)
        sung = _sing(speaker, length=length, tone=tone, vowels=vowels, random=random)
        if random.random() < 0.5:
            hiss = np.diff(random.standard_normal(int(random.uniform(0.03, 0.07) * RATE_HZ) + 1))
            sung[: len(hiss)] += hiss * np.hanning(len(hiss)) * 0.35
        stock.append(sung.astype(np.float32))
    return stock


def _sing(
    speaker: _Voice, *, length: int, tone: tuple[float, float], vowels: NDArray, random: Generator
) -> NDArray[np.float64]:
    glide = np.linspace(0.0, 1.0, length, dtype=np.float32)
    pitch_hz = speaker.pitch_hz * (tone[0] + (tone[1] - tone[0]) * glide)
    phase = np.cumsum(2 * np.pi * pitch_hz * _waver(length, random=random) / RATE_HZ).astype(np.float32)
    # No harmonic of the highest tone reaches half the rate.
    harmonics = np.arange(1, int(HIGHEST_HZ / (speaker.pitch_hz * 1.25)), dtype=np.float32)
    first, last = (
        _weigh(harmonics, pitch_hz=speaker.pitch_hz, formants_hz=VOWELS_HZ[v] * speaker.size) for v in vowels
    )
    weights = first[:, np.newaxis] * (1 - glide) + last[:, np.newaxis] * glide
    turns = harmonics[:, np.newaxis] * phase
    sung = (weights.real * np.cos(turns) - weights.imag * np.sin(turns)).sum(axis=0)
    envelope = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / (0.025 * RATE_HZ))
    return np.asarray(sung / np.sqrt(np.mean(sung**2)) * envelope * (1 - 0.35 * glide), dtype=np.float64)


def _waver(length: int, *, random: Generator) -> NDArray[np.float64]:
    """Return factors on the pitch that wander by a hundredth, as no throat holds a tone."""
    step = RATE_HZ // 40
    places = np.arange(length // step + 2) * step
    return np.interp(np.arange(length), places, 1 + PITCH_WAVER * random.standard_normal(len(places)))


def _weigh(harmonics: NDArray, *, pitch_hz: float, formants_hz: NDArray) -> NDArray[np.complex64]:
    """Return each harmonic's strength and phase: five resonances in a row over a bright voice."""
    frequencies_hz = harmonics * pitch_hz
    weights = harmonics**-BRIGHTNESS + 0j
    for formant_hz, width_hz in zip((*formants_hz, *HIGH_FORMANTS_HZ), FORMANT_WIDTHS_HZ, strict=True):
        weights *= formant_hz**2 / (formant_hz**2 - frequencies_hz**2 + 1j * width_hz * frequencies_hz)
    return weights.astype(np.complex64)


def _speak(voice: Block, phrase: Turn, *, syllables: list[Block], random: Generator) -> None:
    """Add syllables to the voice's track, one after the other, until the phrase is full; it falls at its end."""
    at = phrase.from_sample
    while at < phrase.to_sample - RATE_HZ // 20:
        syllable = syllables[random.integers(len(syllables))][: phrase.to_sample - at]
        spent = (at - phrase.from_sample) / (phrase.to_sample - phrase.from_sample)
        voice[at : at + len(syllable)] += syllable * np.float32(random.uniform(0.7, 1.3) * (1 - 0.4 * spent))
        at += int(len(syllable) * random.uniform(0.88, 1.0))


def _level(voices: Block, phrases: list[Turn]) -> None:
    """Bring each voice to SPEECH_RMS while it speaks, in place."""
    for number, voice in enumerate(voices):
        samples = sum(phrase.to_sample - phrase.from_sample for phrase in phrases if phrase.voice == number)
        energy = float(np.dot(voice, voice))
        if samples and energy:
            voices[number] = voice * (SPEECH_RMS / np.sqrt(energy / samples))


def _make_noise(total: int, *, random: Generator) -> NDArray[np.float32]:
    """Return the hum of a quiet room: noise that falls towards the highs, RMS 1."""
    white = random.standard_normal(total + 8, dtype=np.float32)
    smooth = np.convolve(white, np.exp(-np.arange(8) / 3).astype(np.float32), mode="valid")[:total]
    return smooth / np.float32(np.sqrt(np.mean(smooth**2)) or 1)
