"""The server's own words of a deadlock are found in its log."""

import threading
from contextlib import suppress

import psycopg
import pytest

from tests.races.harness import Crew, PostgresServer
from tests.races.server_log import find_deadlocks, processes_of

LOG = """\
2026-11-28 23:00:00.000 UTC [7] <race_a> ERROR:  duplicate key value violates unique constraint "one"
2026-11-28 23:00:00.000 UTC [7] <race_a> STATEMENT:  INSERT INTO one
2026-11-28 23:00:01.000 UTC [8] <race_a> ERROR:  deadlock detected
2026-11-28 23:00:01.000 UTC [8] <race_a> DETAIL:  Process 8 waits for ShareLock; blocked by process 9.
\tProcess 9: UPDATE two
2026-11-28 23:00:01.000 UTC [7] <race_a> LOG:  something else
\tof two lines
2026-11-28 23:00:01.000 UTC [8] <race_a> STATEMENT:  UPDATE one
2026-11-28 23:00:01.000 UTC [8] <race_a> ERROR:  another error
2026-11-28 23:00:01.000 UTC [8] <race_b> ERROR:  deadlock detected
"""


def test_deadlock_is_found_with_its_details_and_nothing_else():
    [found] = find_deadlocks(LOG, database="race_a")

    assert [line.split("> ")[-1] for line in found.splitlines()] == [
        "ERROR:  deadlock detected",
        "DETAIL:  Process 8 waits for ShareLock; blocked by process 9.",
        "\tProcess 9: UPDATE two",
        "STATEMENT:  UPDATE one",
    ]
    assert processes_of(found) == {8, 9}


@pytest.mark.race
@pytest.mark.parametrize("whole_crew", ["postgresql"], indirect=True)
def test_deadlock_of_two_is_told_with_both_statements(crew: Crew):
    assert isinstance(crew.server, PostgresServer)
    if crew.server.log is None:
        pytest.skip("the log of another server is not ours to read")
    url = crew.server.url_of(crew.database)
    with psycopg.connect(url) as one, psycopg.connect(url) as other:
        one.execute("SELECT pg_advisory_xact_lock(1)")
        other.execute("SELECT pg_advisory_xact_lock(2)")
        crossing = threading.Thread(target=_lock, args=(other, 1))
        crossing.start()
        _lock(one, 2)
        crossing.join()

    [told] = crew.server.read_deadlocks(crew.database)
    assert "SELECT pg_advisory_xact_lock(1)" in told
    assert "SELECT pg_advisory_xact_lock(2)" in told


def _lock(connection: psycopg.Connection, key: int) -> None:
    """Wait for the lock, or be the victim; then let everything go."""
    with suppress(psycopg.errors.DeadlockDetected):
        connection.execute(f"SELECT pg_advisory_xact_lock({key})")
    connection.rollback()
