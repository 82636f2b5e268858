"""
How far each figure of a sample is off: the rows of the accuracy table.

Known truth: the labelled recordings beside the project where they are (rows
whose files are absent are left out), and signals that are made here. `trust`
says what the figure is good for.
"""

import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from recordings.audio.band import Band, BandMeter
from recordings.audio.decode import open_audio
from recordings.audio.encode import write_audio
from recordings.audio.hearing import Hearing, hear
from recordings.audio.levels import ClippingMeter
from recordings.audio.loudness import LoudnessMeter
from recordings.audio.mono import MODEL_RATE_HZ, Signal, mix_down
from recordings.audio.noise import estimate_snr
from recordings.audio.quality import rate_quality
from recordings.audio.synthesis import make_conversation, make_tone
from recordings.audio.vad import find_talk, frame_powers, rate_speech

LABELLED = Path(__file__).resolve().parents[1].parent / "shared" / "audio"
SNRS_DB = (5, 10, 15, 20, 25, 30)
CODECS = ("wav", "m4a", "mp3", "webm", "ogg")


def measure_accuracy() -> Iterator[dict[str, Any]]:
    """Yield a row for each figure and material."""
    yield from speech_shares()
    yield from snr_errors()
    yield from loudness_errors()
    yield from clipping_found()
    yield from bands()
    yield from qualities()
    yield from dominant_shares()
    yield from likeness_of_voices()


def row(figure: str, *, unit: str, material: str, trust: str, **results: object) -> dict[str, Any]:
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in results.items())
    return {
        "bench": "audio_accuracy",
        "figure": figure,
        "unit": unit,
        "material": material,
        "result": said,
        "trust": trust,
    }


def read(path: Path) -> Signal:
    """Return a file as one channel at the models' rate."""
    with open_audio(path) as audio:
        mono = np.concatenate([mix_down(block) for block in audio.blocks(max_duration_s=3_600)])
        rate_hz = audio.source.sample_rate_hz
    return soxr.resample(mono, rate_hz, MODEL_RATE_HZ) if rate_hz != MODEL_RATE_HZ else mono


def labelled(pattern: str) -> list[Path]:
    return sorted(LABELLED.glob(pattern))


def read_turns(path: Path) -> list[tuple[float, float, str]]:
    """Return (from, to, speaker) in seconds, of an .rttm or a .json."""
    if path.suffix == ".json":
        return [(float(a), float(b), str(who)) for a, b, who in json.loads(path.read_text())["turns"]]
    rows = [line.split() for line in path.read_text().splitlines()]
    return [(float(r[3]), float(r[3]) + float(r[4]), r[7]) for r in rows]


def paint(turns: list[tuple[float, float, str]], *, frames: int) -> NDArray[np.bool_]:
    mask = np.zeros(frames, dtype=np.bool_)
    for start, end, _who in turns:
        mask[round(start * 100) : round(end * 100)] = True
    return mask


def speech_shares() -> Iterator[dict[str, Any]]:
    for name, signal, labels in _labelled_speech():
        found = hear(signal).speech.mask()
        true = labels[: len(found)]
        yield row(
            "speech share",
            unit="share of the time",
            material=name,
            trust="refuses and marks",
            true=f"{true.mean():.3f}",
            found=f"{found.mean():.3f}",
            missed=f"{(true & ~found).sum() / max(1, true.sum()):.3f}",
            false=f"{(found & ~true).sum() / max(1, (~true).sum()):.3f}",
        )
    for path in labelled("noise/*.flac"):
        share = hear(read(path)).speech.speech_share
        yield row(
            "speech share",
            unit="share of the time",
            material=path.stem,
            trust="",
            true="0",
            found=f"{share:.3f}",
        )


def _labelled_speech() -> Iterator[tuple[str, Signal, NDArray[np.bool_]]]:
    for path in labelled("conversation/phone*.rttm"):
        signal = read(path.with_suffix(".wav"))
        yield path.stem, signal, paint(read_turns(path), frames=len(signal) // 160)
    for path in labelled("pairs/*.json"):
        signal = read(path.with_suffix(".flac"))
        yield path.stem, signal, paint(read_turns(path), frames=len(signal) // 160)
    talk = make_conversation(seconds=60, seed=2)
    yield "synthesis", talk.mix()[0], talk.is_speech()[80::160]


def lay_talks(count: int) -> list[Signal]:
    """Return minutes of single voices one after the other, with pauses of digital silence."""
    random = np.random.default_rng(0)
    clips = [read(path) for path in labelled("speech_*/*.flac")]
    talks = []
    for _ in range(count if clips else 0):
        pieces: list[Signal] = []
        while sum(map(len, pieces)) < 60 * MODEL_RATE_HZ:
            clip = clips[random.integers(len(clips))]
            length = int(random.uniform(2, 6) * MODEL_RATE_HZ)
            first = random.integers(max(1, len(clip) - length))
            piece = clip[first : first + length]
            pieces.append(piece * np.float32(0.06 / np.sqrt(np.mean(piece**2) + 1e-9)))
            pieces.append(np.zeros(int(random.uniform(0.3, 1.5) * MODEL_RATE_HZ), dtype=np.float32))
        talks.append(np.concatenate(pieces))
    return talks


def snr_errors() -> Iterator[dict[str, Any]]:
    noises, talks = [read(path) for path in labelled("noise/*.flac")], lay_talks(4)
    powers = [_speech_power(talk) for talk in talks]
    for snr_db in SNRS_DB:
        errors = []
        for (talk, power), noise in itertools.product(zip(talks, powers, strict=True), noises):
            bed = np.resize(noise, len(talk))
            gain = np.sqrt(power / np.mean(bed**2) / 10 ** (snr_db / 10))
            found = hear_noise(talk + bed * np.float32(gain))
            if found is not None:
                errors.append(found - snr_db)
        if errors:
            yield row(
                "SNR",
                unit="dB",
                material=f"speech and real noise at {snr_db} dB",
                trust="refuses and marks from 10 dB on",
                mean_error=f"{np.mean(errors):+.1f}",
                RMSE=f"{np.sqrt(np.mean(np.square(errors))):.1f}",
                known=f"{len(errors)} of {len(talks) * len(noises)}",
            )


def hear_noise(signal: Signal) -> float | None:
    likelihoods = rate_speech(signal)
    return estimate_snr(frame_powers(signal), speech=find_talk(likelihoods), likelihoods=likelihoods)


def _speech_power(signal: Signal) -> float:
    return float(frame_powers(signal)[find_talk(rate_speech(signal)).mask()].mean())


def loudness_errors() -> Iterator[dict[str, Any]]:
    """Compare with the tones of BS.1770, whose loudness is their level."""
    errors = []
    for rate_hz, level in itertools.product((8_000, 16_000, 44_100, 48_000), (-40, -23, -10)):
        tone = make_tone(seconds=5, rms_dbfs=level, frequency_hz=997, rate_hz=rate_hz)
        meter = LoudnessMeter(sample_rate_hz=rate_hz)
        for start in range(0, tone.shape[1], rate_hz):
            meter.add(tone[:, start : start + rate_hz])
        errors.append((meter.loudness_lufs() or 0.0) - level)
    yield row(
        "loudness",
        unit="LUFS",
        material="997 Hz at 4 rates and 3 levels",
        trust="refuses and marks",
        worst_error=f"{max(map(abs, errors)):.2f}",
    )


def clipping_found() -> Iterator[dict[str, Any]]:
    talk = make_conversation(seconds=30, seed=2).mix()
    for share, encoding in itertools.product((0.0, 0.0001, 0.001, 0.01), ("wav", "m4a", "mp3")):
        limit = np.quantile(np.abs(talk), 1 - share) if share else np.abs(talk).max() * 1.05
        cut = np.clip(talk / np.float32(limit), -1, 1)
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / f"clipped.{encoding}"
            write_audio(path, cut, sample_rate_hz=MODEL_RATE_HZ, encoding=encoding)
            with open_audio(path) as audio:
                meter = ClippingMeter(is_lossless=audio.source.is_lossless)
                for block in audio.blocks(max_duration_s=60):
                    meter.add(block)
        yield row(
            "clipped share",
            unit="share of the samples",
            material=f"{share:.2%} cut, {encoding}",
            trust="PCM: about half of it; lossy: that it was, not how much",
            found=f"{meter.clipped_share():.4%}",
        )


def bands() -> Iterator[dict[str, Any]]:
    """Resample real speech to a telephone's rate and back up, through codecs; and leave it as it is."""
    clips = [read(path) for path in labelled("speech_*/*.flac")]
    if not clips:
        return
    wide = np.concatenate(clips)[: 40 * MODEL_RATE_HZ]
    narrow = soxr.resample(soxr.resample(wide, MODEL_RATE_HZ, 8_000), 8_000, 48_000)
    for name, sound, rate_hz in (("8 kHz upsampled to 48", narrow, 48_000), ("true 16 kHz", wide, 16_000)):
        for encoding in CODECS:
            found = _band_behind(encoding, sound=sound, rate_hz=rate_hz)
            yield row(
                "bandwidth",
                unit="Hz",
                material=f"{name}, {encoding}",
                trust="marks; refuses below a telephone's",
                edge=found.edge_hz,
                drop_db=f"{found.drop_db:.0f}",
            )


def _band_behind(encoding: str, *, sound: Signal, rate_hz: int) -> Band:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"sound.{encoding}"
        write_audio(path, sound[np.newaxis], sample_rate_hz=rate_hz, encoding=encoding)
        with open_audio(path) as audio:
            meter = BandMeter(sample_rate_hz=audio.source.sample_rate_hz)
            for block in audio.blocks(max_duration_s=60):
                meter.add(mix_down(block))
    found = meter.band()
    assert found is not None  # noqa: S101 it is no silence
    return found


def qualities() -> Iterator[dict[str, Any]]:
    noises, talks = [read(path) for path in labelled("noise/*.flac")], lay_talks(2)
    for snr_db in (None, 30, 20, 10, 5):
        scores = []
        for talk, noise in itertools.product(talks, noises):
            bed = np.resize(noise, len(talk))
            gain = 0.0 if snr_db is None else np.sqrt(0.06**2 / np.mean(bed**2) / 10 ** (snr_db / 10))
            scores.append(rate_quality(talk + bed * np.float32(gain)) or 0.0)
        if scores:
            yield row(
                "quality",
                unit="1 to 5 (P.808)",
                material="clean" if snr_db is None else f"real noise at {snr_db} dB",
                trust="marks; refuses what nobody could use",
                mean=f"{np.mean(scores):.2f}",
                least=f"{min(scores):.2f}",
                most=f"{max(scores):.2f}",
            )


def dominant_shares() -> Iterator[dict[str, Any]]:
    errors = []
    for path in [*labelled("conversation/phone*.rttm"), *labelled("pairs/*.json")]:
        sound = path.with_suffix(".wav" if path.suffix == ".rttm" else ".flac")
        hearing = hear(read(sound))
        error, right = _compare_voices(hearing, turns=read_turns(path))
        errors.append(abs(error))
        yield row(
            "dominant share",
            unit="points",
            material=path.stem,
            trust="a mark, never a refusal",
            error=f"{error:+.1f}",
            frames_right=f"{right:.1%}",
        )
    for path, other in itertools.combinations(labelled("speech_zh/*.flac"), 2):
        signal, turns = lay_dialogue(read(path), read(other))
        errors.append(abs(_compare_voices(hear(signal), turns=turns)[0]))
    if errors:
        yield row(
            "dominant share",
            unit="points",
            material=f"all {len(errors)} conversations, laid ones included",
            trust="a mark, never a refusal",
            mean_error=f"{np.mean(errors):.1f}",
            worst=f"{max(errors):.1f}",
        )


def lay_dialogue(first: Signal, second: Signal) -> tuple[Signal, list[tuple[float, float, str]]]:
    """Lay two voices in turns of 2 to 8 s and 100 s in all, the first with two thirds of the time."""
    random = np.random.default_rng(len(first))
    pieces: list[Signal] = []
    turns: list[tuple[float, float, str]] = []
    at = 0
    while at < 100 * MODEL_RATE_HZ:
        for voice, who, most in ((first, "A", 8), (second, "B", 4)):
            piece = np.resize(voice, int(random.uniform(2, most) * MODEL_RATE_HZ))
            piece = piece * np.float32(0.06 / np.sqrt(np.mean(piece**2)))
            turns.append((at / MODEL_RATE_HZ, (at + len(piece)) / MODEL_RATE_HZ, who))
            gap = np.zeros(int(random.uniform(0.1, 0.6) * MODEL_RATE_HZ), dtype=np.float32)
            pieces += [piece, gap]
            at += len(piece) + len(gap)
    return np.concatenate(pieces), turns


def _compare_voices(hearing: Hearing, *, turns: list[tuple[float, float, str]]) -> tuple[float, float]:
    """Return the error of the share in points, and the share of the frames with one voice that are given to it."""
    frames = hearing.speech.frame_count
    talking = hearing.speech.mask()
    who = sorted({turn[2] for turn in turns})
    sides = [paint([turn for turn in turns if turn[2] == one], frames=frames) & talking for one in who]
    spoken = [int(side.sum()) for side in sides]
    voices = hearing.voices
    assert voices is not None  # noqa: S101 there is speech enough
    mine = paint(
        [(s.from_ms / 1000, s.to_ms / 1000, "") for s in voices.stretches if s.voice == "a"], frames=frames
    )
    alone = (sides[0] ^ sides[1]) & talking
    right = float((mine[alone] == sides[0][alone]).mean())
    error = 100 * (voices.dominant_share - max(spoken) / sum(spoken))
    return error, max(right, 1 - right)


def likeness_of_voices() -> Iterator[dict[str, Any]]:
    """Show that one voice parted in two looks like two: why "one voice or two" is not claimed."""
    one, two = [], []
    clips = [read(path) for path in labelled("speech_*/*.flac")]
    for clip in clips:
        voices = hear(np.resize(clip, 60 * MODEL_RATE_HZ)).voices
        one += [voices.likeness] if voices else []
    for path in [*labelled("conversation/phone*.wav"), *labelled("pairs/*.flac")]:
        voices = hear(read(path)).voices
        two += [voices.likeness] if voices else []
    if one and two:
        yield row(
            "one voice or two",
            unit="cosine of the two means",
            material=f"{len(one)} of one voice, {len(two)} of two",
            trust="not claimed: the ranges overlap",
            one_voice=f"{min(one):.2f} to {max(one):.2f}",
            two_voices=f"{min(two):.2f} to {max(two):.2f}",
        )
