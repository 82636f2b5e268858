"""The rota in the sequential model: putting on, taking off, and handing on among the staff. Rule: R-19."""

from collections.abc import Iterator

from tests.races.history_model import (
    AGREED,
    DECLINED,
    HANDED_ON,
    LAPSED,
    OPEN,
    REFUSED,
    WITHDRAWN,
    Operation,
    Shift,
    State,
    Swap,
)
from tests.races.history_rules import NOWHERE, Rules

PENDING = (OPEN, AGREED)
# Who says no, and to what: the colleague to a question, the manager to what two have agreed on, who asked to both.
CLOSED_FROM = {"decline_swap": (OPEN,), "refuse_swap": (AGREED,), "withdraw_swap": PENDING}


class RotaJudge(Rules):
    """Who accompanies a slot. A swap changes both shifts at once; a shift that ends ends the questions about it."""

    def _assign(self, op: Operation, state: State) -> Iterator[State]:
        wanted = Shift(op.arguments["slot"], op.arguments["person"], "assigned")
        if not self.rivals(state, wanted):
            for pk in self.keys_for(op, "shifts", state, wanted, but=("status",)):
                yield self.offered(state.put("shifts", pk, wanted), wanted.slot, now=op.now)

    def _assign_problems(self, op: Operation, state: State) -> set[str]:
        return self._problems_of(state, slot=op.arguments["slot"], person=op.arguments["person"])

    def _problems_of(self, state: State, *, slot: int, person: int) -> set[str]:
        """Return why the person cannot be put on the slot."""
        wanted = Shift(slot, person, "assigned")
        rivals = self.rivals(state, wanted)
        found = {"taken"} if rivals else set()
        found |= {"takes_part"} if any(not isinstance(rival, Shift) for rival in rivals) else set()
        found |= {"already"} if wanted in state.shifts.values() else set()
        is_elsewhere = any(isinstance(rival, Shift) and rival.slot != slot for rival in rivals)
        return found | ({"elsewhere"} if is_elsewhere else set())

    def _withdraw(self, op: Operation, state: State) -> Iterator[State]:
        if not self._withdraw_problems(op, state):
            yield self._without(state, op.arguments["shift"])

    def _withdraw_problems(self, op: Operation, state: State) -> set[str]:
        return set() if state.shifts[op.arguments["shift"]].is_live else {"moved"}

    def _without(self, state: State, shift: int, *, keep: int = 0) -> State:
        """Return the state once the shift has ended, and with it every open request about it but `keep`."""
        for pk, swap in state.swaps.items():
            if pk != keep and swap.status in PENDING and shift in (swap.shift, swap.wanted):
                state = state.change("swaps", pk, status=LAPSED)
        return state.change("shifts", shift, status="withdrawn")

    # --- swaps ---

    def _ask_swap(self, op: Operation, state: State) -> Iterator[State]:
        if not self._ask_swap_problems(op, state):
            asked, wanted = op.arguments["asked"] or None, op.arguments["wanted"] or None
            swap = Swap(op.arguments["shift"], op.arguments["by"], asked, wanted, OPEN, None)
            for pk in self.keys_for(op, "swaps", state, swap, but=("status", "taker")):
                yield state.put("swaps", pk, swap)

    def _ask_swap_problems(self, op: Operation, state: State) -> set[str]:
        shift, wanted = op.arguments["shift"], op.arguments["wanted"]
        found = set() if state.shifts[shift].is_live else {"withdrawn"}
        if any(swap.shift == shift and swap.status in PENDING for swap in state.swaps.values()):
            found.add("open")
        if wanted and not (wanted in state.shifts and state.shifts[wanted].is_live):
            found.add("wanted")
        return found

    def _accept_swap(self, op: Operation, state: State) -> Iterator[State]:
        pk, taker = op.arguments["swap"], op.arguments["by"]
        if self._accept_swap_problems(op, state):
            return
        if self.figures.asks_manager:
            yield state.change("swaps", pk, status=AGREED, taker=taker)
        else:
            yield self._carried_out(state, pk, taker)

    def _accept_swap_problems(self, op: Operation, state: State) -> set[str]:
        return self._swap_problems(state, op.arguments["swap"], op.arguments["by"], wanted=OPEN)

    def _approve_swap(self, op: Operation, state: State) -> Iterator[State]:
        if not self._approve_swap_problems(op, state):
            pk = op.arguments["swap"]
            yield self._carried_out(state, pk, state.swaps[pk].taker or 0)

    def _approve_swap_problems(self, op: Operation, state: State) -> set[str]:
        pk = op.arguments["swap"]
        taker = state.swaps[pk].taker
        return self._swap_problems(state, pk, taker, wanted=AGREED) if taker else {"moved"}

    def _carried_out(self, state: State, pk: int, taker: int) -> State:
        after = self._given_up(state, pk)
        for shift, person in self._handed_on(state, pk, taker):
            wanted = Shift(state.shifts[shift].slot, person, "assigned")
            # The rows of one slot are written one after the other, so their keys rise.
            key = min(self.unclaimed("shifts", after, wanted, but=("status",)), default=NOWHERE)
            after = after.put("shifts", key, wanted)
        return after.change("swaps", pk, status=HANDED_ON, taker=taker)

    def _swap_problems(self, state: State, pk: int, taker: int, *, wanted: str) -> set[str]:
        """Return why the swap cannot take place now; a yes that waits for the manager is given to no other."""
        found = set() if state.swaps[pk].status == wanted else {"moved"}
        after = self._given_up(state, pk)
        for shift, person in self._handed_on(state, pk, taker):
            found |= set() if state.shifts[shift].is_live else {"withdrawn"}
            found |= self._problems_of(after, slot=state.shifts[shift].slot, person=person)
        return found

    def _handed_on(self, state: State, pk: int, taker: int) -> list[tuple[int, int]]:
        """Return the shifts of the request with who gets each."""
        swap = state.swaps[pk]
        given = [(swap.shift, taker)]
        return given + ([(swap.wanted, swap.asker)] if swap.wanted else [])

    def _given_up(self, state: State, pk: int) -> State:
        swap = state.swaps[pk]
        for shift in (swap.shift, swap.wanted):
            state = self._without(state, shift, keep=pk) if shift else state
        return state

    def _decline_swap(self, op: Operation, state: State) -> Iterator[State]:
        yield from self._closed(op, state, DECLINED)

    def _withdraw_swap(self, op: Operation, state: State) -> Iterator[State]:
        yield from self._closed(op, state, WITHDRAWN)

    def _refuse_swap(self, op: Operation, state: State) -> Iterator[State]:
        yield from self._closed(op, state, REFUSED)

    def _closed(self, op: Operation, state: State, status: str) -> Iterator[State]:
        if not self._is_settled(op, state):
            yield state.change("swaps", op.arguments["swap"], status=status)

    def _is_settled(self, op: Operation, state: State) -> set[str]:
        return set() if state.swaps[op.arguments["swap"]].status in CLOSED_FROM[op.name] else {"moved"}

    _decline_swap_problems = _withdraw_swap_problems = _refuse_swap_problems = _is_settled
