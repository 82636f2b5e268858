"""Looking at real processes from a test."""

import subprocess
import time
from collections.abc import Callable
from threading import Event


def is_running(pid: int) -> bool:
    """Return whether a process is there and not only waiting to be collected."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return state.strip()[:1] not in {"", "Z", "X"}


def wait_until(is_true: Callable[[], bool], *, within_s: float = 10.0, every_s: float = 0.05) -> bool:
    """Return whether the condition came true within the time."""
    deadline = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline:
            return False
        Event().wait(every_s)
    return True
