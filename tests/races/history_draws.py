"""The draw of a release in the sequential model: tickets, turns, and the pairs that end meanwhile. Rule: R-45."""

import hashlib
from collections.abc import Iterator

from tests.races.history_model import (
    AWAITING,
    CANCELLED,
    CONFIRMED,
    DRAWING,
    ENTERED,
    NOTHING,
    OPEN,
    PLANNED,
    PROJECT,
    UNLUCKY,
    VOID,
    WITHDRAWN,
    WON,
    Booking,
    Operation,
    Release,
    State,
    Ticket,
)
from tests.races.history_rules import NOWHERE, Rules


class DrawJudge(Rules):
    """
    Entering, agreeing, leaving; the moment, the places, and each turn: a draw is many transactions.

    The seed and the numbers say who is next, so there is one right outcome of each turn.
    """

    # --- tickets ---

    def _enter_ticket(self, op: Operation, state: State) -> Iterator[State]:
        if self._enter_ticket_problems(op, state):
            return
        pair, by, wishes = (op.arguments[name] for name in ("pair", "by", "wishes"))
        old = next(
            (pk for pk, row in state.tickets.items() if (row.pair, row.status) == (pair, ENTERED)), None
        )
        if old is not None:
            yield state.change("tickets", old, by=by, signed_by=None, wishes=tuple(wishes))
            return
        number = 1 + max((row.number for row in state.tickets.values()), default=0)
        pk = next((pk for pk, row in self.final.tickets.items() if row.number == number), NOWHERE)
        yield state.put("tickets", pk, Ticket(number, pair, by, None, ENTERED, None, None, tuple(wishes)))

    def _enter_ticket_problems(self, op: Operation, state: State) -> set[str]:
        pair, people = op.arguments["pair"], {*self.world.pairs[op.arguments["pair"]]}
        entered = [row for row in state.tickets.values() if row.status == ENTERED and row.pair != pair]
        found = self._is_over(op, state) | self.pair_problems(state, pair)
        if any(not people.isdisjoint(self.world.pairs[row.pair]) for row in entered):
            found.add("has_ticket")
        # Of a closed project nobody sees the page; its switch is not asked again.
        open_project = state.put("places", PROJECT, True)
        if any("closed" in self.slot_problems(open_project, slot) for slot in op.arguments["wishes"]):
            found.add("slot_closed")
        return found

    def _is_over(self, op: Operation, state: State) -> set[str]:
        release = self._release(state)
        return set() if release.status == PLANNED and op.now < release.opens else {"closed"}

    def _release(self, state: State) -> Release:
        (release,) = state.releases.values()
        return release

    def _set_release(self, state: State, **changes: object) -> State:
        (pk,) = state.releases
        return state.change("releases", pk, **changes)

    def _sign_ticket(self, op: Operation, state: State) -> Iterator[State]:
        if not self._sign_ticket_problems(op, state):
            yield state.change("tickets", op.arguments["ticket"], signed_by=op.arguments["by"])

    def _sign_ticket_problems(self, op: Operation, state: State) -> set[str]:
        ticket = state.tickets[op.arguments["ticket"]]
        found = self._withdraw_ticket_problems(op, state)
        found |= {"not_yours"} if ticket.by == op.arguments["by"] else set()
        return found | ({"changed"} if ticket.wishes != tuple(op.arguments["wishes"]) else set())

    def _withdraw_ticket(self, op: Operation, state: State) -> Iterator[State]:
        if not self._withdraw_ticket_problems(op, state):
            yield state.change("tickets", op.arguments["ticket"], status=WITHDRAWN)

    def _withdraw_ticket_problems(self, op: Operation, state: State) -> set[str]:
        is_entered = state.tickets[op.arguments["ticket"]].status == ENTERED
        return self._is_over(op, state) | (set() if is_entered else {"wrong_status"})

    def _end_pair(self, op: Operation, state: State) -> Iterator[State]:
        if self._end_pair_problems(op, state):
            return
        pair = op.arguments["pair"]
        after = state.put("ended", pair, True)
        yield after if self._is_over(op, state) else self._without_tickets(after, WITHDRAWN, pair=pair)

    def _end_pair_problems(self, op: Operation, state: State) -> set[str]:
        pair = op.arguments["pair"]
        live = [row for row in state.bookings.values() if row.is_live and not row.is_overdue(now=op.now)]
        found = {"ended"} if pair in state.ended else set()
        return found | ({"booked"} if any(row.pair == pair for row in live) else set())

    def _without_tickets(self, state: State, status: str, *, pair: int | None = None) -> State:
        for pk, row in state.tickets.items():
            if row.status == ENTERED and pair in (None, row.pair):
                state = state.change("tickets", pk, status=status)
        return state

    # --- the moment ---

    def _begin_draw(self, op: Operation, state: State) -> Iterator[State]:
        if not self._begin_draw_problems(op, state):
            yield self._begun(state)

    def _begin_draw_problems(self, op: Operation, state: State) -> set[str]:
        release = self._release(state)
        return set() if release.status == PLANNED and release.opens <= op.now else {NOTHING}

    def _begun(self, state: State) -> State:
        has_tickets = any(row.status == ENTERED for row in state.tickets.values())
        return self._set_release(state, status=DRAWING if has_tickets else OPEN)

    def _release_now(self, op: Operation, state: State) -> Iterator[State]:
        if not self._release_now_problems(op, state):
            yield self._begun(self._set_release(state, opens=op.now))

    def _cancel_release(self, op: Operation, state: State) -> Iterator[State]:
        if not self._release_now_problems(op, state):
            yield self._without_tickets(self._set_release(state, status=CANCELLED), VOID)

    def _release_now_problems(self, op: Operation, state: State) -> set[str]:
        return {"wrong_status"} if self._is_over(op, state) else set()

    _cancel_release_problems = _release_now_problems

    # --- the turns ---

    def _place_tickets(self, op: Operation, state: State) -> Iterator[State]:
        """Let the smallest SHA-256 of `seed:number` go first: what the page of every draw says."""
        if self._release(state).status == DRAWING:
            unplaced = [pk for pk, row in state.tickets.items() if (row.status, row.place) == (ENTERED, None)]
            for place, pk in enumerate(
                sorted(unplaced, key=lambda pk: self._lot(state.tickets[pk])), start=1
            ):
                state = state.change("tickets", pk, place=place)
        yield state

    def _lot(self, ticket: Ticket) -> str:
        return hashlib.sha256(f"{self.world.seed}:{ticket.number}".encode()).hexdigest()

    def _next(self, state: State) -> int:
        """Return the ticket whose turn it is."""
        entered = {pk: row.place or 0 for pk, row in state.tickets.items() if row.status == ENTERED}
        return min(entered, key=lambda pk: entered[pk])

    def _decide_next(self, op: Operation, state: State) -> Iterator[State]:
        """Yield what one turn leaves; its answer says whether it was anybody's."""
        entered = [row.place for row in state.tickets.values() if row.status == ENTERED]
        if not op.made and self._release(state).status == DRAWING and not entered:
            yield self._set_release(state, status=OPEN)
        elif not op.made and (self._release(state).status != DRAWING or None in entered):
            yield state
        elif entered and None not in entered and self._release(state).status == DRAWING:
            yield from self._decided(op, state) if op.made or op.is_killed else ()

    def _decided(self, op: Operation, state: State) -> Iterator[State]:
        pk = self._next(state)
        ticket = state.tickets[pk]
        wished = tuple(slot for slot in ticket.wishes if not self._is_booked(state, slot, now=op.now))
        if not wished or self.pair_problems(state, ticket.pair):
            yield state.change("tickets", pk, status=UNLUCKY)
            return
        for base in self.reclaimed(op, state, slots=wished, people=self.world.pairs[ticket.pair]):
            yield self._given(base, pk, wished, now=op.now)

    def _is_booked(self, state: State, slot: int, *, now: int) -> bool:
        return any(
            row.slot == slot and row.is_live and not row.is_overdue(now=now)
            for row in state.bookings.values()
        )

    def _given(self, state: State, pk: int, wished: tuple[int, ...], *, now: int) -> State:
        """Return the state once the ticket has the dearest of its wishes that can be had; a signed one is confirmed."""
        ticket = state.tickets[pk]
        for slot in wished:
            booking = Booking(slot, ticket.pair, ticket.by, AWAITING, now + self.figures.answer_min, None)
            hindered = self.slot_problems(state, slot) | self.too_many(state, ticket.pair, now=now)
            if not (hindered or self.rivals(state, booking)):
                if ticket.signed_by:
                    booking = booking._replace(status=CONFIRMED, until=None)
                key = self.final.tickets[pk].booking or NOWHERE
                return self.taken(state, key, booking).change("tickets", pk, status=WON, booking=key)
        return state.change("tickets", pk, status=UNLUCKY)
