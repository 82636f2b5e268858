"""The planner of the rota on a full week: 200 slots that lack two people each, 60 staff in several cities."""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

from benchmarks.report import print_results
from scheduling.rota_planner import propose_rota
from scheduling.rota_values import Answers, Place, Worker

SLOTS, STAFF, STUDIOS, CITIES = 200, 60, 5, 3
MONDAY = date(2026, 3, 2)
PARTS = ((9, "1_morning"), (14, "2_afternoon"), (18, "3_evening"))
ROUNDS = 5


def make_places(random: Random) -> list[Place]:
    """Return the slots of a week, one in four booked."""
    times = list(product(range(7), PARTS, range(STUDIOS), range(2)))
    places = []
    for number, (day, (hour, part), studio, _booth) in enumerate(random.sample(times, SLOTS)):
        starts_at = datetime(2026, 3, 2, hour, tzinfo=UTC) + timedelta(days=day)
        places.append(
            Place(
                number=number,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=3),
                on=MONDAY + timedelta(days=day),
                part=part,
                studio=studio,
                city=studio % CITIES,
                lacks=2,
                is_booked=random.random() < 0.25,
            )
        )
    return places


def make_workers(random: Random, *, share: float) -> list[Worker]:
    """Return people who work in two studios of a city and can come at that share of all times."""
    times = list(product(range(7), [part for _hour, part in PARTS]))
    workers = []
    for number in range(STAFF):
        studios = frozenset(one for one in range(STUDIOS) if one % CITIES == number % CITIES)
        chosen = random.sample(times, round(len(times) * share))
        weekly = frozenset((studio, day, part) for studio in studios for day, part in chosen)
        workers.append(
            Worker(
                number=number,
                studios=studios,
                answers=Answers(True, weekly),
                wished_minutes=60 * random.choice([10, 15, 20]),
                load_minutes=180 * random.randrange(20),
            )
        )
    return workers


def measure(*, share: float) -> dict[str, Any]:
    """Return the time of one proposal and what it covers, for staff who can come at that share of all times."""
    random = Random(7)  # noqa: S311
    places, workers = make_places(random), make_workers(random, share=share)
    took = []
    for _round in range(ROUNDS):
        began = time.process_time()
        lines = propose_rota(places, workers)
        took.append(time.process_time() - began)
    whole = {line.place.number for line in lines if line.is_whole}
    booked = {one.number for one in places if one.is_booked}
    return {
        "bench": "rota",
        "available_share": share,
        "cpu_ms": round(1000 * sorted(took)[ROUNDS // 2], 1),
        "slots": SLOTS,
        "staff": STAFF,
        "lines": len(lines),
        "covered": len(whole),
        "booked_covered": f"{len(whole & booked)} of {len(booked)}",
    }


def main() -> int:
    return print_results(
        run, parser=argparse.ArgumentParser(prog="benchmarks.bench_rota", description=__doc__)
    )


def run() -> Iterator[dict[str, Any]]:
    """Yield the figures for staff with much, some and little time."""
    for share in (0.9, 0.5, 0.2):
        yield measure(share=share)


if __name__ == "__main__":
    sys.exit(main())
