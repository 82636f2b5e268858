"""Two crews, one a database, for the whole test run; a fresh database for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.races.harness import Crew, PostgresServer, SqliteServer, make_folder

CREW_SIZE = 4


@pytest.fixture(scope="session")
def races_folder(testrun_uid: str, worker_id: str) -> Iterator[Path]:
    """A folder of this process's own: where races run two at a time, each has its own server."""
    folder = make_folder(f"{testrun_uid}-{worker_id}")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def crews(races_folder: Path) -> Iterator[dict[str, Crew]]:
    """The crews that were called so far, by database; both stay until the end."""
    called: dict[str, Crew] = {}
    yield called
    for crew in called.values():
        crew.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def whole_crew(request: pytest.FixtureRequest, crews: dict[str, Crew], races_folder: Path) -> Crew:
    return call_crew(request.param, crews=crews, folder=races_folder)


def call_crew(vendor: str, *, crews: dict[str, Crew], folder: Path) -> Crew:
    """Return the crew of a kind of database; call it when it is not there yet."""
    if vendor not in crews:
        server = (SqliteServer if vendor == "sqlite" else PostgresServer)(folder)
        crews[vendor] = Crew(server, size=CREW_SIZE, folder=folder)
    return crews[vendor]


@pytest.fixture
def crew(whole_crew: Crew) -> Iterator[Crew]:
    """The workers on a fresh database: once on SQLite, once on PostgreSQL."""
    name = whole_crew.open_database()
    yield whole_crew
    print(*whole_crew.server.read_deadlocks(name), sep="\n")  # shown when the test has failed
    whole_crew.close_database(name)
