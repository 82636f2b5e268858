"""The judge of the random histories, judged on shifts that are handed on."""

from dataclasses import replace

import pytest

from tests.races.history_cases import STAFF, WORLD, call, explain, explain_history, rows_of
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


# --- where the manager's yes is asked ---

MANAGED = replace(WORLD, figures=WORLD.figures._replace(asks_manager=True))
AGREED = ASKED._replace(status="agreed", taker=60)
APPROVE = call("approve_swap", "done", at=2, swap=1, by=99)


def explain_managed(*operations, start, **rows):
    return explain_history(MANAGED, list(operations), start=start, final=rows_of(**rows))


def test_yes_of_two_changes_nothing_before_the_managers():
    assert explain_managed(ACCEPT, start=OPEN, w1=AGREED) == ""
    assert NO_ORDER in explain_managed(ACCEPT, start=OPEN, shifts=EXCHANGED, w1=DONE)
    assert explain_managed(ACCEPT, APPROVE, start=OPEN, shifts=EXCHANGED, w1=DONE) == ""
    half = withdrawn(10) | {50: Shift(1, 60, "assigned")}
    assert NO_ORDER in explain_managed(ACCEPT, APPROVE, start=OPEN, shifts=half, w1=DONE)


def test_manager_approves_what_two_have_agreed_on_and_once():
    start = rows_of(w1=AGREED)
    again = call("approve_swap", "moved", at=4, swap=1, by=99)

    assert NO_ORDER in explain_managed(APPROVE, start=OPEN, shifts=EXCHANGED, w1=DONE)
    assert explain_managed(APPROVE, again, start=start, shifts=EXCHANGED, w1=DONE) == ""
    assert NO_ORDER in explain_managed(again, start=start, w1=AGREED)


def test_agreement_ends_with_either_shift_and_by_a_no_of_the_manager():
    off = call("withdraw", "done", at=0, shift=30)
    no = call("refuse_swap", "done", at=0, swap=1, by=99)
    late = call("decline_swap", "moved", at=2, swap=1, by=60)
    start, refused = rows_of(w1=AGREED), AGREED._replace(status="refused")

    lapsed = AGREED._replace(status="lapsed")
    assert explain_managed(off, start=start, shifts=withdrawn(30), w1=lapsed) == ""
    assert NO_ORDER in explain_managed(off, start=start, shifts=withdrawn(30), w1=AGREED)
    assert explain_managed(no, late, start=start, w1=refused) == ""
    assert NO_ORDER in explain_managed(no, start=OPEN, w1=refused)


@pytest.mark.parametrize("rows", [{"shifts": EXCHANGED, "w1": DONE}, {"w1": AGREED}])
def test_killed_manager_approved_both_or_none(rows):
    killed = Operation(0, "approve_swap", {"swap": 1, "by": 99}, called=0)

    assert explain_managed(killed, start=rows_of(w1=AGREED), **rows) == ""
    assert NO_ORDER in explain_managed(killed, start=rows_of(w1=AGREED), shifts=withdrawn(10, 30), w1=DONE)
