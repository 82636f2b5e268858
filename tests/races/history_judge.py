"""
The sequential model's operations: which answers each may give in a state, and what it leaves.

`Judge.outcomes` says in which states the model may be after an operation that gave a certain
answer; none means that the answer was wrong there. For each operation `_<name>` yields the states
after it is done, `_<name>_problems` is every reason that speaks against it: the product names the one it
meets first, in an order of its own.
"""

from collections.abc import Iterator

from tests.races.history_draws import DrawJudge
from tests.races.history_lines import LineJudge
from tests.races.history_model import (
    AWAITING,
    CANCELLED,
    CONFIRMED,
    EXPIRED,
    HELD,
    NOTHING,
    REFUSED,
    Booking,
    Operation,
    State,
)
from tests.races.history_rules import NOWHERE
from tests.races.history_swaps import RotaJudge


def _never_refused(_op: Operation, _state: State) -> set[str]:
    return set()


class Judge(LineJudge, RotaJudge, DrawJudge):
    """Says of each operation which answers the model allows, and what it leaves."""

    def outcomes(self, op: Operation, state: State) -> Iterator[State]:
        """Yield the states after the operation with its answer; nothing when it cannot be answered so here."""
        if not self._is_known(op, state):
            return
        if op.has_effect:
            afters = getattr(self, f"_{op.name}")(op, state)
            yield from (after for after in afters if NOWHERE not in {*after.bookings, *after.shifts})
        elif op.answer in ("busy", "changed"):
            # Somebody else was at the same rows: nothing was done, which needs somebody else.
            if any(op.overlaps(other) for other in self.operations if other is not op):
                yield state
        elif op.answer in getattr(self, f"_{op.name}_problems", _never_refused)(op, state):
            yield state

    def _is_known(self, op: Operation, state: State) -> bool:
        """Return whether what the operation is about is there: a client may have seen it before its maker was done."""
        tables = {
            "booking": "bookings",
            "shift": "shifts",
            "seat": "seats",
            "entry": "entries",
            "swap": "swaps",
            "ticket": "tickets",
        }
        return all(
            op.arguments[noun] in getattr(state, table)
            for noun, table in tables.items()
            if noun in op.arguments
        )

    # --- holding and moving ---

    def _hold(self, op: Operation, state: State) -> Iterator[State]:
        slot, pair = op.arguments["slot"], op.arguments["pair"]
        wanted = Booking(slot, pair, op.arguments["by"], HELD, op.now + self.figures.hold_min, None)
        for base in self.reclaimed(op, state, slots=(slot,), people=self.world.pairs[pair]):
            offer = base.bookings.get(op.made)
            if offer and offer.entry and (offer.slot, offer.pair, offer.status) == (slot, pair, HELD):
                yield base
            elif not (self._hold_limits(op, base) or self.rivals(base, wanted)):
                for pk in self.keys_for(op, "bookings", base, wanted, but=("status", "until")):
                    yield self.taken(base, pk, wanted)

    def _hold_limits(self, op: Operation, state: State) -> set[str]:
        slot, pair = op.arguments["slot"], op.arguments["pair"]
        found = self.limits(state, slot, pair, now=op.now) | self.too_many(state, pair, now=op.now)
        return found | ({"line"} if self.is_behind(state, slot, pair, now=op.now) else set())

    def _hold_problems(self, op: Operation, state: State) -> set[str]:
        slot, pair = op.arguments["slot"], op.arguments["pair"]
        wanted = Booking(slot, pair, op.arguments["by"], HELD, None, None)
        found: set[str] = set()
        for base in self.reclaimed(op, state, slots=(slot,), people=self.world.pairs[pair]):
            found |= self._hold_limits(op, base) | ({"taken"} if self.rivals(base, wanted) else set())
        return found

    def _move(self, op: Operation, state: State) -> Iterator[State]:
        pk, slot = op.arguments["booking"], op.arguments["slot"]
        old = state.bookings[pk]
        for base in self.reclaimed(op, state, slots=(slot,), people=self.world.pairs[old.pair]):
            if self._move_limits(op, base):
                continue
            wanted = Booking(
                slot, old.pair, op.arguments["by"], AWAITING, op.now + self.figures.answer_min, pk
            )
            if old.status == HELD:
                wanted = wanted._replace(status=HELD, until=old.until)
            freed = base if old.status == CONFIRMED else self.moved(base, pk, CANCELLED, now=op.now)
            if self.rivals(freed, wanted):
                continue
            for key in self.keys_for(op, "bookings", base, wanted, but=("status", "until")):
                after = self.taken(freed, key, wanted)
                yield after if old.status == CONFIRMED else self.offered(after, old.slot, now=op.now)

    def _move_limits(self, op: Operation, state: State) -> set[str]:
        pk, slot = op.arguments["booking"], op.arguments["slot"]
        old, to = state.bookings[pk], self.world.slots[slot]
        old_slot = self.world.slots[old.slot]
        asked = any(row.moved_from == pk and row.status == AWAITING for row in state.bookings.values())
        clashes = to.starts < old_slot.ends and old_slot.starts < to.ends
        reasons = {
            "expired": old.is_overdue(now=op.now),
            "wrong_status": not old.is_live,
            "same_slot": slot == old.slot,
            "not_yours": old.status == HELD and op.arguments["by"] != old.by,
            "move_open": asked or self.is_open_move(old, state),
            "same_time": old.status == CONFIRMED and clashes,
            "line": self.is_behind(state, slot, old.pair, now=op.now),
        }
        return {code for code, holds in reasons.items() if holds} | self.limits(
            state, slot, old.pair, now=op.now
        )

    def _move_problems(self, op: Operation, state: State) -> set[str]:
        pk = op.arguments["booking"]
        wanted = state.bookings[pk]._replace(slot=op.arguments["slot"])
        found = self._move_limits(op, state)
        for base in self.reclaimed(op, state, slots=(wanted.slot,), people=self.world.pairs[wanted.pair]):
            found |= self._move_limits(op, base)
            if base.bookings[pk].is_live and base.bookings[pk].status != CONFIRMED:
                base = base.change("bookings", pk, status=CANCELLED)  # noqa: PLW2901
            found |= {"taken"} if self.rivals(base, wanted) else set()
        return found

    # --- answering ---

    def _confirm(self, op: Operation, state: State) -> Iterator[State]:
        if not self._confirm_problems(op, state):
            until = op.now + self.figures.answer_min
            yield self.moved(
                state, op.arguments["booking"], AWAITING, now=op.now, until=until, by=op.arguments["by"]
            )

    def _confirm_problems(self, op: Operation, state: State) -> set[str]:
        row = state.bookings[op.arguments["booking"]]
        if row.entry is not None:
            return self._offer_problems(op, state) | self.slot_problems(state, row.slot)
        return self._answer_problems(op, state, wanted=HELD)

    def _offer_problems(self, op: Operation, state: State) -> set[str]:
        """Return why an offer can be answered no more."""
        row = state.bookings[op.arguments["booking"]]
        if row.status == HELD and not row.is_overdue(now=op.now):
            return set()
        if row.status in (AWAITING, CONFIRMED):
            return {"offer_taken"}
        return {"offer_refused" if state.entries[row.entry or 0].status == REFUSED else "offer_over"}

    def _answer_problems(self, op: Operation, state: State, *, wanted: str) -> set[str]:
        row = state.bookings[op.arguments["booking"]]
        found = {"expired"} if row.is_overdue(now=op.now) else set()
        found |= {"wrong_status"} if row.status != wanted else set()
        return found | self.slot_problems(state, row.slot) | self.pair_problems(state, row.pair)

    def _refuse(self, op: Operation, state: State) -> Iterator[State]:
        if not self._refuse_problems(op, state):
            yield self.ended(state, op.arguments["booking"], CANCELLED, now=op.now)

    def _refuse_problems(self, op: Operation, state: State) -> set[str]:
        if state.bookings[op.arguments["booking"]].entry is None:
            return {"not_offered"}
        return self._offer_problems(op, state)

    def _accept(self, op: Operation, state: State) -> Iterator[State]:
        pk = op.arguments["booking"]
        if self._accept_problems(op, state):
            return
        old = state.bookings[pk].moved_from
        state = state.change("bookings", pk, status=CONFIRMED, until=None)
        if old and state.bookings[old].status == CONFIRMED:
            state = self.ended(state, old, CANCELLED, now=op.now)
        yield state

    def _accept_problems(self, op: Operation, state: State) -> set[str]:
        return self._answer_problems(op, state, wanted=AWAITING)

    # --- ending ---

    def _cancel(self, op: Operation, state: State) -> Iterator[State]:
        pk = op.arguments["booking"]
        row = state.bookings[pk]
        if not row.is_live:
            return
        state = self.moved(state, pk, CANCELLED, now=op.now)
        for move, question in state.bookings.items():
            # Its slot is the worker's to offer (docs/decisions/0018).
            if row.status == CONFIRMED and question.moved_from == pk and question.status == AWAITING:
                state = state.change("bookings", move, status=CANCELLED)
        yield self.offered(state, row.slot, now=op.now)

    def _cancel_problems(self, op: Operation, state: State) -> set[str]:
        return set() if state.bookings[op.arguments["booking"]].is_live else {"wrong_status"}

    def _expire(self, op: Operation, state: State) -> Iterator[State]:
        if not self._expire_problems(op, state):
            yield self.ended(state, op.arguments["booking"], EXPIRED, now=op.now)

    def _expire_problems(self, op: Operation, state: State) -> set[str]:
        return set() if state.bookings[op.arguments["booking"]].is_overdue(now=op.now) else {NOTHING}

    # --- the studio ---

    def _close_place(self, op: Operation, state: State) -> Iterator[State]:
        yield state.put("places", op.arguments["place"], False)

    def _open_place(self, op: Operation, state: State) -> Iterator[State]:
        yield state.put("places", op.arguments["place"], True)
