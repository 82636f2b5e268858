"""Child processes that are watched: started, asked whether they live, restarted, ended by their process id."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def start_child(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start `python <arguments>` in the project's folder as the leader of its own process group."""
    return subprocess.Popen([sys.executable, *arguments], cwd=BASE_DIR, start_new_session=True)


def end_child(child: subprocess.Popen[bytes], *, patience_s: float) -> None:
    """
    Ask the child alone to stop, then kill its whole group after `patience_s`.

    SIGTERM to the whole group hangs django-q2's cluster for minutes, because its
    workers die before the sentinel can collect them; so only the leader is asked.
    """
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience_s)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def is_wedged(
    *, started_at: datetime, beat_at: datetime | None, now: datetime, stale_after: timedelta
) -> bool:
    """Return whether a child has shown no heartbeat for `stale_after`, counted from its start at the earliest."""
    last_sign = max(started_at, beat_at) if beat_at else started_at
    return now - last_sign > stale_after


class StopRequested:
    """Becomes true with the first SIGTERM or SIGINT."""

    def __init__(self) -> None:
        self._is_set = False
        signal.signal(signal.SIGTERM, self._set)
        signal.signal(signal.SIGINT, self._set)

    def _set(self, _number: int, _frame: object) -> None:
        self._is_set = True

    def __bool__(self) -> bool:
        return self._is_set


def watch(
    arguments: Sequence[str],
    *,
    is_unwell: Callable[[datetime], str],
    clock: Callable[[], datetime],
    say: Callable[[str], object],
    every_s: float,
    patience_s: float = 15,
) -> None:
    """
    Keep one child running until this process is asked to stop.

    Every `every_s` seconds the child is restarted when it has ended, or when
    `is_unwell(started_at)` returns a reason. Returns after the child has ended.
    """
    stop = StopRequested()
    child, started_at = start_child(arguments), clock()
    try:
        while not stop:
            time.sleep(every_s)
            reason = f"ended with {child.returncode}" if child.poll() is not None else is_unwell(started_at)
            if reason and not stop:
                say(f"worker {reason}; restarting it")
                end_child(child, patience_s=patience_s)
                child, started_at = start_child(arguments), clock()
    finally:
        end_child(child, patience_s=patience_s)
