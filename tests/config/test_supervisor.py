"""The watchdog's decision, and children that are really started and ended."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from config.supervisor import end_child, is_wedged, start_child
from tests.processes import is_running, wait_until

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STALE = timedelta(seconds=180)


@pytest.mark.parametrize(
    ("started_ago_s", "beat_ago_s", "expected"),
    [
        (180, None, False),
        (181, None, True),
        (1000, 180, False),
        (1000, 181, True),
        (10, 1000, False),  # a fresh start is not judged by the beat of the one before
    ],
)
def test_is_wedged_at_the_limit_and_past_it(started_ago_s, beat_ago_s, expected):
    beat_at = None if beat_ago_s is None else NOON - timedelta(seconds=beat_ago_s)

    wedged = is_wedged(
        started_at=NOON - timedelta(seconds=started_ago_s), beat_at=beat_at, now=NOON, stale_after=STALE
    )

    assert wedged is expected


def test_end_child_asks_first():
    child = start_child(["-c", "import signal; signal.pause()"])

    end_child(child, patience_s=10)

    assert child.returncode == -signal.SIGTERM


def test_end_child_kills_the_group_of_one_that_does_not_listen():
    script = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "g = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']);"
        "print(g.pid, flush=True); signal.pause()"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    grandchild = int(child.stdout.readline())

    end_child(child, patience_s=0.2)
    child.stdout.close()

    assert child.returncode == -signal.SIGKILL
    assert wait_until(lambda: not is_running(grandchild))
