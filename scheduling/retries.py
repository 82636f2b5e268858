"""What to do when the database says "not now": try again a few times, or tell people to come back."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection

P = ParamSpec("P")
R = TypeVar("R")

MAX_RETRIES = 4
FIRST_PAUSE_S = 0.02
# SQLite waits 20 s by itself before it says "locked": after that a retry would only keep a worker busy.
RETRY_WITHIN_S = 5.0
RETRY_AFTER_S = 3

DEADLOCK, SERIALIZATION, LOCK_TIMEOUT = "40P01", "40001", "55P03"
SQLITE_BUSY, SQLITE_LOCKED = 5, 6


class Busy(Exception):
    """Too many people want the same rows: nothing was changed; answered with 503 and Retry-After."""


def retried(function: Callable[P, R]) -> Callable[P, R]:
    """
    Run the outermost function again after a deadlock, a serialization failure or "locked".

    At most 4 times, after 20 ms · 2ⁿ with jitter. Inside a transaction that is
    already open it only runs the function: the outermost one retries. Raise Busy
    when the last try fails too, or at once when a lock was waited for too long.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return function(*args, **kwargs)
        began = time.monotonic()
        for attempt in range(MAX_RETRIES + 1):
            try:
                return function(*args, **kwargs)
            except DatabaseError as error:
                if is_lock_timeout(error):
                    raise Busy from error
                if not is_passing(error):
                    raise
                if attempt == MAX_RETRIES or time.monotonic() - began > RETRY_WITHIN_S:
                    raise Busy from error
            time.sleep(FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311
        raise AssertionError("unreachable")

    return run


def is_passing(error: BaseException) -> bool:
    """Return whether the same transaction may succeed when it is run again."""
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in {DEADLOCK, SERIALIZATION}:
        return True
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF in {SQLITE_BUSY, SQLITE_LOCKED}


def is_lock_timeout(error: BaseException) -> bool:
    """Return whether a lock was waited for longer than `lock_timeout` allows (PostgreSQL)."""
    return getattr(error.__cause__, "sqlstate", None) == LOCK_TIMEOUT
