"""
How surely the same sound is known again, and what the search costs among many.

`python -m benchmarks.bench_fingerprint --json` prints one JSON object a line;
without the option a table. `--samples 100000` sets the larger crowd of samples.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from benchmarks.report import print_results
from recordings.audio.decode import Block, open_audio
from recordings.audio.encode import ENCODINGS, write_audio
from recordings.audio.fingerprint import FingerprintMeter, Words, choose_keys, compare, split_phases
from recordings.audio.synthesis import RATE_HZ, make_conversation

ROOT = Path(__file__).resolve().parents[1]
LABELLED = ROOT.parent / "shared" / "audio"
SMALL, LARGE = 1_000, 100_000
SECONDS = 150
LEAST_S = 20  # the labelled pieces last 30 s, pauses included
LABELLED_SOUNDS = ("conversation/*", "pairs/*.flac", "speech_en/silero_test.flac")
CODED = ("m4a", "mp3", "webm", "ogg", "amr")

Sound = tuple[Block, int]


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.bench_fingerprint", description=__doc__)
    parser.add_argument("--samples", type=int, default=LARGE, help="samples in the larger crowd")
    return print_results(run, parser=parser)


def run(*, samples: int = LARGE) -> Iterator[dict[str, Any]]:
    """Yield the cost of a fingerprint, how far changed copies and strangers lie, and the search among many."""
    sounds = dict(read_sounds())
    yield cost_of_fingerprint()
    yield from compare_copies(sounds)
    yield compare_strangers(sounds)
    yield from search(samples=samples)


def read_sounds() -> Iterator[tuple[str, Sound]]:
    """Yield synthesised talk, and the labelled recordings where they are."""
    for seed in (1, 2, 3):
        yield f"synthesis {seed}", (make_conversation(seconds=SECONDS, seed=seed).mix(), RATE_HZ)
    for pattern in LABELLED_SOUNDS:
        for path in sorted(LABELLED.glob(pattern)):
            if path.suffix in {".wav", ".flac"}:
                sound, rate_hz = read_sound(path)
                yield path.stem, (sound[:, : SECONDS * rate_hz], rate_hz)


def read_sound(path: Path) -> Sound:
    with open_audio(path) as audio:
        sound = np.concatenate(list(audio.blocks(max_duration_s=3_600)), axis=1)
        return sound.mean(axis=0, keepdims=True), audio.source.sample_rate_hz


def fingerprint(sound: Block, rate_hz: int) -> Words:
    meter = FingerprintMeter(sample_rate_hz=rate_hz)
    for start in range(0, sound.shape[1], rate_hz):
        meter.add(sound[:, start : start + rate_hz])
    return meter.words()


def cost_of_fingerprint() -> dict[str, Any]:
    """Return the CPU milliseconds for 150 s at 48 kHz, in blocks of a second."""
    sound = make_conversation(seconds=SECONDS, seed=1).mix()
    studio = soxr.resample(sound.T, RATE_HZ, 48_000).T.reshape(1, -1)
    times = []
    for _ in range(5):
        started = time.process_time()
        words = fingerprint(studio, 48_000)
        times.append(time.process_time() - started)
    kept = split_phases(words)[0]
    return {
        "bench": "fingerprint_cost",
        "cpu_ms": round(statistics.median(times) * 1000, 1),
        "kept_bytes": kept.nbytes,
        "keys": len(choose_keys(kept)),
    }


def compare_copies(sounds: dict[str, Sound]) -> Iterator[dict[str, Any]]:
    """Yield, for each change, the share of bits that differ from the original (median and worst)."""
    random = np.random.default_rng(1)
    originals = {name: split_phases(fingerprint(*sound))[0] for name, sound in sounds.items()}
    with tempfile.TemporaryDirectory() as folder:
        for change, apply in _changes(Path(folder), random=random).items():
            rates, found = [], 0
            for name, sound in sounds.items():
                copy = fingerprint(*apply(*sound))
                kept = originals[name]
                offsets = range(-120, 121)
                likeness = compare(copy, kept, offsets=offsets, least_s=LEAST_S)
                if likeness:
                    rates.append(likeness.error_rate)
                    found += _shares_keys(copy, kept)
            yield {
                "bench": "fingerprint_copy",
                "change": change,
                "recordings": len(rates),
                "median": round(statistics.median(rates), 3),
                "worst": round(max(rates), 3),
                "refused": sum(rate <= 0.10 for rate in rates),
                "marked": sum(0.10 < rate <= 0.25 for rate in rates),
                "found_by_keys": found,
            }


def _changes(folder: Path, *, random: np.random.Generator) -> dict[str, Callable[[Block, int], Sound]]:
    """Return the changes that a copy may go through, by their names."""

    def coded(encoding: str) -> Callable[[Block, int], Sound]:
        def through(sound: Block, rate_hz: int) -> Sound:
            path = folder / f"copy{ENCODINGS[encoding].suffix}"
            write_audio(path, sound, sample_rate_hz=rate_hz, encoding=encoding)
            return read_sound(path)

        return through

    def noisy(snr_db: float) -> Callable[[Block, int], Sound]:
        def add(sound: Block, rate_hz: int) -> Sound:
            rms = np.sqrt(np.mean(sound**2)) * 10 ** (-snr_db / 20)
            return sound + random.standard_normal(sound.shape).astype(np.float32) * np.float32(rms), rate_hz

        return add

    def faster(factor: float) -> Callable[[Block, int], Sound]:
        return lambda sound, rate_hz: (soxr.resample(sound.T, rate_hz * factor, rate_hz).T, rate_hz)

    def echo(sound: Block, rate_hz: int) -> Sound:
        length = round(0.3 * rate_hz)
        room = random.standard_normal(length) * np.exp(-np.arange(length) / (0.05 * rate_hz))
        room[0] = 4.0
        size = 1 << (sound.shape[1] + length).bit_length()
        both = np.fft.irfft(np.fft.rfft(sound[0], size) * np.fft.rfft(room, size), size)
        return both[np.newaxis, : sound.shape[1]].astype(np.float32) / 5, rate_hz

    return {
        **{name: coded(name) for name in CODED},
        "amr, then m4a": lambda sound, rate_hz: coded("m4a")(*coded("amr")(sound, rate_hz)),
        "20 dB softer": lambda sound, rate_hz: (sound * np.float32(0.1), rate_hz),
        "tone control": lambda sound, rate_hz: (np.diff(sound, axis=1), rate_hz),
        "cut by 3.217 s": lambda sound, rate_hz: (sound[:, round(3.217 * rate_hz) :], rate_hz),
        "noise at 20 dB": noisy(20),
        "noise at 10 dB": noisy(10),
        "echo": echo,
        "0.5 % faster": faster(1.005),
        "1 % faster": faster(1.01),
        "2 % faster": faster(1.02),
        "5 % faster": faster(1.05),
    }


def _shares_keys(copy: Words, kept: Words) -> bool:
    """Say whether the search of recordings.duplicates would compare the two: two keys at one offset."""
    there: dict[int, list[int]] = {}
    for key in choose_keys(kept):
        there.setdefault(key.value, []).append(key.position)
    shared = {
        (position, position - key.position)
        for phase in split_phases(copy)
        for key in choose_keys(phase)
        for position in there.get(key.value, ())
    }
    return any(
        len({position for position, other in shared if abs(other - offset) <= 1}) >= 2
        for _position, offset in shared
    )


def compare_strangers(sounds: dict[str, Sound]) -> dict[str, Any]:
    """Return how near two different recordings come at their best offset, every fourth tried."""
    words = {name: fingerprint(*sound) for name, sound in sounds.items()}
    rates = []
    for first, second in itertools.combinations(words, 2):
        kept = split_phases(words[second])[0]
        offsets = range(-len(words[first]) // 4, len(kept), 4)
        likeness = compare(words[first], kept, offsets=offsets, least_s=LEAST_S)
        if likeness:
            rates.append(likeness.error_rate)
    return {
        "bench": "fingerprint_strangers",
        "pairs": len(rates),
        "median": round(statistics.median(rates), 3),
        "nearest": round(min(rates), 3),
    }


def search(*, samples: int) -> Iterator[dict[str, Any]]:
    """Yield what one search costs among few and among many samples, and how often it finds the copy."""
    before: dict[str, Any] = {}
    for count in (SMALL, samples):
        result = _search_inside(count)
        before = before or result
        ratio = round(result["cpu_ms"] / before["cpu_ms"], 2)
        yield {"bench": "fingerprint_search", "samples": count, **result, "ratio": ratio}


def _search_inside(samples: int) -> dict[str, Any]:
    """Measure in a process of its own, on an empty database that is deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DUOLOGUE_")} | {
            "DATABASE_URL": f"sqlite:///{folder}/samples.sqlite3",
            "DUOLOGUE_DATA_DIR": folder,
            "DUOLOGUE_SECRET_KEY": "only-for-the-benchmark",
            "DUOLOGUE_FIELD_KEYS": "k1:" + "A" * 43 + "=",
            "DUOLOGUE_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        code = f"from benchmarks.measure_search import measure_search; measure_search({samples})"
        command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", code]
        finished = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    return dict(json.loads(finished.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
