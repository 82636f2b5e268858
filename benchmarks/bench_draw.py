"""
The draw of a release: so many tickets for so many slots, entered and drawn by the rules, one after the other.

`python -m benchmarks.bench_draw --json` prints one JSON object: CPU (ms) of a ticket, what was won, and what the
sweeps find afterwards. On a fresh database of the kind that DATABASE_URL names (SQLite without it).
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import print_results
from benchmarks.rush import OURS, VARIANTS, RushSite, fresh_database


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.bench_draw", description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000)
    parser.add_argument("--slots", type=int, default=60)
    parser.add_argument("--wishes", type=int, default=5)
    return print_results(run, parser=parser)


def run(*, tickets: int, slots: int, wishes: int) -> Iterator[dict[str, Any]]:
    """Yield the one result. A pair of the rush shares its people with the next, so every second one takes part."""
    like = os.environ.get("DATABASE_URL", "sqlite")
    with tempfile.TemporaryDirectory() as name, fresh_database(Path(name), like=like) as url:
        site = RushSite.over(Path(name), url=url)
        site.run("manage.py", "migrate", "--verbosity", "0")
        site.run("manage.py", "createcachetable", "--verbosity", "0")
        site.tell("make", pairs=2 * tickets, slots=slots, clients=0, tries=1, variant=VARIANTS[OURS])
        drawn = site.tell("draw", wishes=wishes)
        yield {"bench": "draw", "places": slots} | drawn | site.tell("count")


if __name__ == "__main__":
    sys.exit(main())
