"""The judge of the random histories, judged on shifts that are handed on."""

import pytest

from tests.races.history_cases import STAFF, call, explain, rows_of
from tests.races.history_model import Operation, Shift, Swap
from tests.races.history_order import NO_ORDER

# Who has shift 10 (on slot 1) asks the one of shift 30 (on slot 3) to exchange them.
ASKED = Swap(10, 40, 60, 30, "open", None)
DONE = ASKED._replace(status="done", taker=60)
OPEN = rows_of(w1=ASKED)
ACCEPT = call("accept_swap", "done", at=0, swap=1, by=60)
KILLED = Operation(0, "accept_swap", {"swap": 1, "by": 60}, called=0)


def withdrawn(*keys):
    return {pk: row._replace(status="withdrawn") if pk in keys else row for pk, row in STAFF.items()}


EXCHANGED = withdrawn(10, 30) | {50: Shift(1, 60, "assigned"), 51: Shift(3, 40, "assigned")}


def test_exchange_changes_both_shifts_at_once():
    assert explain(ACCEPT, start=OPEN, shifts=EXCHANGED, w1=DONE) == ""
    half = withdrawn(10) | {50: Shift(1, 60, "assigned")}
    assert NO_ORDER in explain(ACCEPT, start=OPEN, shifts=half, w1=DONE)


@pytest.mark.parametrize("rows", [{"shifts": EXCHANGED, "w1": DONE}, {"w1": ASKED}])
def test_killed_client_exchanged_both_or_none(rows):
    assert explain(KILLED, start=OPEN, **rows) == ""


def test_half_an_exchange_of_a_killed_client_has_no_order():
    assert NO_ORDER in explain(KILLED, start=OPEN, shifts=withdrawn(10, 30), w1=DONE)


def test_question_ends_with_either_shift():
    off = call("withdraw", "done", at=0, shift=30)
    late = call("accept_swap", "moved", at=2, swap=1, by=60)
    lapsed = ASKED._replace(status="lapsed")

    assert explain(off, late, start=OPEN, shifts=withdrawn(30), w1=lapsed) == ""
    assert NO_ORDER in explain(off, start=OPEN, shifts=withdrawn(30), w1=ASKED)


def test_nobody_takes_over_at_a_time_at_which_they_are_elsewhere():
    # 50 has shift 20 on slot 2, which overlaps slot 1.
    start = rows_of(w1=Swap(10, 40, 50, None, "open", None))
    busy = call("accept_swap", "elsewhere", at=0, swap=1, by=50)
    taken = withdrawn(10) | {50: Shift(1, 50, "assigned")}

    assert explain(busy, start=start, w1=start.swaps[1]) == ""
    done = start.swaps[1]._replace(status="done", taker=50)
    assert NO_ORDER in explain(
        call("accept_swap", "done", at=0, swap=1, by=50), start=start, shifts=taken, w1=done
    )


def test_shift_is_asked_for_once():
    wanted = {"shift": 10, "by": 40, "asked": 0, "wanted": 0}
    asked = Swap(10, 40, None, None, "open", None)
    first, second = (call("ask_swap", "done", at=at, made=pk, **wanted) for at, pk in ((0, 1), (2, 2)))

    assert explain(first, call("ask_swap", "open", at=2, **wanted), w1=asked) == ""
    assert NO_ORDER in explain(first, second, w1=asked, w2=asked)
