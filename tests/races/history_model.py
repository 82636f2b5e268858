"""
The rows of a small sequential model of booking, written for the tests: who owns what, and who waits for it.

It is plain Python over integers, without Django or a database. `history_rules` knows what
`docs/rules.md` allows, `history_judge` what each operation does. Times are whole minutes after
the beginning of the history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from math import inf
from typing import Any, NamedTuple

HELD, AWAITING, CONFIRMED, CANCELLED, EXPIRED = "held", "awaiting", "confirmed", "cancelled", "expired"
WAITING, OFFERED, TAKEN, REFUSED = "waiting", "offered", "taken", "refused"
MISSED, LEFT = "missed", "left"
OPEN, JOINED, WITHDRAWN, RELEASED = "open", "joined", "withdrawn", "released"
DECLINED, LAPSED, HANDED_ON, AGREED = "declined", "lapsed", "done", "agreed"
ENTERED, WON, UNLUCKY, VOID, PLANNED, DRAWING = "entered", "won", "unlucky", "void", "planned", "drawing"
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


class Ticket(NamedTuple):
    """A pair in the draw, with the slots that it wishes for, the dearest first."""

    number: int
    pair: int
    by: int
    signed_by: int | None
    status: str
    place: int | None
    booking: int | None
    wishes: tuple[int, ...]


class Release(NamedTuple):
    """A draw: its slots open for everybody at the moment `opens`."""

    status: str
    opens: int


Claim = Booking | Shift | Seat


class Slot(NamedTuple):
    booth: int
    starts: int
    ends: int
    release: int | None = None


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
    grace_min: int = 10
    asks_manager: bool = False  # a swap that two agree on


@dataclass(frozen=True)
class World:
    """What does not change: slots, the two people of each pair, the project's figures, the seed of its draw."""

    slots: Mapping[int, Slot]
    pairs: Mapping[int, tuple[int, int]]
    figures: Figures
    seed: str = ""

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
    """All rows by key, whether each place is open, and the pairs that have ended."""

    bookings: Mapping[int, Booking]
    shifts: Mapping[int, Shift]
    places: Mapping[int, bool]
    seats: Mapping[int, Seat]
    entries: Mapping[int, Entry]
    swaps: Mapping[int, Swap]
    tickets: Mapping[int, Ticket]
    releases: Mapping[int, Release]
    ended: Mapping[int, bool]

    @property
    def key(self) -> tuple[frozenset[Any], ...]:
        return tuple(frozenset(rows.items()) for rows in self.tables)

    @property
    def tables(self) -> tuple[Mapping[int, Any], ...]:
        return tuple(getattr(self, field.name) for field in fields(self))

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
    arguments: Mapping[str, Any]
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
