"""The judge of the random histories, judged on draws."""

import hashlib

import pytest

from tests.races.history_cases import OPEN, WORLD, call, explain_history, held, rows_of
from tests.races.history_model import AWAITING, CONFIRMED, STUDIO, Operation, Release, Slot, Ticket, World
from tests.races.history_order import NO_ORDER

MOMENT = 20
SLOTS = {1: Slot(1, 0, 180, 7), 2: Slot(2, 90, 270), 3: Slot(1, 300, 480, 7)}
DRAW = World(slots=SLOTS, pairs=WORLD.pairs, figures=WORLD.figures, seed="a seed")
PLANNED, DRAWING, OPENED = (Release(status, MOMENT) for status in ("planned", "drawing", "open"))


def ticket(number, pair, *wishes, signed_by=None, status="entered", place=None, booking=None):
    by = WORLD.pairs[pair][0]
    return Ticket(number, pair, by, signed_by, status, place, booking, wishes)


# Both wish for slot 1; whose lot is smaller has it.
FIRST, SECOND = sorted((1, 2), key=lambda number: hashlib.sha256(f"a seed:{number}".encode()).hexdigest())
PAIR_OF = {FIRST: 12, SECOND: 10}
WANTED = {f"t{number}": ticket(number, PAIR_OF[number], 1) for number in (1, 2)}
PLACED = {f"t{FIRST}": 1, f"t{SECOND}": 2}
IN_TURN = {name: row._replace(place=PLACED[name]) for name, row in WANTED.items()}
ENDED_WITH = {
    f"t{FIRST}": IN_TURN[f"t{FIRST}"]._replace(status="won", booking=1),
    f"t{SECOND}": IN_TURN[f"t{SECOND}"]._replace(status="unlucky"),
}
GIVEN = held(1, PAIR_OF[FIRST], AWAITING, MOMENT + WORLD.figures.answer_min)


def explain(*operations, start, **rows):
    """Judge the operations of a draw; `rows` are those at the end."""
    return explain_history(DRAW, list(operations), start=start, final=rows_of(**rows))


def turn(*, at, made=1, now=MOMENT):
    return call("decide_next", "done", at=at, now=now, made=made, release=7)


BEGIN = call("begin_draw", "done", at=0, now=MOMENT, release=7)
PLACE = call("place_tickets", "done", at=2, now=MOMENT, release=7)
WHOLE = BEGIN, PLACE, turn(at=4), turn(at=6), turn(at=8, made=0)


def test_draw_gives_the_smallest_lot_its_slot():
    start = rows_of(r7=PLANNED, **WANTED)

    assert explain(*WHOLE, start=start, r7=OPENED, b1=GIVEN, **ENDED_WITH) == ""


def test_draw_in_another_order_than_the_seed_has_no_order():
    others = {f"t{FIRST}": "unlucky", f"t{SECOND}": "won"}
    ended = {
        name: IN_TURN[name]._replace(status=status, booking=1 if status == "won" else None)
        for name, status in others.items()
    }
    booking = held(1, PAIR_OF[SECOND], AWAITING, MOMENT + WORLD.figures.answer_min)

    assert NO_ORDER in explain(*WHOLE, start=rows_of(r7=PLANNED, **WANTED), r7=OPENED, b1=booking, **ended)
    swapped = {name: row._replace(place=3 - row.place) for name, row in ended.items()}
    assert NO_ORDER in explain(*WHOLE, start=rows_of(r7=PLANNED, **WANTED), r7=OPENED, b1=booking, **swapped)


def test_ticket_has_the_dearest_that_is_left_and_never_two():
    wishes = {name: row._replace(wishes=(1, 3)) for name, row in WANTED.items()}
    start = rows_of(r7=PLANNED, **wishes)
    won = {name: row._replace(wishes=(1, 3), status="won") for name, row in IN_TURN.items()}
    first, second = f"t{FIRST}", f"t{SECOND}"
    other = GIVEN._replace(slot=3, pair=PAIR_OF[SECOND], by=WORLD.pairs[PAIR_OF[SECOND]][0])
    right = {first: won[first]._replace(booking=1), second: won[second]._replace(booking=2)}

    assert explain(*WHOLE, start=start, r7=OPENED, b1=GIVEN, b2=other, **right) == ""
    dearer = {"b1": GIVEN._replace(slot=3), "b2": other._replace(slot=1)}
    assert NO_ORDER in explain(*WHOLE, start=start, r7=OPENED, **dearer, **right)
    twice = {"b1": GIVEN, "b2": other, "b3": GIVEN._replace(slot=3)}
    assert NO_ORDER in explain(*WHOLE, start=start, r7=OPENED, **twice, **right)


def test_draw_that_is_open_while_a_ticket_waits_has_no_order():
    start = rows_of(r7=DRAWING, **WANTED)

    assert NO_ORDER in explain(turn(at=0, made=0), start=start, r7=OPENED, **WANTED)
    assert explain(turn(at=0, made=0), start=start, r7=DRAWING, **WANTED) == ""


def test_turn_of_a_killed_worker_is_whole_or_not_there():
    killed = Operation(0, "decide_next", {"release": 7}, MOMENT, called=0)
    start = rows_of(r7=DRAWING, **IN_TURN)
    second = f"t{SECOND}"
    whole = ENDED_WITH | {second: IN_TURN[second]}

    assert explain(killed, start=start, r7=DRAWING, **IN_TURN) == ""
    assert explain(killed, start=start, r7=DRAWING, b1=GIVEN, **whole) == ""
    assert NO_ORDER in explain(killed, start=start, r7=DRAWING, b1=GIVEN, **IN_TURN)
    lost = whole | {f"t{FIRST}": IN_TURN[f"t{FIRST}"]._replace(status="unlucky")}
    assert NO_ORDER in explain(killed, start=start, r7=DRAWING, **lost)


def test_signed_ticket_is_confirmed_at_once_and_an_unsigned_one_is_not():
    signed = {"t1": ticket(1, 12, 1, signed_by=24, place=1)}
    won = {"t1": signed["t1"]._replace(status="won", booking=1)}
    confirmed = held(1, 12, CONFIRMED, None)

    assert explain(turn(at=0), start=rows_of(r7=DRAWING, **signed), r7=DRAWING, b1=confirmed, **won) == ""
    unsigned = {"t1": signed["t1"]._replace(signed_by=None)}
    won = {"t1": won["t1"]._replace(signed_by=None)}
    start = rows_of(r7=DRAWING, **unsigned)
    assert NO_ORDER in explain(turn(at=0), start=start, r7=DRAWING, b1=confirmed, **won)


@pytest.mark.parametrize(("now", "answer"), [(MOMENT - 1, "done"), (MOMENT, "closed")])
def test_ticket_is_entered_until_the_moment(now, answer):
    enter = call("enter_ticket", answer, at=0, now=now, made=1, pair=12, by=23, wishes=[1])
    other = call("enter_ticket", "closed", at=0, now=now, pair=12, by=23, wishes=[1])
    rows = {"t1": ticket(1, 12, 1)} if answer == "done" else {}

    assert explain(enter, start=rows_of(r7=PLANNED), r7=PLANNED, **rows) == ""
    if answer == "done":
        assert NO_ORDER in explain(other, start=rows_of(r7=PLANNED), r7=PLANNED)


def test_nobody_is_in_a_draw_twice():
    # The pairs 10 and 11 share a person.
    enter = call("enter_ticket", "done", at=0, made=2, pair=11, by=20, wishes=[3])
    start = rows_of(r7=PLANNED, t1=ticket(1, 10, 1))

    refused = call("enter_ticket", "has_ticket", at=0, pair=11, by=20, wishes=[3])
    assert explain(refused, start=start, r7=PLANNED, t1=ticket(1, 10, 1)) == ""
    both = {"t1": ticket(1, 10, 1), "t2": ticket(2, 11, 3)}
    assert NO_ORDER in explain(enter, start=start, r7=PLANNED, **both)


def test_changed_wishes_are_signed_anew():
    change = call("enter_ticket", "done", at=0, made=1, pair=12, by=24, wishes=[3])
    start = rows_of(r7=PLANNED, t1=ticket(1, 12, 1, signed_by=24))
    after = ticket(1, 12, 3)._replace(by=24)

    assert explain(change, start=start, r7=PLANNED, t1=after) == ""
    assert NO_ORDER in explain(change, start=start, r7=PLANNED, t1=after._replace(signed_by=23))


def test_pair_that_ends_before_the_moment_is_in_no_draw():
    start = rows_of(r7=PLANNED, t1=ticket(1, 12, 1))
    end = call("end_pair", "done", at=0, pair=12, by=23)
    left = {"t1": ticket(1, 12, 1, status="withdrawn")}

    assert explain(end, start=start, r7=PLANNED, ended=[12], **left) == ""
    assert NO_ORDER in explain(end, start=start, r7=PLANNED, ended=[12], t1=ticket(1, 12, 1))


def test_ended_pair_wins_nothing():
    start = rows_of(r7=DRAWING, ended=[12], t1=ticket(1, 12, 1, place=1))
    won = {"t1": ticket(1, 12, 1, status="won", place=1, booking=1), "b1": held(1, 12, AWAITING, 80)}

    unlucky = ticket(1, 12, 1, status="unlucky", place=1)
    assert explain(turn(at=0), start=start, r7=DRAWING, ended=[12], t1=unlucky) == ""
    assert NO_ORDER in explain(turn(at=0), start=start, r7=DRAWING, ended=[12], **won)


@pytest.mark.parametrize(
    ("release", "now", "slot", "may"),
    [
        (PLANNED, MOMENT - 1, 1, False),
        (PLANNED, MOMENT - 1, 2, True),
        (DRAWING, MOMENT, 1, False),
        (DRAWING, MOMENT + 9, 1, False),
        (DRAWING, MOMENT + 10, 1, True),
        (OPENED, MOMENT - 1, 1, False),
        (OPENED, MOMENT, 1, True),
        (Release("cancelled", MOMENT), 0, 1, True),
    ],
)
def test_slot_is_bookable_from_its_moment_on_once_it_is_drawn_or_the_grace_is_over(release, now, slot, may):
    start = rows_of(r7=release)
    wanted = {"slot": slot, "pair": 10, "by": 20}
    taken = call("hold", "done", at=0, now=now, made=1, **wanted)
    refused = call("hold", "not_released", at=0, now=now, **wanted)

    assert (explain(taken, start=start, r7=release, b1=held(slot, 10, until=now + 10)) == "") is may
    assert (explain(refused, start=start, r7=release) == "") is not may


def test_release_at_once_draws_by_the_new_moment():
    now = call("release_now", "done", at=0, now=5, release=7)
    start = rows_of(r7=PLANNED, **WANTED)

    assert explain(now, start=start, r7=Release("drawing", 5), **WANTED) == ""
    assert NO_ORDER in explain(now, start=start, r7=DRAWING, **WANTED)


def test_cancelled_release_has_no_tickets_left():
    off = call("cancel_release", "done", at=0, now=5, release=7)
    void = {name: row._replace(status="void") for name, row in WANTED.items()}
    cancelled = Release("cancelled", MOMENT)

    assert explain(off, start=rows_of(r7=PLANNED, **WANTED), r7=cancelled, **void) == ""
    assert NO_ORDER in explain(off, start=rows_of(r7=PLANNED, **WANTED), r7=cancelled, **WANTED)


def test_closed_place_is_drawn_for_nobody():
    shut = OPEN | {STUDIO: False}
    start = rows_of(places=shut, r7=DRAWING, t1=ticket(1, 12, 1, place=1))
    won = {"t1": ticket(1, 12, 1, status="won", place=1, booking=1), "b1": held(1, 12, AWAITING, 80)}

    unlucky = ticket(1, 12, 1, status="unlucky", place=1)
    assert explain(turn(at=0), start=start, places=shut, r7=DRAWING, t1=unlucky) == ""
    assert NO_ORDER in explain(turn(at=0), start=start, places=shut, r7=DRAWING, **won)


@pytest.mark.parametrize("name", ["place_tickets", "decide_next"])
def test_worker_that_is_refused_its_turn_has_no_order(name):
    refused = call(name, "wrong_status", at=0, now=MOMENT, release=7)

    assert NO_ORDER in explain(refused, start=rows_of(r7=DRAWING, **IN_TURN), r7=DRAWING, **IN_TURN)
