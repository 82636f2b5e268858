"""
A small sequential model of booking, written for the tests: who owns which slot, booth, person and staff time.

It is plain Python over integers, without Django or a database, and knows the rules from
`docs/rules.md` alone. `Judge.outcomes` says in which states the model may be after an
operation that gave a certain answer; none means that the answer was wrong there. Times are
whole minutes after the beginning of the history.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, combinations
from math import inf
from typing import Any, NamedTuple

HELD, AWAITING, CONFIRMED, CANCELLED, EXPIRED = "held", "awaiting", "confirmed", "cancelled", "expired"
DONE, NOTHING = "done", "nothing"
TICK_MIN = 30
HOLD_MIN, ANSWER_MIN, TURNOVER_MIN = 10, 60, 30
MIN_STAFF, MAX_LIVE, MAX_PER_PAIR, MAX_PER_PERSON = 2, 2, 3, 6

Keys = frozenset[tuple[str, int, int]]


class Booking(NamedTuple):
    slot: int
    pair: int
    by: int
    status: str
    until: int | None
    moved_from: int | None

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


class Slot(NamedTuple):
    booth: int
    starts: int
    ends: int


@dataclass(frozen=True)
class World:
    """What does not change: slots, and the two people of each pair."""

    slots: Mapping[int, Slot]
    pairs: Mapping[int, tuple[int, int]]

    def keys(self, claim: Booking | Shift) -> Keys:
        """Return (kind, resource, minute) of each half hour that the claim takes."""
        slot = self.slots[claim.slot]
        people = (claim.person,) if isinstance(claim, Shift) else self.pairs[claim.pair]
        taken = {("person", who, at) for who in people for at in range(slot.starts, slot.ends, TICK_MIN)}
        if isinstance(claim, Booking):
            span = range(slot.starts, slot.ends + TURNOVER_MIN, TICK_MIN)
            taken |= {("booth", slot.booth, at) for at in span}
        return frozenset(taken)


@dataclass(frozen=True)
class State:
    bookings: Mapping[int, Booking]
    shifts: Mapping[int, Shift]

    @property
    def key(self) -> tuple[frozenset[Any], frozenset[Any]]:
        return frozenset(self.bookings.items()), frozenset(self.shifts.items())

    def with_booking(self, pk: int, **changes: Any) -> "State":
        return replace(self, bookings={**self.bookings, pk: self.bookings[pk]._replace(**changes)})

    def owners(self, world: World) -> dict[tuple[str, int, int], list[str]]:
        """Return who has each half hour of each booth and person: the model's own Occupancy."""
        owned: dict[tuple[str, int, int], list[str]] = {}
        for noun, claims in (("booking", self.bookings), ("shift", self.shifts)):
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
        return self.answer in ("", DONE) and self.name not in ("close_booth", "open_booth")

    def overlaps(self, other: "Operation") -> bool:
        """Return whether both were under way at one moment."""
        return self.called < other.returned and other.called < self.returned


class Judge:
    """Says of each operation which answers the model allows, and what it leaves."""

    def __init__(self, world: World, operations: list[Operation], final: State) -> None:
        self.world = world
        self.operations = operations
        self.makers = {op.made: op for op in operations if op.made and op.name in ("hold", "move")}
        shifts = {op.made for op in operations if op.made and op.name == "assign"}
        # What clients made who were killed before they could say its key.
        self.orphans = {pk: row for pk, row in final.bookings.items() if pk not in self.makers}
        self.orphan_shifts = {pk: row for pk, row in final.shifts.items() if pk not in shifts}

    def outcomes(self, op: Operation, state: State) -> Iterator[State]:
        """Yield the states after the operation with its answer; nothing when it cannot be answered so here."""
        if op.answer in ("", DONE):
            yield from getattr(self, f"_{op.name}")(op, state)
        elif op.answer in ("busy", "changed"):
            # Somebody else was at the same rows: nothing was done, which needs somebody else.
            if any(op.overlaps(other) for other in self.operations if other is not op):
                yield state
        elif op.answer in self._refusals(op, state):
            yield state

    # --- what is done ---

    def _hold(self, op: Operation, state: State) -> Iterator[State]:
        slot, pair = op.arguments["slot"], op.arguments["pair"]
        wanted = Booking(slot, pair, op.arguments["by"], HELD, op.now + HOLD_MIN, None)
        for base in self._reclaimed(op, state, slot=slot, pair=pair):
            if not (
                self._slot_problems(op, base, slot) or self._too_many(op, base) or self._rivals(base, wanted)
            ):
                yield from self._added(op, base, wanted)

    def _move(self, op: Operation, state: State) -> Iterator[State]:
        pk, slot = op.arguments["booking"], op.arguments["slot"]
        if pk not in state.bookings:
            return
        old = state.bookings[pk]
        for base in self._reclaimed(op, state, slot=slot, pair=old.pair):
            wanted = Booking(slot, old.pair, op.arguments["by"], AWAITING, op.now + ANSWER_MIN, pk)
            freed = base
            if old.status == HELD:
                wanted = wanted._replace(status=HELD, until=old.until)
            if old.status != CONFIRMED:
                freed = base.with_booking(pk, status=CANCELLED)
            problems = self._move_problems(op, base) or self._slot_problems(op, base, slot)
            if not (problems or self._rivals(freed, wanted)):
                yield from self._added(op, freed, wanted)

    def _confirm(self, op: Operation, state: State) -> Iterator[State]:
        pk = op.arguments["booking"]
        if not self._answer_problems(op, state, wanted=HELD):
            yield state.with_booking(pk, status=AWAITING, until=op.now + ANSWER_MIN)

    def _accept(self, op: Operation, state: State) -> Iterator[State]:
        pk = op.arguments["booking"]
        if self._answer_problems(op, state, wanted=AWAITING):
            return
        old = state.bookings[pk].moved_from
        state = state.with_booking(pk, status=CONFIRMED, until=None)
        if old and state.bookings[old].status == CONFIRMED:
            state = state.with_booking(old, status=CANCELLED)
        yield state

    def _cancel(self, op: Operation, state: State) -> Iterator[State]:
        pk = op.arguments["booking"]
        if pk not in state.bookings or not state.bookings[pk].is_live:
            return
        was_confirmed = state.bookings[pk].status == CONFIRMED
        state = state.with_booking(pk, status=CANCELLED)
        for move, row in state.bookings.items():
            if was_confirmed and row.moved_from == pk and row.status == AWAITING:
                state = state.with_booking(move, status=CANCELLED)
        yield state

    def _expire(self, op: Operation, state: State) -> Iterator[State]:
        pk = op.arguments["booking"]
        if pk in state.bookings and state.bookings[pk].is_overdue(now=op.now):
            yield state.with_booking(pk, status=EXPIRED)

    def _withdraw(self, op: Operation, state: State) -> Iterator[State]:
        pk = op.arguments["shift"]
        if pk in state.shifts and state.shifts[pk].is_live:
            row = state.shifts[pk]._replace(status="withdrawn")
            yield replace(state, shifts={**state.shifts, pk: row})

    def _assign(self, op: Operation, state: State) -> Iterator[State]:
        wanted = Shift(op.arguments["slot"], op.arguments["person"], "assigned")
        if self._rivals(state, wanted):
            return
        made = [op.made] if op.made else self._unclaimed(self.orphan_shifts, state.shifts, wanted[:2], size=2)
        for pk in made:
            yield replace(state, shifts={**state.shifts, pk: wanted})

    # --- why something is refused ---

    def _refusals(self, op: Operation, state: State) -> set[str]:
        """Return every reason that holds: the product names the one it meets first, in an order of its own."""
        arguments = op.arguments
        if op.name == "hold":
            wanted = Booking(arguments["slot"], arguments["pair"], arguments["by"], HELD, None, None)
            found = self._slot_problems(op, state, wanted.slot) | self._too_many(op, state)
            return found | self._taken(op, state, wanted)
        if op.name == "withdraw":
            shift = state.shifts.get(arguments["shift"])
            return {"moved"} if shift and not shift.is_live else set()
        if op.name == "assign":
            return self._assign_problems(op, state)
        if arguments["booking"] not in state.bookings:
            return set()
        row = state.bookings[arguments["booking"]]
        if op.name == "expire":
            return set() if row.is_overdue(now=op.now) else {NOTHING}
        if op.name == "cancel":
            return set() if row.is_live else {"wrong_status"}
        if op.name == "move":
            wanted = row._replace(slot=arguments["slot"], moved_from=arguments["booking"])
            found = self._move_problems(op, state) | self._slot_problems(op, state, wanted.slot)
            return found | self._taken(op, state, wanted)
        return self._answer_problems(op, state, wanted=HELD if op.name == "confirm" else AWAITING)

    def _slot_problems(self, op: Operation, state: State, slot: int) -> set[str]:
        staff = sum(shift.slot == slot and shift.is_live for shift in state.shifts.values())
        found = {"unstaffed"} if staff < MIN_STAFF else set()
        wanted = "closed" if op.answer == "closed" else "open"
        if wanted == "closed" and "closed" in self.switches(self.world.slots[slot].booth, during=op):
            found.add("closed")
        if wanted == "open" and "open" not in self.switches(self.world.slots[slot].booth, during=op):
            found.add("closed")
        return found

    def _too_many(self, op: Operation, state: State) -> set[str]:
        """Count as R-17 and R-22 do; a confirmed booking and the one that may replace it are one."""
        pair = op.arguments["pair"]
        counted = [
            row
            for row in state.bookings.values()
            if row.is_live and not row.is_overdue(now=op.now) and not self._is_open_move(row, state)
        ]
        of_pair = sum(row.pair == pair for row in counted)
        people = [sum(who in self.world.pairs[row.pair] for row in counted) for who in self.world.pairs[pair]]
        found = {"max_live"} if of_pair >= MAX_LIVE else set()
        found |= {"max_per_pair"} if of_pair >= MAX_PER_PAIR else set()
        return found | ({"max_per_person"} if max(people) >= MAX_PER_PERSON else set())

    def _move_problems(self, op: Operation, state: State) -> set[str]:
        pk, slot = op.arguments["booking"], self.world.slots[op.arguments["slot"]]
        old = state.bookings[pk]
        old_slot = self.world.slots[old.slot]
        asked = any(row.moved_from == pk and row.status == AWAITING for row in state.bookings.values())
        clashes = slot.starts < old_slot.ends and old_slot.starts < slot.ends
        reasons = {
            "expired": old.is_overdue(now=op.now),
            "wrong_status": not old.is_live,
            "same_slot": op.arguments["slot"] == old.slot,
            "not_yours": old.status == HELD and op.arguments["by"] != old.by,
            "move_open": asked or self._is_open_move(old, state),
            "same_time": old.status == CONFIRMED and clashes,
        }
        return {code for code, holds in reasons.items() if holds}

    def _answer_problems(self, op: Operation, state: State, *, wanted: str) -> set[str]:
        row = state.bookings.get(op.arguments["booking"])
        if row is None:
            return {"unknown"}
        found = {"expired"} if row.is_overdue(now=op.now) else set()
        found |= {"wrong_status"} if row.status != wanted else set()
        return found | self._slot_problems(op, state, row.slot)

    def _assign_problems(self, op: Operation, state: State) -> set[str]:
        wanted = Shift(op.arguments["slot"], op.arguments["person"], "assigned")
        rivals = self._rivals(state, wanted)
        found = {"taken"} if rivals else set()
        found |= {"takes_part"} if any(isinstance(rival, Booking) for rival in rivals) else set()
        found |= {"already"} if wanted in state.shifts.values() else set()
        is_elsewhere = any(isinstance(rival, Shift) and rival.slot != wanted.slot for rival in rivals)
        return found | ({"elsewhere"} if is_elsewhere else set())

    def _taken(self, op: Operation, state: State, wanted: Booking) -> set[str]:
        for base in self._reclaimed(op, state, slot=wanted.slot, pair=wanted.pair):
            old = wanted.moved_from and base.bookings[wanted.moved_from]
            if old and old.is_live and old.status != CONFIRMED:
                base = base.with_booking(wanted.moved_from, status=CANCELLED)  # noqa: PLW2901
            if self._rivals(base, wanted):
                return {"taken"}
        return set()

    # --- what both ask ---

    def _rivals(self, state: State, wanted: Booking | Shift) -> list[Booking | Shift]:
        """Return the live claims that take something of what is wanted."""
        keys = self.world.keys(wanted)
        claims = chain(state.bookings.values(), state.shifts.values())
        return [claim for claim in claims if claim.is_live and not keys.isdisjoint(self.world.keys(claim))]

    def _reclaimed(self, op: Operation, state: State, *, slot: int, pair: int) -> Iterator[State]:
        """
        Yield the state once what is overdue on the slot and of both people is expired (R-21).

        What was made while this was under way, by a clock that is behind, may have been seen or not.
        """
        people = set(self.world.pairs[pair])
        due = [
            pk
            for pk, row in state.bookings.items()
            if row.is_overdue(now=op.now) and (row.slot == slot or people & set(self.world.pairs[row.pair]))
        ]
        fresh = [pk for pk in due if pk not in self.makers or self.makers[pk].overlaps(op)]
        for unseen in chain.from_iterable(combinations(fresh, size) for size in range(len(fresh) + 1)):
            base = state
            for pk in set(due) - set(unseen):
                base = base.with_booking(pk, status=EXPIRED)
            yield base

    def _is_open_move(self, row: Booking, state: State) -> bool:
        old = state.bookings[row.moved_from] if row.moved_from else None
        return row.status == AWAITING and old is not None and old.status == CONFIRMED

    def _added(self, op: Operation, state: State, wanted: Booking) -> Iterator[State]:
        known = (wanted.slot, wanted.pair, wanted.by)
        made = [op.made] if op.made else self._unclaimed(self.orphans, state.bookings, known, size=3)
        for pk in made:
            yield replace(state, bookings={**state.bookings, pk: wanted})

    def _unclaimed(
        self, orphans: Mapping[int, Any], taken: Mapping[int, Any], known: tuple[int, ...], *, size: int
    ) -> list[int]:
        """Return the rows that a killed client may have made: their first fields are those wanted."""
        return [pk for pk, row in orphans.items() if row[:size] == known and pk not in taken]

    def switches(self, booth: int, *, during: Operation) -> set[str]:
        """
        Return "open", "closed" or both: what the booth may have been at some moment of the operation.

        The switch is read, not locked (docs/decisions/0023), so it stands beside the order of
        the other operations: what was written last before, or at the same time, may be read.
        """
        writes = [
            op
            for op in self.operations
            if op.name in ("close_booth", "open_booth") and op.arguments["booth"] == booth
        ]
        before = [op for op in writes if op.returned < during.called]
        last = max((op.called for op in before), default=-inf)
        read = [op for op in before if op.returned >= last]
        read += [op for op in writes if op.overlaps(during) or (op.is_killed and op.called < during.returned)]
        found = {"closed" if op.name == "close_booth" else "open" for op in read}
        return found if before else found | {"open"}
