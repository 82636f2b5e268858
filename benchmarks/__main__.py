"""
Every benchmark in one run, or those named: `python -m benchmarks [--json] [booking|rush|growth|audio|pages …]`.

Prints the machine and each result as a JSON line, then, without `--json`, the same
as tables. Each also runs alone: `python -m benchmarks.bench_pages --json`.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import describe_machine, print_json, print_tables

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("booking", "rush", "growth", "draw", "audio", "fingerprint", "samples", "desk", "rota", "pages")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"some of {', '.join(NAMES)}; all by default"
    )
    parser.add_argument("--json", action="store_true", help="print JSON lines only")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    machine = describe_machine()
    print_json([machine])
    results = []
    for name in options.names or NAMES:
        for result in run_benchmark(name):
            print_json([result])
            results.append(result)
    if not options.json:
        print_tables([machine, *results])
    return 0


def run_benchmark(name: str) -> Iterator[dict[str, Any]]:
    """Yield the results of one benchmark, in a process of its own so that none disturbs another's."""
    command = [sys.executable, "-m", f"benchmarks.bench_{name}", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            yield json.loads(line)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")


if __name__ == "__main__":
    sys.exit(main())
