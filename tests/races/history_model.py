"""
The rows of a small sequential model of booking, written for the tests: who owns what, and who waits for it.

It is plain Python over integers, without Django or a database. `history_rules` knows what
`docs/rules.md` allows, `history_judge` what each operation does. Times are whole minutes after
the beginning of the history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import inf
from typing import Any, NamedTuple

HELD, AWAITING, CONFIRMED, CANCELLED, EXPIRED = "held", "awaiting", "confirmed", "cancelled", "expired"
WAITING, OFFERED, TAKEN, REFUSED = "waiting", "offered", "taken", "refused"
MISSED, LEFT = "missed", "left"
OPEN, JOINED, WITHDRAWN, RELEASED = "open", "joined", "withdrawn", "released"
DECLINED, LAPSED, HANDED_ON = "declined", "lapsed", "done"
DONE, NOTHING = "done", "nothing"
TICK_MIN = 30
# The places that are no booths, among the keys of booths.
STUDIO, PROJECT = 0, -1

Keys = frozenset[tuple[str, int, int]]


class Booking(NamedTuple):
    slot: int
    pair: int
    by: int
    status: str
    until: int | None
    moved_from: int | None
    entry: int | None = None  # it is an offer to this entry of the waiting list

    @property
    def is_live(self) -> bool:
        return self.status in (HELD, AWAITING, CONFIRMED)

    def is_overdue(self, *, now: int) -> bool:
        return self.status in (HELD, AWAITING) and self.until is not None and self.until <= now


class Shift(NamedTuple):
    slot: int
    person: int
    status: str

    @property
    def is_live(self) -> bool:
        return self.status == "assigned"


class Seat(NamedTuple):
    """A slot that one person has alone, until `until` or until somebody has moved it on."""

    slot: int
    person: int
    status: str
    until: int

    @property
    def is_live(self) -> bool:
        return self.status == OPEN


class Entry(NamedTuple):
    """A pair that waits for a slot since `at`."""

    slot: int
    pair: int
    by: int
    status: str
    at: int


class Swap(NamedTuple):
    """A member of staff who asks a colleague, or anybody, to take a shift, maybe for another in return."""

    shift: int
    asker: int
    asked: int | None
    wanted: int | None
    status: str
    taker: int | None


Claim = Booking | Shift | Seat


class Slot(NamedTuple):
    booth: int
    starts: int
    ends: int


class Figures(NamedTuple):
    """The figures of the project."""

    hold_min: int = 10
    answer_min: int = 60
    offer_min: int = 10
    seat_min: int = 60
    turnover_min: int = 30
    min_staff: int = 2
    max_live: int = 2
    max_per_pair: int = 3
    max_per_person: int = 6
    max_entries: int = 5
    places: int = 20


@dataclass(frozen=True)
class World:
    """What does not change: slots, the two people of each pair, and the project's figures."""

    slots: Mapping[int, Slot]
    pairs: Mapping[int, tuple[int, int]]
    figures: Figures

    def people_of(self, claim: Claim | Entry) -> tuple[int, ...]:
        return (claim.person,) if isinstance(claim, Shift | Seat) else self.pairs[claim.pair]

    def keys(self, claim: Claim) -> Keys:
        """Return (kind, resource, minute) of each half hour that the claim takes."""
        turnover_min = None if isinstance(claim, Shift) else self.figures.turnover_min
        return _keys(self.slots[claim.slot], self.people_of(claim), turnover_min)


@cache
def _keys(slot: Slot, people: tuple[int, ...], turnover_min: int | None) -> Keys:
    taken = {("person", who, at) for who in people for at in range(slot.starts, slot.ends, TICK_MIN)}
    if turnover_min is not None:
        taken |= {("booth", slot.booth, at) for at in range(slot.starts, slot.ends + turnover_min, TICK_MIN)}
    return frozenset(taken)


@dataclass(frozen=True)
class State:
    """All rows by key, and whether each place is open."""

    bookings: Mapping[int, Booking]
    shifts: Mapping[int, Shift]
    places: Mapping[int, bool]
    seats: Mapping[int, Seat]
    entries: Mapping[int, Entry]
    swaps: Mapping[int, Swap]

    @property
    def key(self) -> tuple[frozenset[Any], ...]:
        tables = (self.bookings, self.shifts, self.places, self.seats, self.entries, self.swaps)
        return tuple(frozenset(rows.items()) for rows in tables)

    def put(self, table: str, pk: int, row: Any) -> "State":
        """Return the state with this row in the table of that name."""
        return replace(self, **{table: {**getattr(self, table), pk: row}})

    def change(self, table: str, pk: int, **changes: Any) -> "State":
        """Return the state with the row of the table changed."""
        return self.put(table, pk, getattr(self, table)[pk]._replace(**changes))

    def owners(self, world: World) -> dict[tuple[str, int, int], list[str]]:
        """Return who has each half hour of each booth and person: the model's own Occupancy."""
        owned: dict[tuple[str, int, int], list[str]] = {}
        for noun, claims in (("booking", self.bookings), ("shift", self.shifts), ("seat", self.seats)):
            for pk, claim in sorted(claims.items()):
                for key in world.keys(claim) if claim.is_live else ():
                    owned.setdefault(key, []).append(f"{noun} {pk}")
        return owned


@dataclass(frozen=True)
class Operation:
    """One call of a rule: when it was called and returned (s), and its answer; a killed client gave none."""

    client: int
    name: str
    arguments: Mapping[str, int]
    now: int = 0
    called: float = 0.0
    returned: float = inf
    answer: str = ""
    made: int = 0
    process: int = 0  # of the database's server

    @property
    def is_killed(self) -> bool:
        return not self.answer

    @property
    def has_effect(self) -> bool:
        return self.answer in ("", DONE)

    def overlaps(self, other: "Operation") -> bool:
        """Return whether both were under way at one moment."""
        return self.called < other.returned and other.called < self.returned
