"""The demo's whole story, told small, by the real commands on a database of its own."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from django.conf import settings


def run_command(tmp_path, *arguments):
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("DUOLOGUE_", "DATABASE_"))
    }
    environment |= {"DUOLOGUE_DEBUG": "1", "DUOLOGUE_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


def message_states(tmp_path):
    with closing(sqlite3.connect(tmp_path / "duologue.sqlite3")) as database:
        return {state for (state,) in database.execute("SELECT DISTINCT status FROM accounts_message")}


def count(tmp_path, what, *, app="recordings"):
    with closing(sqlite3.connect(tmp_path / "duologue.sqlite3")) as database:
        return database.execute(f"SELECT COUNT(*) FROM {app}_{what}").fetchone()[0]


# What the desks of reviewers and leads show, so that none of their pages starts empty.
ON_THE_DESK = (
    "goldsample",
    "review WHERE is_gold AND undone_at IS NULL",
    "reviewerprofile WHERE languages != '[]'",
    "conflict WHERE source = 'voice'",
    "conflict WHERE source = 'staff'",
    "samplematch JOIN recordings_sample ON sample_id = recordings_sample.id WHERE marks LIKE '%sent_before%'",
    "upload WHERE 0 < offset_bytes AND offset_bytes < length_bytes AND expires_at > datetime('now')",
    "reviewing WHERE lost_at IS NULL AND NOT is_gold AND expires_at > datetime('now', '+2 hours')",
)

# What participants without a partner see of each other, and the manager of them.
ON_THE_BOARD = (
    "boardentry WHERE status = 'open'",
    "invitation WHERE status = 'open' AND invited_id IS NOT NULL",
    "report WHERE status = 'open'",
    "projectquota",
)


@pytest.mark.heavy
@pytest.mark.more
def test_demo_tells_a_story_in_which_no_invariant_is_broken(tmp_path):
    prepared = run_command(tmp_path, "prepare")
    filled = run_command(tmp_path, "demo", "--small")
    again = run_command(tmp_path, "demo", "--small")
    swept = run_command(tmp_path, "check_invariants")

    assert (prepared.returncode, prepared.stderr) == (0, "")
    assert (filled.returncode, filled.stderr) == (0, "")
    assert "Filled in" in filled.stdout
    assert "Participant, recorded and paid" in filled.stdout
    assert "Participant, sample file not accepted" in filled.stdout
    assert message_states(tmp_path) >= {"sent", "failed", "dropped"}
    assert [what for what in ON_THE_DESK if not count(tmp_path, what)] == []
    assert [what for what in ON_THE_BOARD if not count(tmp_path, what, app="scheduling")] == []
    assert "Filled in" not in again.stdout
    assert "Participant, recorded and paid" in again.stdout
    assert (swept.returncode, swept.stderr) == (0, "")


def test_demo_is_refused_without_debug(tmp_path, settings):
    finished = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DUOLOGUE_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 1
    assert "The demo is for DUOLOGUE_DEBUG=1 only" in finished.stderr
