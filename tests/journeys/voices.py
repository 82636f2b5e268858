"""Files that people send: two minutes of real conversation where it lies beside the project, of made one otherwise."""

from pathlib import Path

import av
import numpy as np

from recordings.audio.encode import ENCODINGS, write_audio
from recordings.audio.synthesis import RATE_HZ, make_conversation

# Two microphones and two real voices; not part of the project. A checkout elsewhere may lack them.
PAIRS = Path(__file__).resolve().parents[3] / "shared" / "audio" / "pairs"


def make_talk(target: Path, *, seconds: float, seed: int) -> Path:
    """Write a conversation of that many seconds; the suffix of `target` names its format."""
    encoding = next(name for name, form in ENCODINGS.items() if form.suffix == target.suffix)
    real = sorted(PAIRS.glob("*.flac"))
    if real:
        sound, rate_hz = _read_pair(real[seed % len(real)], from_s=20.0 * (seed % 3), seconds=seconds)
    else:
        sound, rate_hz = make_conversation(seconds=seconds, seed=seed).mix(), RATE_HZ
    write_audio(target, sound, sample_rate_hz=rate_hz, encoding=encoding)
    return target


def _read_pair(path: Path, *, from_s: float, seconds: float) -> tuple[np.ndarray, int]:
    """Return a stretch of a two-microphone recording, both microphones mixed as a phone on the table hears them."""
    with av.open(str(path)) as container:
        rate_hz = container.streams.audio[0].rate
        resampler = av.AudioResampler(format="fltp")
        frames = [
            part.to_ndarray() for frame in container.decode(audio=0) for part in resampler.resample(frame)
        ]
    start = round(from_s * rate_hz)
    sound = np.concatenate(frames, axis=1)[:, start : start + round(seconds * rate_hz)]
    return sound.mean(axis=0, keepdims=True).astype(np.float32), rate_hz


def make_no_sound(target: Path) -> Path:
    """Write a text under the name of a sound file."""
    target.write_text("This is a shopping list: rice, tea, two pencils.\n" * 400, encoding="utf-8")
    return target


def make_session_track(target: Path, *, seed: int) -> Path:
    """Write what one microphone of a studio gives: 48 kHz, 24 bit."""
    sound = make_conversation(seconds=12, seed=seed).voices[:1]
    write_audio(target, np.repeat(sound, 3, axis=1), sample_rate_hz=RATE_HZ * 3, encoding="wav24")
    return target
