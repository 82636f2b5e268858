"""
How many samples an hour one worker core measures while pages answer.

`python -m benchmarks.bench_samples --json` serves the product in processes of its own
(web server and one worker), with a row of 150-second m4a samples in the queue, asks for
pages all the while, and prints JSON lines; without the option a table.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.report import print_results
from tests.journeys.site import Site

SAMPLES = 30
PAUSE_S = 0.2  # between two pages of one reader
PATIENCE_S = 900


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.bench_samples", description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES, help="samples in the queue")
    return print_results(run, parser=parser)


def run(*, samples: int = SAMPLES) -> Iterator[dict[str, Any]]:
    """Yield the samples an hour, and the latency of each page while they are measured and when nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        site = ServedSite(Path(folder))
        site.prepare()
        staged = site.call("stage", count=samples)
        readers = [Reader(f"{site.url}{path}", cookie) for path, cookie in staged["pages"].items()]
        site.serve()
        try:
            started = time.monotonic()
            threads = [threading.Thread(target=reader.read, daemon=True) for reader in readers]
            for thread in threads:
                thread.start()
            done = _wait_for_all(site, samples=samples)
            took_s = time.monotonic() - started
            busy = [reader.take() for reader in readers]
            memory_mb = _memory_mb(site)
            threading.Event().wait(10)
            idle = [reader.take() for reader in readers]
            for reader in readers:
                reader.stop.set()
        finally:
            site.end()
        span_s = done["span_s"]
        yield {
            "bench": "samples_throughput",
            "samples": samples,
            "in_review": done["in_review"],
            "first_to_last_s": round(span_s, 1),
            "samples_an_hour": round((samples - 1) / span_s * 3_600),
            "from_start_of_server_s": round(took_s, 1),
            "worker_mb": memory_mb,
        }
        for reader, while_busy, when_idle in zip(readers, busy, idle, strict=True):
            yield {
                "bench": "samples_pages",
                "page": reader.url.removeprefix(site.url),
                "asked": len(while_busy),
                "errors": reader.errors,
                **_latency(while_busy, suffix="measuring"),
                **_latency(when_idle, suffix="idle"),
            }


class ServedSite(Site):
    """A site with one worker, staged by `benchmarks.stage_samples`."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"DUOLOGUE_WORKERS": "1"}

    def call(self, scene: str, **facts: Any) -> dict[str, Any]:
        told = self.run("-m", "benchmarks.stage_samples", scene, json.dumps(facts))
        return dict(json.loads(told.splitlines()[-1]))


@dataclass
class Reader:
    """Somebody who asks for one page again and again, and how long each answer took."""

    url: str
    cookie: str
    errors: int = 0
    taken_ms: list[float] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        request = urllib.request.Request(self.url, headers={"Cookie": self.cookie})  # noqa: S310
        while not self.stop.wait(PAUSE_S):
            started = time.perf_counter()
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                    answer.read()
                    good = answer.status == 200 and answer.url == self.url
            except OSError:
                good = False
            self.errors += not good
            self.taken_ms.append((time.perf_counter() - started) * 1_000)

    def take(self) -> list[float]:
        """Return the times since the last call."""
        taken, self.taken_ms = self.taken_ms, []
        return taken


def _latency(times_ms: list[float], *, suffix: str) -> dict[str, float]:
    ordered = sorted(times_ms) or [0.0]
    return {
        f"median_ms_{suffix}": round(statistics.median(ordered), 1),
        f"p95_ms_{suffix}": round(ordered[int(len(ordered) * 0.95)], 1),
    }


def _wait_for_all(site: ServedSite, *, samples: int) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        done = site.call("look")
        if done["measured"] == samples:
            return done
        threading.Event().wait(3)
    raise SystemExit(f"{done['measured']} of {samples} samples were measured in {PATIENCE_S} s")


def _memory_mb(site: ServedSite) -> int:
    """Return the memory of the largest process of the worker."""
    sizes = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            command = (status.parent / "cmdline").read_bytes()
            folder = str(site.data_dir).encode() in (status.parent / "environ").read_bytes()
        except OSError:
            continue
        if folder and b"worker" in command:
            sizes += [int(line.split()[1]) // 1_024 for line in text.splitlines() if line.startswith("VmHWM")]
    return max(sizes)


if __name__ == "__main__":
    sys.exit(main())
