"""The judge of the random histories, judged on waiting lists and open seats."""

import pytest

from tests.races.history_cases import call, explain, held, hold, rows_of
from tests.races.history_model import CONFIRMED, Booking, Entry, Operation, Seat
from tests.races.history_order import NO_ORDER

MINE = held(1, 10, CONFIRMED, None)
GONE = MINE._replace(status="cancelled")
FIRST, SECOND = Entry(1, 12, 23, "waiting", 0), Entry(1, 11, 20, "waiting", 1)
FULL = rows_of(b1=MINE, e1=FIRST)
OFFERED = FIRST._replace(status="offered")
OFFER = Booking(1, 12, 23, "held", 10, None, 1)
CANCEL = call("cancel", "done", at=0, booking=1, by=20)
KILLED = Operation(0, "cancel", {"booking": 1, "by": 20}, called=0)
SEAT = Seat(1, 20, "open", 60)


def test_freed_slot_is_offered_to_the_first_in_line():
    assert explain(CANCEL, start=FULL, b1=GONE, b2=OFFER, e1=OFFERED) == ""
    assert NO_ORDER in explain(CANCEL, start=FULL, b1=GONE, e1=FIRST)


def test_freed_slot_that_is_offered_to_the_second_has_no_order():
    lines = rows_of(b1=MINE, e1=FIRST, e2=SECOND)
    second = Booking(1, 11, 20, "held", 10, None, 2)

    assert explain(CANCEL, start=lines, b1=GONE, b2=OFFER, e1=OFFERED, e2=SECOND) == ""
    taken = SECOND._replace(status="offered")
    assert NO_ORDER in explain(CANCEL, start=lines, b1=GONE, b2=second, e1=FIRST, e2=taken)


@pytest.mark.parametrize("rows", [{"b1": MINE, "e1": FIRST}, {"b1": GONE, "b2": OFFER, "e1": OFFERED}])
def test_killed_client_freed_and_offered_or_did_nothing(rows):
    assert explain(KILLED, start=FULL, **rows) == ""


@pytest.mark.parametrize("rows", [{"b1": GONE, "e1": FIRST}, {"b1": GONE, "e1": OFFERED}])
def test_half_an_offer_has_no_order(rows):
    assert NO_ORDER in explain(KILLED, start=FULL, **rows)


def test_no_of_one_goes_to_the_next_and_silence_too():
    both = rows_of(b1=OFFER, e1=OFFERED, e2=SECOND)
    for name, now, status, outcome in (
        ("refuse", 5, "cancelled", "refused"),
        ("expire", 10, "expired", "missed"),
    ):
        step = call(name, "done", at=0, now=now, booking=1)
        rows = {
            "b1": OFFER._replace(status=status),
            "b2": Booking(1, 11, 20, "held", now + 10, None, 2),
            "e1": OFFERED._replace(status=outcome),
            "e2": SECOND._replace(status="offered"),
        }
        assert explain(step, start=both, **rows) == ""
        assert NO_ORDER in explain(step, start=both, **rows | {"e1": FIRST})


def test_offer_is_taken_once_and_by_either():
    step = call("confirm", "done", at=0, booking=1, by=24)
    late = call("confirm", "offer_taken", at=0.5, booking=1, by=23)
    rows = {"b1": OFFER._replace(status="awaiting", until=60, by=24), "e1": OFFERED._replace(status="taken")}
    offered = rows_of(b1=OFFER, e1=OFFERED)

    assert explain(step, late, start=offered, **rows) == ""
    assert NO_ORDER in explain(step, call("refuse", "done", at=2, booking=1, by=23), start=offered, **rows)


def test_nobody_is_faster_than_the_line():
    waiting = rows_of(e1=FIRST)

    assert explain(hold(1, 10, "line", at=0), start=waiting, e1=FIRST) == ""
    assert NO_ORDER in explain(hold(1, 10, "done", at=0, made=1), start=waiting, b1=held(1, 10), e1=FIRST)


def test_who_comes_in_between_may_see_the_slot_full_or_offered_and_never_free():
    rows = {"b1": GONE, "b2": OFFER, "e1": OFFERED}

    assert explain(CANCEL, hold(1, 10, "taken", at=0.5), start=FULL, **rows) == ""
    free = hold(1, 10, "done", at=0.5, made=3)
    assert NO_ORDER in explain(CANCEL, free, start=FULL, **rows, b3=held(1, 10))


def test_seat_is_released_at_its_end_and_never_before():
    alone, over = rows_of(s1=SEAT), SEAT._replace(status="released")

    assert explain(call("release_seat", "done", at=0, now=60, seat=1), start=alone, s1=over) == ""
    assert explain(call("release_seat", "nothing", at=0, now=59, seat=1), start=alone, s1=SEAT) == ""
    assert NO_ORDER in explain(call("release_seat", "done", at=0, now=59, seat=1), start=alone, s1=over)


def test_who_lost_the_slot_alone_stands_first():
    lost = SEAT._replace(status="released")
    lines = rows_of(b1=MINE._replace(pair=10, by=21), s1=lost, e1=FIRST, e2=SECOND)
    rows = {"b1": MINE._replace(pair=10, by=21, status="cancelled"), "s1": lost}
    second = {
        "b2": Booking(1, 11, 20, "held", 10, None, 2),
        "e2": SECOND._replace(status="offered"),
        "e1": FIRST,
    }

    assert explain(CANCEL, start=lines, **rows, **second) == ""
    assert NO_ORDER in explain(CANCEL, start=lines, **rows, b2=OFFER, e1=OFFERED, e2=SECOND)


def test_seat_is_joined_by_one_whose_yes_makes_it_a_session():
    joined = {"b1": Booking(1, 10, 20, CONFIRMED, None, None), "s1": SEAT._replace(status="joined")}
    step = call("join_seat", "done", at=0, made=1, seat=1, by=21)
    alone = rows_of(s1=SEAT)

    assert explain(step, call("withdraw_seat", "over", at=0.5, seat=1), start=alone, **joined) == ""
    assert NO_ORDER in explain(step, hold(1, 12, "done", at=2, made=2), start=alone, **joined, b2=held(1, 12))


def test_person_in_a_seat_is_nowhere_else():
    wanted = call("take_seat", "done", at=0, made=1, slot=1, person=20)

    assert explain(wanted, hold(2, 11, "taken", at=2), s1=SEAT) == ""
    assert NO_ORDER in explain(wanted, hold(2, 11, "done", at=2, made=1), s1=SEAT, b1=held(2, 11))
