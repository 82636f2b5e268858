"""
The rules of the sequential model: what a slot, a pair and a person must be, and who is offered what came free.

Written from `docs/rules.md` (R-17, R-19 to R-24, R-46) alone: it does not repeat the product's
code, its order of checks or its locks.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from typing import Any

from tests.races.history_model import (
    AWAITING,
    CANCELLED,
    CONFIRMED,
    EXPIRED,
    HELD,
    MISSED,
    OFFERED,
    OPEN,
    PROJECT,
    REFUSED,
    RELEASED,
    STUDIO,
    TAKEN,
    WAITING,
    Booking,
    Claim,
    Entry,
    Operation,
    Shift,
    State,
    World,
)

MAKERS = ("hold", "move", "join_seat")
# The key of a row that should have been made and is not there at the end.
NOWHERE = -1


class Rules:
    """What holds in a state, for all operations alike."""

    def __init__(self, world: World, operations: list[Operation], final: State) -> None:
        self.world = world
        self.figures = world.figures
        self.operations = operations
        self.final = final
        # Who holds a slot that is offered to them meanwhile is told the number of the offer: they did not make it.
        offers = {pk: row for pk, row in final.bookings.items() if row.entry}
        self.makers = {op.made: op for op in operations if op.name in MAKERS and op.made not in offers}
        # What was offered, and what clients made who were killed before they could say its key.
        self.orphans = {
            "bookings": self._without_maker(final.bookings, *MAKERS) | offers,
            "shifts": self._without_maker(final.shifts, "assign"),
            "seats": self._without_maker(final.seats, "take_seat"),
            "entries": self._without_maker(final.entries, "join_line"),
            "swaps": self._without_maker(final.swaps, "ask_swap"),
            "tickets": self._without_maker(final.tickets, "enter_ticket"),
        }

    def _without_maker(self, rows: Mapping[int, Any], *makers: str) -> dict[int, Any]:
        made = {op.made for op in self.operations if op.name in makers}
        return {pk: row for pk, row in rows.items() if pk not in made}

    # --- slots, people, counts ---

    def slot_problems(self, state: State, slot: int) -> set[str]:
        """Return why nobody may book the slot (R-18, R-19)."""
        staff = sum(shift.slot == slot and shift.is_live for shift in state.shifts.values())
        found = {"unstaffed"} if staff < self.figures.min_staff else set()
        is_open = all(state.places[place] for place in (self.world.slots[slot].booth, STUDIO, PROJECT))
        return found if is_open else found | {"closed"}

    def limits(self, state: State, slot: int, pair: int, *, now: int) -> set[str]:
        """Return why the pair may not take the slot: what `slot_problems` says, its moment, and the pair's end."""
        return (
            self.slot_problems(state, slot)
            | self.pair_problems(state, pair)
            | self.moment_problems(state, slot, now=now)
        )

    def pair_problems(self, state: State, pair: int) -> set[str]:
        """Return why the pair may do nothing any more (R-16)."""
        return {"pair_ended"} if pair in state.ended else set()

    def moment_problems(self, state: State, slot: int, *, now: int) -> set[str]:
        """Return why the slot is not open for everybody yet (R-45): its moment, and the draw but for its grace."""
        release = state.releases.get(self.world.slots[slot].release or 0)
        if release is None or release.status == CANCELLED:
            return set()
        until = release.opens + (0 if release.status == OPEN else self.figures.grace_min)
        return {"not_released"} if now < until else set()

    def too_many(self, state: State, pair: int, *, now: int) -> set[str]:
        """Count as R-17 and R-22 do; a confirmed booking and the one that may replace it are one."""
        counted = [
            row
            for row in state.bookings.values()
            if row.is_live and not row.is_overdue(now=now) and not self.is_open_move(row, state)
        ]
        of_pair = sum(row.pair == pair for row in counted)
        people = [sum(who in self.world.pairs[row.pair] for row in counted) for who in self.world.pairs[pair]]
        found = {"max_live"} if of_pair >= self.figures.max_live else set()
        found |= {"max_per_pair"} if of_pair >= self.figures.max_per_pair else set()
        return found | ({"max_per_person"} if max(people) >= self.figures.max_per_person else set())

    def rivals(self, state: State, wanted: Claim) -> list[Claim]:
        """Return the live claims that take something of what is wanted (R-20)."""
        keys = self.world.keys(wanted)
        claims = chain(state.bookings.values(), state.shifts.values(), state.seats.values())
        return [claim for claim in claims if claim.is_live and not keys.isdisjoint(self.world.keys(claim))]

    def is_elsewhere(self, state: State, people: tuple[int, ...], slot: int) -> bool:
        """Return whether one of the people has something else at the time of the slot."""
        return any(self.rivals(state, Shift(slot, who, "")) for who in people)

    def holders(self, state: State, slot: int, *, now: int) -> set[int]:
        """Return who has the slot: a hold whose time is over has it no more, a seat until somebody moved it on."""
        claims = [row for row in state.bookings.values() if row.is_live and not row.is_overdue(now=now)]
        seats = [row for row in state.seats.values() if row.is_live]
        return {who for row in (*claims, *seats) if row.slot == slot for who in self.world.people_of(row)}

    def is_open_move(self, row: Booking, state: State) -> bool:
        """Return whether the booking asks if a confirmed one shall move."""
        old = state.bookings[row.moved_from] if row.moved_from else None
        return row.status == AWAITING and old is not None and old.status == CONFIRMED

    # --- the line (R-24) ---

    def line_of(self, state: State, slot: int, *, now: int) -> list[int]:
        """Return the entries that wait for the slot and can come: who lost it alone first, then who came first."""
        lost = {seat.person for seat in state.seats.values() if (seat.slot, seat.status) == (slot, RELEASED)}
        waiting = [
            (pk, row) for pk, row in state.entries.items() if (row.slot, row.status) == (slot, WAITING)
        ]

        def rank(place: tuple[int, Entry]) -> tuple[bool, int, int]:
            return lost.isdisjoint(self.world.people_of(place[1])), place[1].at, place[0]

        return [
            pk
            for pk, row in sorted(waiting, key=rank)
            if not self.is_elsewhere(state, self.world.people_of(row), slot)
            and not self.too_many(state, row.pair, now=now)
        ]

    def is_behind(self, state: State, slot: int, pair: int | None, *, now: int) -> bool:
        """
        Return whether another pair that waits for the slot comes before this one, or has just been offered it.

        Who reclaims the slot offers it, too: whether somebody in the line can come then, or a moment later, names
        the refusal "taken" or "line".
        """
        offers = [
            row for row in state.bookings.values() if row.entry and row.slot == slot and row.status == HELD
        ]
        if any(row.pair != pair and not row.is_overdue(now=now) for row in offers):
            return True
        line = self.line_of(state, slot, now=now)
        return bool(line) and state.entries[line[0]].pair != pair and not self.holders(state, slot, now=now)

    def offered(self, state: State, slot: int, *, now: int) -> State:
        """Return the state once the slot is offered to the first who can come, if it can be booked."""
        line = self.line_of(state, slot, now=now)
        if not line or self.slot_problems(state, slot):
            return state
        entry = state.entries[line[0]]
        offer = Booking(slot, entry.pair, entry.by, HELD, now + self.figures.offer_min, None, line[0])
        if self.rivals(state, offer):
            return state
        # Offers of one slot are written one after the other, so their keys rise; one that is nowhere is no offer.
        pk = min(self.unclaimed("bookings", state, offer, but=("status", "until", "by")), default=NOWHERE)
        return state.change("entries", line[0], status=OFFERED).put("bookings", pk, offer)

    def moved(
        self, state: State, pk: int, status: str, *, now: int, is_own: bool = True, **changes: Any
    ) -> State:
        """Return the state once a booking is `status`; the entry that it was an offer to follows."""
        row = state.bookings[pk]
        state = state.change("bookings", pk, status=status, **changes)
        if row.entry is None or row.status != HELD:
            return state
        outcome = {AWAITING: TAKEN, CANCELLED: REFUSED, EXPIRED: MISSED}[status]
        if outcome == MISSED and self.slot_problems(state, row.slot):
            outcome = WAITING  # nobody could have taken it
        return state.change("entries", row.entry, status=outcome)

    def ended(self, state: State, pk: int, status: str, *, now: int) -> State:
        """Return the state once a booking has ended and what it had is offered."""
        return self.offered(self.moved(state, pk, status, now=now), state.bookings[pk].slot, now=now)

    def taken(self, state: State, pk: int, booking: Booking) -> State:
        """Return the state with the booking, whose pair waits for its slot no longer."""
        for entry, row in state.entries.items():
            if (row.slot, row.pair, row.status) == (booking.slot, booking.pair, WAITING):
                state = state.change("entries", entry, status=TAKEN)
        return state.put("bookings", pk, booking)

    # --- what is overdue (R-21) ---

    def reclaimed(
        self, op: Operation, state: State, *, slots: tuple[int, ...], people: tuple[int, ...]
    ) -> Iterator[State]:
        """
        Yield the state once what is overdue on the slots and of the people is expired, and offered.

        What was made while this was under way, by a clock that is behind, may have been seen or not.
        """
        due = [
            pk
            for pk, row in sorted(state.bookings.items())
            if row.is_overdue(now=op.now)
            and (row.slot in slots or not set(people).isdisjoint(self.world.pairs[row.pair]))
        ]
        fresh = [pk for pk in due if pk not in self.makers or self.makers[pk].overlaps(op)]
        for unseen in chain.from_iterable(combinations(fresh, size) for size in range(len(fresh) + 1)):
            base = state
            for pk in due:
                if pk not in unseen:
                    base = self.ended(base, pk, EXPIRED, now=op.now)
            yield base

    # --- the keys of new rows ---

    def keys_for(
        self, op: Operation, table: str, state: State, row: Any, *, but: tuple[str, ...]
    ) -> list[int]:
        """Return the key that the client was told, or those of the rows that a killed one may have made."""
        return [op.made] if op.made else self.unclaimed(table, state, row, but=but)

    def unclaimed(self, table: str, state: State, row: Any, *, but: tuple[str, ...]) -> list[int]:
        """Return the keys of the rows at the end that nobody has made yet and that are like this one but in `but`."""
        like = dict.fromkeys(but)
        return [
            pk
            for pk, found in self.orphans[table].items()
            if pk not in getattr(state, table) and found._replace(**like) == row._replace(**like)
        ]
