"""A rush through HTTP on a served site: real server processes, sessions, CSRF tokens and forms."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.rush import RushSite, run_rush
from benchmarks.rush_clients import Tally, rush
from tests.races.harness import Crew, PostgresServer

pytestmark = pytest.mark.race
# Both people of each pair come, each with a phone of their own.
CROWD = {"pairs": 24, "slots": 8, "clients": 48, "tries": 8}


@pytest.fixture
def url(whole_crew: Crew) -> Iterator[str]:
    """The address of a fresh database: once of SQLite, once of PostgreSQL."""
    server = whole_crew.server
    name = server.make_database()
    yield server.url_of(name) if isinstance(server, PostgresServer) else f"sqlite:///{name}"
    server.drop_database(name)


def left_by(result: dict[str, Any]) -> dict[str, int]:
    return {name: result[name] for name in ("sold", "overlaps", "broken", "deadlocks", "errors_5xx")}


@pytest.mark.more
def test_served_rush_that_counts_then_inserts_oversells(url: str, tmp_path: Path):
    result = run_rush(tmp_path, url=url, variant="count", looks_first=False, **CROWD)

    assert result["overlaps"] > 0


def test_served_rush_sells_every_slot_once(url: str, tmp_path: Path):
    result = run_rush(tmp_path, url=url, **CROWD, people_behind=60, slots_behind=1)

    assert left_by(result) == {"sold": 8, "overlaps": 0, "broken": [], "deadlocks": 0, "errors_5xx": 0}
    assert result["statuses"]["302"] == 8
    assert set(result["statuses"]) == {"302", "409"}


def test_server_killed_in_the_rush_leaves_nothing_torn_and_sells_the_rest(url: str, tmp_path: Path):
    site = RushSite.over(tmp_path, url=url)
    clients = site.tell("make", **CROWD, variant="ours")["clients"]

    def pull_the_plug(tally: Tally) -> None:
        if tally.statuses.total() == 5:
            site.kill()

    site.serve()
    try:
        cut = asyncio.run(rush(site.port, clients, answered=pull_the_plug))
        torn = site.tell("count")
        site.serve()
        asyncio.run(rush(site.port, clients))
    finally:
        site.kill()

    assert cut.statuses["cut"] > 0
    assert (torn["overlaps"], torn["broken"]) == (0, [])
    assert torn["sold"] >= cut.statuses["302"]
    after = site.tell("count")
    assert (after["sold"], after["overlaps"], after["broken"]) == (8, 0, [])
