"""Small histories by hand, for the tests of their judge."""

from tests.races.history_model import (
    HELD,
    PROJECT,
    STUDIO,
    Booking,
    Figures,
    Operation,
    Shift,
    Slot,
    State,
    World,
)
from tests.races.history_order import explain_history

# Slot 1 and 2 overlap in two booths; 3 comes later. The pairs share the person 20.
WORLD = World(
    slots={1: Slot(1, 0, 180), 2: Slot(2, 90, 270), 3: Slot(1, 300, 480)},
    pairs={10: (20, 21), 11: (20, 22), 12: (23, 24)},
    figures=Figures(),
)
STAFF = {pk: Shift(pk // 10, 30 + pk, "assigned") for pk in (10, 11, 20, 21, 30, 31)}
OPEN = {1: True, 2: True, STUDIO: True, PROJECT: True}


def hold(slot, pair, answer, *, at, made=0, takes=1.0):
    """Return a hold of the pair that began at the moment `at` and took so long (s)."""
    wanted = {"slot": slot, "pair": pair, "by": WORLD.pairs[pair][0]}
    if not answer:
        return Operation(0, "hold", wanted, called=at)
    return Operation(0, "hold", wanted, 0, at, at + takes, answer, made)


def call(name, answer, *, at, now=0, made=0, takes=1.0, **arguments):
    return Operation(0, name, arguments, now, at, at + takes, answer, made)


def held(slot, pair, status=HELD, until: int | None = 10):
    return Booking(slot, pair, WORLD.pairs[pair][0], status, until, None)


def rows_of(*, places=OPEN, shifts=STAFF, ended=(), **rows):
    """Return a state; its rows are named by their table's letter and key (`b1`, `s1`, `e1`, `w1`)."""
    tables = {
        letter: {int(name[1:]): row for name, row in rows.items() if name[0] == letter} for letter in "bsewtr"
    }
    return State(
        bookings=tables["b"],
        shifts=shifts,
        places=places,
        seats=tables["s"],
        entries=tables["e"],
        swaps=tables["w"],
        tickets=tables["t"],
        releases=tables["r"],
        ended=dict.fromkeys(ended, True),
    )


def explain(*operations, start=None, **rows):
    """Judge the operations; `rows` are those at the end."""
    return explain_history(WORLD, list(operations), start=start or rows_of(), final=rows_of(**rows))
