"""
What it costs to measure a sample (CPU seconds, the ratio to real time, memory), and how right it is.

`python -m benchmarks.bench_audio --json` prints one JSON object a line; without
the option the same as a table. Each figure is the median of several runs.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from benchmarks.audio_accuracy import measure_accuracy
from recordings.audio.band import BandMeter
from recordings.audio.decode import open_audio
from recordings.audio.encode import ENCODINGS, write_audio
from recordings.audio.levels import ClippingMeter, LevelMeter
from recordings.audio.loudness import LoudnessMeter
from recordings.audio.mono import MODEL_RATE_HZ, MonoCollector, mix_down
from recordings.audio.peaks import PeakMeter
from recordings.audio.preview import PreviewMaker
from recordings.audio.quality import rate_quality
from recordings.audio.synthesis import RATE_HZ, make_conversation
from recordings.audio.vad import find_talk, rate_speech
from recordings.audio.voices import part_voices
from recordings.sandbox import has_bubblewrap, measure_file

SECONDS = 150
RUNS = 3
STUDIO_RATE_HZ = 48_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.bench_audio", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON lines instead of a table")
    as_json = parser.parse_args().json
    with tempfile.TemporaryDirectory() as directory:
        for result in run(Path(directory)):
            print(json.dumps(result) if as_json else "  ".join(f"{k}={v}" for k, v in result.items()))  # noqa: T201
    return 0


def run(directory: Path) -> Iterator[dict[str, Any]]:
    """Yield the results: the parts, the whole by format and by length, and the accuracy of each figure."""
    talk = make_conversation(seconds=SECONDS, seed=1).mix()
    studio = soxr.resample(talk.T, RATE_HZ, STUDIO_RATE_HZ).T.reshape(1, -1)
    m4a = directory / "sample.m4a"
    write_audio(m4a, studio, sample_rate_hz=STUDIO_RATE_HZ, encoding="m4a")
    yield from time_parts(m4a, directory=directory)
    for name, form in ENCODINGS.items():
        path = directory / f"{name}{form.suffix}"
        write_audio(path, studio, sample_rate_hz=STUDIO_RATE_HZ, encoding=name)
        yield {"bench": "audio_measure", "format": name, **cost_of_child(path, directory=directory)}
    for minutes in (1, 5, 10):
        path = directory / "long.m4a"
        sound = np.tile(studio, (1, 4))[:, : minutes * 60 * STUDIO_RATE_HZ]
        write_audio(path, sound, sample_rate_hz=STUDIO_RATE_HZ, encoding="m4a")
        cost = cost_of_child(path, directory=directory, seconds=minutes * 60, runs=1)
        yield {"bench": "audio_length", "minutes": minutes, **cost}
    yield {"bench": "audio_wall", "bubblewrap": has_bubblewrap(), **wall_of_child(m4a, directory=directory)}
    yield from measure_accuracy()


def cost_of_child(path: Path, *, directory: Path, seconds: int = SECONDS, runs: int = RUNS) -> dict[str, Any]:
    """
    Return what the whole child costs, its start and the preview included.

    Without bubblewrap, whose own process hides its children's time from the kernel's accounts.
    """
    results = [_measure_once(path, directory=directory, seconds=seconds) for _ in range(runs)]
    cpu_s = statistics.median(cpu for cpu, _ in results)
    return {
        "cpu_s": round(cpu_s, 3),
        "times_real_time": round(seconds / cpu_s),
        "peak_mb": max(memory for _, memory in results),
    }


def _measure_once(path: Path, *, directory: Path, seconds: int) -> tuple[float, int]:
    """Measure in a process between us and the child, so that its use alone is in the account of children."""
    code = (
        "import resource, sys, pathlib\n"
        "from recordings.sandbox import measure_file\n"
        "result = measure_file(pathlib.Path(sys.argv[1]), output_directory=pathlib.Path(sys.argv[2]),\n"
        "    max_duration_s=float(sys.argv[3]) + 5, use_bubblewrap=False)\n"
        "assert result.report, result\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)\n"
    )
    output = directory / "output"
    output.mkdir(exist_ok=True)
    answer = subprocess.run(
        [sys.executable, "-c", code, str(path), str(output), str(seconds)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return float(answer[0]), int(answer[1])


def wall_of_child(path: Path, *, directory: Path) -> dict[str, Any]:
    """Return the seconds that a worker waits for one sample, in the form that this machine uses."""
    output = directory / "output"
    walls = []
    for _ in range(RUNS):
        started = time.perf_counter()
        measure_file(path, output_directory=output, max_duration_s=185)
        walls.append(time.perf_counter() - started)
    return {"wall_s": round(statistics.median(walls), 3)}


def time_parts(path: Path, *, directory: Path) -> Iterator[dict[str, Any]]:
    """Yield the CPU milliseconds of each part over the 150-second m4a, in this process."""
    with open_audio(path) as audio:
        blocks, rate_hz = list(audio.blocks(max_duration_s=185)), audio.source.sample_rate_hz
    yield _part("decode", lambda: _drain(path))
    meters: dict[str, Callable[[], Any]] = {
        "levels": lambda: LevelMeter(sample_rate_hz=rate_hz),
        "loudness": lambda: LoudnessMeter(sample_rate_hz=rate_hz),
        "clipping": lambda: ClippingMeter(is_lossless=False),
        "clipping_pcm": lambda: ClippingMeter(is_lossless=True),
        "peaks": lambda: PeakMeter(sample_rate_hz=rate_hz),
    }
    for name, make in meters.items():
        yield _part(name, partial(_feed_new, make, blocks))
    monos = [mix_down(block) for block in blocks]
    yield _part("band", partial(_feed_new, lambda: BandMeter(sample_rate_hz=rate_hz), monos))
    yield _part(
        "resample",
        partial(_feed_new, lambda: MonoCollector(sample_rate_hz=rate_hz, rate_hz=MODEL_RATE_HZ), monos),
    )
    yield from _time_models(np.concatenate(monos), rate_hz=rate_hz)
    makers = [_feed(PreviewMaker(sample_rate_hz=rate_hz), monos) for _ in range(RUNS)]
    yield _part("preview_encode", lambda: makers.pop().write(directory))


def _time_models(mono: Any, *, rate_hz: int) -> Iterator[dict[str, Any]]:
    """Yield the cost of each model; each is loaded before, which costs 0.2 s in all and once a process."""
    signal = soxr.resample(mono, rate_hz, MODEL_RATE_HZ)
    speech = find_talk(rate_speech(signal))
    rate_quality(signal)
    part_voices(signal, speech=speech)
    yield _part("speech", lambda: rate_speech(signal))
    yield _part("quality", lambda: rate_quality(signal))
    yield _part("voices", lambda: part_voices(signal, speech=speech))


def _drain(path: Path) -> None:
    with open_audio(path) as audio:
        for _ in audio.blocks(max_duration_s=185):
            pass


def _feed(meter: Any, blocks: list[Any]) -> Any:
    for block in blocks:
        meter.add(block)
    return meter


def _feed_new(make: Callable[[], Any], blocks: list[Any]) -> Any:
    return _feed(make(), blocks)


def _part(name: str, work: Callable[[], object]) -> dict[str, Any]:
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return {"bench": "audio_part", "part": name, "cpu_ms": round(statistics.median(times) * 1000, 1)}


if __name__ == "__main__":
    sys.exit(main())
