"""
A rush on few slots through HTTP: a served site of its own, clients with sessions, CSRF tokens and forms.

`manage.py bench_booking` is the door to it. The database is a fresh one of the given kind, never the site's own.
"""

import asyncio
import json
import os
import secrets
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.rush_clients import Tally, rush
from tests.races.uploading import UploadSite

OURS = "duologue"
# By the names of the command: the ways of `benchmarks/booking_variants.py`.
VARIANTS = {
    OURS: "ours",
    "count": "count then insert",
    "for_update": "FOR UPDATE",
    "exclusion": "exclusion only",
}
TRIES = 6
# To fill a database with 100,000 people and sweep it takes minutes (s).
FILLING_S = 1800


class RushSite(UploadSite):
    """A web server over a database of its own."""

    @classmethod
    def over(cls, folder: Path, *, url: str, variant: str = OURS, looks_first: bool = True) -> "RushSite":
        """
        Return the site whose data lie in the folder and at the database's address.

        Without `looks_first` a form goes the whole way even when the slot is gone already.
        """
        settings = {"DATABASE_URL": url, "BOOKING_VARIANT": variant, "DUOLOGUE_LOG_LEVEL": "ERROR"}
        settings["BOOKING_LOOKS_FIRST"] = str(int(looks_first))
        if not url.startswith("sqlite"):
            settings |= {"DUOLOGUE_SECRET_KEY": secrets.token_hex(32), "DUOLOGUE_FIELD_KEYS": FIELD_KEYS}
        return cls(
            folder,
            settings=settings,
            application="benchmarks.rush_wsgi:application",
            patience_s=FILLING_S,
        )

    def tell(self, what: str, **facts: Any) -> dict[str, Any]:
        """Run an end of the rush (`benchmarks/stage_rush.py`) and return what it tells."""
        told = self.run("-m", "benchmarks.stage_rush", what, json.dumps(facts))
        return dict(json.loads(told.splitlines()[-1]))


# A database that is dropped within the hour holds nothing that a key would keep secret.
FIELD_KEYS = "k1:" + "A" * 43 + "="


@contextmanager
def fresh_database(folder: Path, *, like: str) -> Iterator[str]:
    """Make an empty database of the same kind as the one at the address `like`, and drop it afterwards."""
    if like.startswith("sqlite"):
        yield f"sqlite:///{folder / 'rush.sqlite3'}"
        return
    name = f"duologue_bench_{secrets.token_hex(6)}"
    with psycopg.connect(like, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(like)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(like, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run_rush(
    folder: Path,
    *,
    url: str,
    pairs: int,
    slots: int,
    clients: int,
    variant: str = OURS,
    tries: int = TRIES,
    looks_first: bool = True,
    people_behind: int = 0,
    slots_behind: int = 0,
) -> dict[str, Any]:
    """
    Fill the migrated database at the address, serve it, let the clients come; return what was measured.

    `people_behind` and `slots_behind` are in the database too and take no part.
    """
    site = RushSite.over(folder, url=url, variant=variant, looks_first=looks_first)
    behind = {"people_behind": people_behind, "slots_behind": slots_behind}
    facts = {"pairs": pairs, "slots": slots, "clients": clients, "tries": tries, "variant": VARIANTS[variant]}
    facts |= behind
    made = site.tell("make", **facts)
    site.serve()
    try:
        before: list[float] = []
        tally = asyncio.run(rush(site.port, made["clients"], opened=lambda: before.append(_cpu_s(site, url))))
        cpu_s = _cpu_s(site, url) - before[0]
    finally:
        site.kill()
    counted = site.tell("count")
    counted["sold"] -= made["sold_before"]
    return (
        {"bench": "rush", "variant": variant, "places": slots}
        | behind
        | counted
        | _figures(tally, cpu_s=cpu_s)
    )


def _figures(tally: Tally, *, cpu_s: float) -> dict[str, Any]:
    """Return the figures of the forms sent; opening the pages before is no part of them."""
    requests = sum(tally.statuses.values())
    cuts = statistics.quantiles(tally.took_ms, n=100, method="inclusive")
    return {
        "requests": requests,
        "errors_5xx": sum(count for status, count in tally.statuses.items() if status.startswith("5")),
        "statuses": dict(sorted(tally.statuses.items())),
        "requests_per_s": round(requests / tally.wall_s, 1),
        "p50_ms": round(cuts[49]),
        "p95_ms": round(cuts[94]),
        "p99_ms": round(cuts[98]),
        "cpu_ms_per_request": round(1000 * cpu_s / requests, 2),
        "load": round(os.getloadavg()[0], 1),
    }


def _cpu_s(site: RushSite, url: str) -> float:
    """Return the CPU seconds so far of the server's processes and of the PostgreSQL backends they use."""
    leader = site.server.pid if site.server else 0
    backends = set() if url.startswith("sqlite") else _backends(url)
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == leader or int(stat.parent.name) in backends:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _backends(url: str) -> set[int]:
    """Return the process ids of the database's backends; they say something only on this machine."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return {pid for (pid,) in rows}
