"""
How far the talk stands above the room.

Method: the mean power of the speech less that of the room, over that of the room:
the median of what stands in each 100 ms of the pauses. A pause is where the model
is sure that nobody speaks, 0.2 s away from speech. The median, because a pause holds
a breath, a click or a word that the model did not know: a mean over pauses was 20 dB
too low on a talk with short ones. It costs accuracy in noise that comes and goes,
which is heard as up to 2 dB less than it is. Accuracy: docs/benchmarks.md.

At 0 dB the speech itself is not found any more. A gate or a telephone that sends
nothing in the pauses makes them quieter than the room was: the figure is then too
high, and cannot tell so.
"""

import numpy as np
from numpy.typing import NDArray

from recordings.audio.runs import widen
from recordings.audio.speech import SpeechActivity

SURELY_SILENT = 0.15  # below this likelihood of speech
GUARD_FRAMES = 20
PIECE_FRAMES = 10
LEAST_PAUSE_FRAMES = 50
LEAST_SPEECH_FRAMES = 50
MOST_SNR_DB = 60.0  # beyond it the pauses are digital silence
LEAST_SNR_DB = -10.0


def estimate_snr(
    powers: NDArray[np.float32], *, speech: SpeechActivity, likelihoods: NDArray[np.float32]
) -> float | None:
    """
    Return the ratio of speech to noise in dB, from the power of each 10 ms and its likelihood of speech.

    None when it cannot be known: less than 0.5 s of pause clear of the speech, or of speech.
    """
    talking = speech.mask()
    pausing = ~widen(talking | (likelihoods >= SURELY_SILENT), frames=GUARD_FRAMES)
    if pausing.sum() < LEAST_PAUSE_FRAMES or talking.sum() < LEAST_SPEECH_FRAMES:
        return None
    pauses = powers[pausing]
    pieces = pauses[: len(pauses) // PIECE_FRAMES * PIECE_FRAMES].reshape(-1, PIECE_FRAMES)
    noise = max(float(np.median(pieces.mean(axis=1, dtype=np.float64))), 1e-12)
    talk = float(powers[talking].mean(dtype=np.float64))
    ratio = max(talk - noise, noise * 10 ** (LEAST_SNR_DB / 10)) / noise
    return float(min(10 * np.log10(ratio), MOST_SNR_DB))
