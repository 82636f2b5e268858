"""The judge of the random histories, judged: what it must let pass, and what it must not."""

import pytest

from tests.races.history_cases import OPEN, STAFF, call, explain, held, hold
from tests.races.history_model import AWAITING, CONFIRMED, PROJECT, STUDIO, Operation
from tests.races.history_order import NO_ORDER


@pytest.mark.parametrize("other", [1, 2])
def test_person_held_twice_at_one_time_has_no_order(other):
    operations = hold(1, 10, "done", at=0, made=1), hold(other, 11, "done", at=0, made=2)

    assert NO_ORDER in explain(*operations, b1=held(1, 10), b2=held(other, 11))


def test_two_holds_of_which_one_is_refused_have_an_order():
    assert explain(hold(1, 10, "taken", at=0), hold(1, 12, "done", at=0.5, made=1), b1=held(1, 12)) == ""


def test_refusal_that_was_over_before_its_reason_came_has_no_order():
    assert NO_ORDER in explain(hold(1, 10, "taken", at=0), hold(1, 12, "done", at=2, made=1), b1=held(1, 12))


def test_refusal_without_any_reason_has_no_order():
    assert NO_ORDER in explain(hold(1, 10, "unstaffed", at=0))


@pytest.mark.parametrize("rows", [{}, {"b5": held(1, 10)}])
def test_what_a_killed_client_did_is_whole_or_nothing(rows):
    assert explain(hold(1, 10, "", at=0), **rows) == ""


def test_booking_that_nobody_made_has_no_order():
    assert NO_ORDER in explain(hold(1, 10, "", at=0), b5=held(1, 12))


def test_killed_hold_may_be_in_the_way_of_another_only_when_it_is_there():
    operations = hold(1, 10, "", at=0), hold(1, 12, "taken", at=1)

    assert explain(*operations, b5=held(1, 10)) == ""
    assert NO_ORDER in explain(*operations)


def test_yes_after_the_staff_has_left_has_no_order():
    steps = [
        hold(1, 10, "done", at=0, made=1),
        call("confirm", "done", at=2, booking=1, by=20),
        call("withdraw", "done", at=4, shift=10),
        call("accept", "done", at=6, booking=1, by=21),
    ]
    left = STAFF | {10: STAFF[10]._replace(status="withdrawn")}

    assert NO_ORDER in explain(*steps, shifts=left, b1=held(1, 10, CONFIRMED, None))
    assert explain(*steps[:3], shifts=left, b1=held(1, 10, AWAITING, 60)) == ""


@pytest.mark.parametrize("place", [1, STUDIO, PROJECT])
def test_hold_comes_before_its_place_is_closed_or_is_refused(place):
    closing = call("close_place", "done", at=0, place=place)
    shut = OPEN | {place: False}

    assert explain(closing, hold(1, 10, "done", at=0.5, made=1), places=shut, b1=held(1, 10)) == ""
    assert explain(closing, hold(1, 10, "closed", at=0.5), places=shut) == ""
    assert NO_ORDER in explain(closing, hold(1, 10, "done", at=2, made=1), places=shut, b1=held(1, 10))
    assert NO_ORDER in explain(closing, places=OPEN)


@pytest.mark.parametrize("place", [1, STUDIO, PROJECT])
def test_place_that_somebody_saw_closed_is_not_booked_after_it(place):
    closing = call("close_place", "done", at=0, takes=9, place=place)
    steps = closing, hold(1, 12, "closed", at=1), hold(1, 10, "done", at=3, made=1)

    assert NO_ORDER in explain(*steps, places=OPEN | {place: False}, b1=held(1, 10))


def test_overdue_hold_is_reclaimed_by_the_next_and_by_nobody_before():
    first = hold(1, 10, "done", at=0, made=1)
    late = Operation(1, "hold", {"slot": 1, "pair": 12, "by": 23}, 10, 2, 3, "done", 2)
    rows = {"b1": held(1, 10, "expired"), "b2": held(1, 12, until=20)}

    assert explain(first, late, **rows) == ""
    assert NO_ORDER in explain(first, Operation(1, "hold", late.arguments, 9, 2, 3, "done", 2), **rows)
