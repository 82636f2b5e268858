"""Is there an order of the operations that a sequential model allows? The search for it."""

from math import inf

from tests.races.history_judge import Judge
from tests.races.history_model import Operation, State, World

# Far more than a history of this size needs when it is right; without an end a wrong one may take hours.
MAX_STATES = 200_000
NO_ORDER = "there is no order"


def explain_history(world: World, operations: list[Operation], *, start: State, final: State) -> str:
    """
    Return "" when some order explains every answer and the state at the end, else where the best order stops.

    The order keeps the time: what had returned before another was called comes first. An operation
    whose client was killed was carried out whole, at any time after its call, or not at all.
    """
    search = _Search(Judge(world, operations, final), operations, final)
    return "" if search.finds(start) else search.report()


class _Search:
    def __init__(self, judge: Judge, operations: list[Operation], final: State) -> None:
        self.judge = judge
        self.operations = sorted(operations, key=lambda op: op.returned)
        self.final = final
        self.answered = sum(1 << n for n, op in enumerate(self.operations) if not op.is_killed)
        self.seen: set[tuple[object, ...]] = set()
        self.best: tuple[int, State, list[str]] = (-1, final, [])

    def finds(self, start: State) -> bool:
        """Walk through the orders, deepest first; never twice from the same state with the same rest."""
        waiting = [(0, start)]
        while waiting:
            done, state = waiting.pop()
            done = self._with_refusals(done, state)
            if done & self.answered == self.answered and state.key == self.final.key:
                return True
            if (done, state.key) in self.seen:
                continue
            self.seen.add((done, state.key))
            if len(self.seen) > MAX_STATES:
                return False
            self._note(done, state)
            nexts = [
                (done | 1 << n, after)
                for n in self._may_be_next(done)
                for after in self.judge.outcomes(self.operations[n], state)
            ]
            waiting += reversed(nexts)
        return False

    def _may_be_next(self, done: int) -> list[int]:
        """Return the operations that no undone one has to come before."""
        undone = [n for n in range(len(self.operations)) if not done >> n & 1]
        first_end = min((self.operations[n].returned for n in undone), default=inf)
        return [n for n in undone if self.operations[n].called <= first_end]

    def _with_refusals(self, done: int, state: State) -> int:
        """Put every refusal that is right here at once: it changes nothing, so it is in nobody's way."""
        before = -1
        while before != done:
            before = done
            for n in self._may_be_next(done):
                op = self.operations[n]
                if not op.has_effect and any(True for _after in self.judge.outcomes(op, state)):
                    done |= 1 << n
        return done

    def _note(self, done: int, state: State) -> None:
        if done.bit_count() > self.best[0]:
            stuck = [str(self.operations[n]) for n in self._may_be_next(done)]
            self.best = (done.bit_count(), state, stuck)

    def report(self) -> str:
        """Tell how far the longest order came, and what it met there."""
        count, state, stuck = self.best
        lines = [f"{NO_ORDER}: after {count} of {len(self.operations)} operations none of these is right"]
        lines += stuck or ["(all are; the state at the end is another one)"]
        return "\n".join([*lines, "in the state", *_lines(state), "at the end", *_lines(self.final)])


def _lines(state: State) -> list[str]:
    return [f"  {pk}: {row}" for rows in state.tables for pk, row in rows.items()]
