"""
The same rush in a database that grows: 1,000 people and 500 slots behind it, ten times and a hundred times as many.

`python -m benchmarks.bench_growth --json` prints one JSON object a size. Compare the CPU of a request with
that of the smallest: `ratio`, where `grown` is how many times as many rows there are.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import print_results
from benchmarks.rush import RushSite, fresh_database, run_rush

SIZES = ((1_000, 500), (10_000, 5_000), (100_000, 50_000))


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.bench_growth", description=__doc__)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--slots", type=int, default=30)
    parser.add_argument("--clients", type=int, default=200)
    return print_results(run, parser=parser)


def run(*, pairs: int, slots: int, clients: int) -> Iterator[dict[str, Any]]:
    """Yield one result a size, each on a fresh database of the kind that DATABASE_URL names (SQLite without it)."""
    first: dict[str, Any] = {}
    for people, past in SIZES:
        like = os.environ.get("DATABASE_URL", "sqlite")
        with tempfile.TemporaryDirectory() as name, fresh_database(Path(name), like=like) as url:
            site = RushSite.over(Path(name), url=url)
            site.run("manage.py", "migrate", "--verbosity", "0")
            site.run("manage.py", "createcachetable", "--verbosity", "0")
            result = run_rush(
                Path(name),
                url=url,
                pairs=pairs,
                slots=slots,
                clients=clients,
                people_behind=people,
                slots_behind=past,
            )
        first = first or result
        yield result | {
            "bench": "growth",
            "grown": people // SIZES[0][0],
            "ratio": round(result["cpu_ms_per_request"] / first["cpu_ms_per_request"], 2),
        }


if __name__ == "__main__":
    sys.exit(main())
