"""The frames of a request lie in one piece: how deep its calls begin does not matter."""

import resource
import sys
from collections.abc import Callable

import pytest

from config.frames import in_one_piece

DEPTHS, TIMES = 300, 300
# A piece that is taken and given back each time costs at least one page each time.
MUCH = TIMES // 2


def leaf(one: int, *rest: int) -> int:
    return one + len(rest)


def call_often() -> int:
    """Call something with a frame of its own many times, as a template does."""
    return sum(leaf(number, 1, 2, 3) for number in range(TIMES))


def faults_at(depth: int, run: Callable[[], object]) -> int:
    """Return the pages that the process asked for while `run` was called so many frames down."""
    if depth:
        return faults_at(depth - 1, run)
    run()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    run()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_no_depth_takes_memory_anew_for_each_call():
    if sys.version_info < (3, 12):  # measured there; a later one may do without
        assert max(faults_at(depth, call_often) for depth in range(DEPTHS)) > MUCH
    assert max(faults_at(depth, in_one_piece(call_often)) for depth in range(DEPTHS)) < MUCH


def test_function_in_one_piece_answers_and_fails_as_it_would():
    def divide(one: int, *, by: int) -> float:
        """Say how it is called."""
        return one / by

    assert in_one_piece(divide)(6, by=3) == 2
    assert in_one_piece(divide).__doc__ == "Say how it is called."
    with pytest.raises(ZeroDivisionError):
        in_one_piece(divide)(6, by=0)
