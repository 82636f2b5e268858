"""
A rush on few slots: how fast, at what CPU, and how right are the ways of taking a slot?

`python -m benchmarks.bench_booking` runs every variant on both databases in one run, with client
processes of their own, and prints one JSON line for each. Wall time on a shared machine is noise:
compare CPU, and compare only lines of one run. TEST_DATABASE_URL names another PostgreSQL server.
"""

import os
import random
import shutil
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.report import describe_machine, print_json
from tests.races.harness import Crew, PostgresServer, SqliteServer, make_folder

WORKERS = 4
CLIENTS = 600
TRIES = 3
SCENE = {"people": 60, "pairs": 180, "days": 5}
VARIANTS = {
    "sqlite": ["ours", "count then insert", "FOR UPDATE"],
    "postgresql": ["ours", "count then insert", "FOR UPDATE", "exclusion only"],
}


def main() -> int:
    """Measure and print; with --json the caller has described the machine already."""
    if "--json" not in sys.argv:
        print_json([describe_machine()])
    for line in measure():
        print_json([line])
    return 0


def measure() -> Iterator[dict[str, Any]]:
    """Yield one line for each database and variant."""
    folder = make_folder(f"bench-{uuid.uuid4().hex[:8]}")
    try:
        for server in (SqliteServer(folder), PostgresServer(folder)):
            crew = Crew(server, size=WORKERS, folder=folder)
            for variant in VARIANTS[server.vendor]:
                yield _measure_one(crew, variant)
            crew.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure_one(crew: Crew, variant: str) -> dict[str, Any]:
    """Run the rush with one variant on a fresh database."""
    name = crew.open_database()
    scene = crew.do("make_storm", **SCENE)
    crew.do("benchmarks.booking_variants:take_belts_off", variant=variant)
    shares = _clients(scene)
    began = time.monotonic()
    results = crew.race(
        *(("benchmarks.booking_variants:rush", {"variant": variant, "clients": share}) for share in shares)
    )
    wall_s = time.monotonic() - began
    counted = crew.do("benchmarks.booking_variants:count_up")
    crew.close_database(name)
    answers: Counter[str] = Counter()
    for result in results:
        answers.update(result["answers"])
    cpu_s = sum(result["cpu_s"] for result in results)
    requests = sum(answers.values())
    return {
        "bench": "booking",
        "database": crew.vendor,
        "variant": variant,
        "requests": requests,
        "requests_per_s": round(requests / wall_s, 1),
        "bookings_per_s": round(counted["bookings"] / wall_s, 2),
        "cpu_ms_per_request": round(1000 * cpu_s / requests, 2),
        "cpu_ms_per_booking": round(1000 * cpu_s / counted["bookings"], 1),
        "places": len(scene["slots"]),
        "sold": counted["bookings"],
        "overlaps": counted["overlaps"],
        "errors": sum(count for answer, count in answers.items() if answer.startswith("error")),
        "load": round(os.getloadavg()[0], 1),
    }


def _clients(scene: dict[str, list[int]]) -> list[list[list[list[int]]]]:
    """Return the clients of each worker: a pair and three slots each, the first slots wanted most."""
    chance = random.Random(7)  # noqa: S311
    weights = [1 / (rank + 2) for rank in range(len(scene["slots"]))]
    clients = []
    for _number in range(CLIENTS):
        pair = chance.choice(scene["pairs"])
        clients.append([[pair, slot] for slot in chance.choices(scene["slots"], weights, k=TRIES)])
    return [clients[number::WORKERS] for number in range(WORKERS)]


if __name__ == "__main__":
    sys.exit(main())
