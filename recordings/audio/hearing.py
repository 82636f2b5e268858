"""What the models hear in one channel: speech, noise, quality, voices. Loaded after decoding has succeeded."""

from dataclasses import dataclass

from recordings.audio.mono import Signal
from recordings.audio.networks import P808, SILERO, SPEAKER
from recordings.audio.noise import estimate_snr
from recordings.audio.quality import rate_quality
from recordings.audio.speech import METHOD, SpeechActivity
from recordings.audio.vad import find_talk, frame_powers, rate_speech
from recordings.audio.voices import Voices, part_voices


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """
    What was heard, and with what (distribution and version of each model, "" where none was asked).

    None stands for what cannot be known of this sound, or was not asked.
    """

    speech: SpeechActivity
    speech_method: str
    snr_db: float | None = None
    quality_mos: float | None = None
    quality_method: str = ""
    voices: Voices | None = None
    voices_method: str = ""


def hear(signal: Signal) -> Hearing:
    """Listen to a channel at mono.MODEL_RATE_HZ with every model."""
    likelihoods = rate_speech(signal)
    speech = find_talk(likelihoods)
    return Hearing(
        speech=speech,
        speech_method=SILERO.name(),
        snr_db=estimate_snr(frame_powers(signal), speech=speech, likelihoods=likelihoods),
        quality_mos=rate_quality(signal),
        quality_method=f"{P808.name()} P.808",
        voices=part_voices(signal, speech=speech),
        voices_method=SPEAKER.name(),
    )


def hear_by_energy(speech: SpeechActivity) -> Hearing:
    """Return the estimate that needs no model, for recordings of hours."""
    return Hearing(speech=speech, speech_method=METHOD)
