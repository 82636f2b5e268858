"""Two crews, one a database, for the whole test run; a fresh database for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.races.harness import Crew, PostgresServer, SqliteServer, make_folder

CREW_SIZE = 4


@pytest.fixture(scope="session")
def races_folder(testrun_uid: str, worker_id: str) -> Iterator[Path]:
    folder = make_folder(testrun_uid)
    yield folder
    if worker_id == "master":
        shutil.rmtree(folder)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def whole_crew(request: pytest.FixtureRequest, races_folder: Path) -> Iterator[Crew]:
    server = (SqliteServer if request.param == "sqlite" else PostgresServer)(races_folder)
    crew = Crew(server, size=CREW_SIZE, folder=races_folder)
    yield crew
    crew.stop()


@pytest.fixture
def crew(whole_crew: Crew) -> Iterator[Crew]:
    """The workers on a fresh database: once on SQLite, once on PostgreSQL."""
    name = whole_crew.open_database()
    yield whole_crew
    whole_crew.close_database(name)
