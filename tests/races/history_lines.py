"""The operations of waiting lists and open seats in the sequential model. Rules: R-24, R-46."""

from collections.abc import Iterator

from tests.races.history_model import (
    CONFIRMED,
    JOINED,
    LEFT,
    NOTHING,
    OFFERED,
    OPEN,
    RELEASED,
    WAITING,
    WITHDRAWN,
    Booking,
    Entry,
    Operation,
    Seat,
    State,
)
from tests.races.history_rules import Rules


class LineJudge(Rules):
    """Joining and leaving a line, offering what nobody offered; taking, joining, giving back, releasing a seat."""

    # --- the line ---

    def _join_line(self, op: Operation, state: State) -> Iterator[State]:
        if not self._join_line_problems(op, state):
            entry = Entry(op.arguments["slot"], op.arguments["pair"], op.arguments["by"], WAITING, op.now)
            for pk in self.keys_for(op, "entries", state, entry, but=("status",)):
                yield state.put("entries", pk, entry)

    def _join_line_problems(self, op: Operation, state: State) -> set[str]:
        slot, pair = op.arguments["slot"], op.arguments["pair"]
        people = self.world.pairs[pair]
        holders = self.holders(state, slot, now=op.now)
        in_line = [row for row in state.entries.values() if row.status in (WAITING, OFFERED)]
        reasons = {
            "not_full": not holders,
            "yours": not holders.isdisjoint(people),
            "same_time": self.is_elsewhere(state, people, slot),
            "already": any((row.slot, row.pair) == (slot, pair) for row in in_line),
            "enough": sum(row.pair == pair for row in in_line) >= self.figures.max_entries,
            "list_full": sum(row.slot == slot for row in in_line) >= self.figures.places,
            "closed": "closed" in self.slot_problems(state, slot),
        }
        return {code for code, holds in reasons.items() if holds}

    def _leave_line(self, op: Operation, state: State) -> Iterator[State]:
        if not self._leave_line_problems(op, state):
            yield state.change("entries", op.arguments["entry"], status=LEFT)

    def _leave_line_problems(self, op: Operation, state: State) -> set[str]:
        status = state.entries[op.arguments["entry"]].status
        return {WAITING: set(), OFFERED: {"offered"}}.get(status, {"over"})

    def _offer_slot(self, op: Operation, state: State) -> Iterator[State]:
        after = self.offered(state, op.arguments["slot"], now=op.now)
        if after is not state:
            yield after

    def _offer_slot_problems(self, op: Operation, state: State) -> set[str]:
        return {NOTHING} if self.offered(state, op.arguments["slot"], now=op.now) is state else set()

    # --- seats ---

    def _take_seat(self, op: Operation, state: State) -> Iterator[State]:
        slot, person = op.arguments["slot"], op.arguments["person"]
        wanted = Seat(slot, person, OPEN, op.now + self.figures.seat_min)
        for base in self.reclaimed(op, state, slots=(slot,), people=(person,)):
            if not (self._seat_limits(op, base) or self.rivals(base, wanted)):
                for pk in self.keys_for(op, "seats", base, wanted, but=("status",)):
                    yield base.put("seats", pk, wanted)

    def _seat_limits(self, op: Operation, state: State) -> set[str]:
        slot, person = op.arguments["slot"], op.arguments["person"]
        found = self.slot_problems(state, slot)
        found |= (
            {"has_seat"}
            if any(row.is_live and row.person == person for row in state.seats.values())
            else set()
        )
        return found | ({"line"} if self.is_behind(state, slot, None, now=op.now) else set())

    def _take_seat_problems(self, op: Operation, state: State) -> set[str]:
        slot, person = op.arguments["slot"], op.arguments["person"]
        found: set[str] = set()
        for base in self.reclaimed(op, state, slots=(slot,), people=(person,)):
            found |= self._seat_limits(op, base)
            found |= {"taken"} if self.rivals(base, Seat(slot, person, OPEN, 0)) else set()
            found |= {"same_time"} if self.is_elsewhere(base, (person,), slot) else set()
        return found

    def _join_seat(self, op: Operation, state: State) -> Iterator[State]:
        seat, by = state.seats[op.arguments["seat"]], op.arguments["by"]
        pair = self._pair_of(seat.person, by)
        if pair is None:
            return
        wanted = Booking(seat.slot, pair, seat.person, CONFIRMED, None, None)
        for base in self.reclaimed(op, state, slots=(seat.slot,), people=(seat.person, by)):
            freed = base.change("seats", op.arguments["seat"], status=JOINED)
            if not (self._join_seat_limits(op, base, pair) or self.rivals(freed, wanted)):
                for pk in self.keys_for(op, "bookings", base, wanted, but=("status", "until")):
                    yield self.taken(freed, pk, wanted)

    def _pair_of(self, one: int, other: int) -> int | None:
        return next((pk for pk, people in self.world.pairs.items() if {*people} == {one, other}), None)

    def _join_seat_limits(self, op: Operation, state: State, pair: int | None) -> set[str]:
        seat, by = state.seats[op.arguments["seat"]], op.arguments["by"]
        found = self.slot_problems(state, seat.slot)
        found |= {"over"} if seat.status != OPEN or seat.until <= op.now else set()
        found |= self.too_many(state, pair, now=op.now) if pair else set()
        return found | ({"own"} if by == seat.person else set())

    def _join_seat_problems(self, op: Operation, state: State) -> set[str]:
        seat, by = state.seats[op.arguments["seat"]], op.arguments["by"]
        found: set[str] = set()
        for base in self.reclaimed(op, state, slots=(seat.slot,), people=(seat.person, by)):
            found |= self._join_seat_limits(op, base, self._pair_of(seat.person, by))
            found |= {"same_time"} if self.is_elsewhere(base, (by,), seat.slot) else set()
        return found

    def _withdraw_seat(self, op: Operation, state: State) -> Iterator[State]:
        if not self._withdraw_seat_problems(op, state):
            yield self._without_seat(op, state, WITHDRAWN)

    def _withdraw_seat_problems(self, op: Operation, state: State) -> set[str]:
        return set() if state.seats[op.arguments["seat"]].is_live else {"over"}

    def _release_seat(self, op: Operation, state: State) -> Iterator[State]:
        if not self._release_seat_problems(op, state):
            yield self._without_seat(op, state, RELEASED)

    def _release_seat_problems(self, op: Operation, state: State) -> set[str]:
        seat = state.seats[op.arguments["seat"]]
        is_lost = "closed" in self.slot_problems(state, seat.slot)
        return set() if seat.is_live and (seat.until <= op.now or is_lost) else {NOTHING}

    def _without_seat(self, op: Operation, state: State, status: str) -> State:
        pk = op.arguments["seat"]
        return self.offered(state.change("seats", pk, status=status), state.seats[pk].slot, now=op.now)
