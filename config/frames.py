"""
Room for the frames of a request in one piece of memory.

CPython keeps the frames of Python functions in pieces of 16 kB. A request whose calls go to and fro over
the end of a piece takes it from the system and gives it back each time, thousands of times on a large page: up to
1.8 times the CPU, on whichever page's depth it falls (docs/benchmarks.md). A piece is made as large as the frame needs
that asks for it, twice as large at most, and what is left of it serves all frames inside.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Slots of 8 bytes: a piece of 512 kB, of which 192 kB are left, as much as twelve ordinary ones.
ROOM = 40_000


def in_one_piece(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with a frame so large that those of all it calls lie behind it in the same piece."""

    def roomy(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=ROOM)
    return wraps(function)(roomy)
