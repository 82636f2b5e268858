"""
The rota by proposal: who should accompany which slot, from plain values. No database, no clock. Rule: R-19.

First as many slots as possible get all their people, booked ones before all; where
nobody is free for one, a person of another slot is moved to it if somebody else can
take theirs. Then shifts go from who has much to who has little for the hours they
wish, as long as that evens them out. What a slot cannot have whole it gets in part.
The same facts give the same rota.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.rota_values import Place, Worker, find_obstacles, way_problem, weigh

# One slot moves at most so many others out of its way: each search ends soon, however full the week.
SEARCHED_PER_SLOT = 400


@dataclass(frozen=True)
class Line:
    """
    One person for one slot, and why.

    The shifts are counted with this rota and this shift. `others` could take it too, but
    have more for the hours that they wish; 0: nobody else can.
    """

    place: Place
    worker: Worker
    day_shifts: int
    week_shifts: int
    week_limit: int
    load_minutes: int
    others: int
    is_whole: bool


class _Draft:
    """A rota while it is being made: who has which slots, those that stand already included."""

    def __init__(self, workers: Iterable[Worker]) -> None:
        self.workers = {worker.number: worker for worker in workers}
        self.load = {number: worker.load_minutes for number, worker in self.workers.items()}
        self.days: defaultdict[tuple[int, date], list[Place]] = defaultdict(list)
        self.weeks: defaultdict[tuple[int, date], int] = defaultdict(int)
        self.people: defaultdict[int, set[int]] = defaultdict(set)
        for worker in self.workers.values():
            for shift in worker.shifts:
                self.days[worker.number, shift.on].append(shift)
                self.weeks[worker.number, shift.monday] += 1

    def put(self, worker: int, place: Place) -> None:
        self.days[worker, place.on].append(place)
        self.weeks[worker, place.monday] += 1
        self.people[place.number].add(worker)
        self.load[worker] += place.minutes

    def take(self, worker: int, place: Place) -> None:
        self.days[worker, place.on].remove(place)
        self.weeks[worker, place.monday] -= 1
        self.people[place.number].remove(worker)
        self.load[worker] -= place.minutes

    def weight(self, worker: int, place: Place) -> int:
        return weigh(self.workers[worker], load_minutes=self.load[worker], minutes=place.minutes)

    def near(self, worker: int, place: Place) -> list[Place]:
        days = (place.on + timedelta(days=offset) for offset in (-1, 0, 1))
        return [shift for on in days for shift in self.days.get((worker, on), ())]

    def is_free(self, worker: int, place: Place) -> bool:
        """Return whether the person can take the slot besides all they have; what they say was looked at before."""
        of_day = self.days.get((worker, place.on), ())
        person = self.workers[worker]
        if len(of_day) >= person.day_limit(place):
            return False
        if self.weeks[worker, place.monday] >= person.week_limit(place):
            return False
        return not any(_clash(place, shift) for shift in self.near(worker, place))


def _clash(one: Place, other: Place) -> bool:
    is_same_time = one.starts_at < other.ends_at and other.starts_at < one.ends_at
    return is_same_time or bool(way_problem(one, other))


class _Planner:
    def __init__(self, places: Iterable[Place], workers: Iterable[Worker], *, asks_untold: bool) -> None:
        self.draft = _Draft(sorted(workers, key=lambda worker: worker.number))
        self.places = {place.number: place for place in places if place.lacks > 0}
        allowed = {"untold"} if asks_untold else set()
        self.able = {
            place.number: [
                worker.number
                for worker in self.draft.workers.values()
                if place.studio in worker.studios and set(find_obstacles(worker, place)) <= allowed
            ]
            for place in self.places.values()
        }

    def run(self) -> None:
        order = sorted(
            self.places.values(),
            key=lambda one: (
                not one.is_booked,
                one.lacks,
                len(self.able[one.number]),
                one.starts_at,
                one.number,
            ),
        )
        short = [place for place in order if not self._cover(place)]
        for place in short:
            self._fill_in_part(place)
        self._even_out(order)

    def _cover(self, place: Place) -> bool:
        """Give the slot all its people, or leave everything as it was."""
        done: list[tuple[str, int, Place]] = []
        for _person in range(place.lacks):
            if not self._find_person(place, seen=set(), done=done):
                self._undo(done, until=0)
                return False
        return True

    def _find_person(
        self, place: Place, *, seen: set[tuple[int, int]], done: list[tuple[str, int, Place]]
    ) -> bool:
        """Give the slot one more person, moving others on when nobody is free. What was done stands in `done`."""
        able = sorted(self._not_on(place), key=lambda number: (self.draft.weight(number, place), number))
        for number in able:
            if self.draft.is_free(number, place):
                self._do(done, "put", number, place)
                return True
        for number in able:
            for other in self._in_the_way(number, place):
                if (number, other.number) in seen or len(seen) >= SEARCHED_PER_SLOT:
                    continue
                seen.add((number, other.number))
                stands = len(done)
                self._do(done, "take", number, other)
                if self.draft.is_free(number, place):
                    self._do(done, "put", number, place)
                    if self._find_person(other, seen=seen, done=done):
                        return True
                self._undo(done, until=stands)
        return False

    def _not_on(self, place: Place) -> list[int]:
        on_it = self.draft.people[place.number]
        return [number for number in self.able[place.number] if number not in on_it]

    def _in_the_way(self, number: int, place: Place) -> list[Place]:
        """Return the proposed slots of the person, one of which may have to go: the nearest first."""
        monday = place.monday
        mine = (
            shift
            for offset in range(-1, 8)
            for shift in self.draft.days.get((number, monday + timedelta(days=offset)), ())
            if number in self.draft.people.get(shift.number, ())
        )
        return sorted(mine, key=lambda one: (abs(one.starts_at - place.starts_at), one.number))

    def _do(self, done: list[tuple[str, int, Place]], verb: str, number: int, place: Place) -> None:
        getattr(self.draft, verb)(number, place)
        done.append((verb, number, place))

    def _undo(self, done: list[tuple[str, int, Place]], *, until: int) -> None:
        while len(done) > until:
            verb, number, place = done.pop()
            getattr(self.draft, "take" if verb == "put" else "put")(number, place)

    def _fill_in_part(self, place: Place) -> None:
        for number in sorted(self._not_on(place), key=lambda one: (self.draft.weight(one, place), one)):
            if len(self.draft.people[place.number]) < place.lacks and self.draft.is_free(number, place):
                self.draft.put(number, place)

    def _even_out(self, order: list[Place]) -> None:
        """Hand shifts on while the one who gets it has less for their wish: load² falls, so this ends."""
        has_changed = True
        while has_changed:
            has_changed = False
            for place in order:
                for number in sorted(self.draft.people[place.number]):
                    self.draft.take(number, place)
                    best = self._lightest(place, than=number)
                    self.draft.put(best, place)
                    has_changed = has_changed or best != number

    def _lightest(self, place: Place, *, than: int) -> int:
        least, best = self.draft.weight(than, place), than
        for number in self._not_on(place):
            weight = self.draft.weight(number, place)
            if weight < least and self.draft.is_free(number, place):
                least, best = weight, number
        return best

    def lines(self) -> list[Line]:
        """Return the rota in the order of time."""
        found = []
        for place in sorted(self.places.values(), key=lambda one: (one.starts_at, one.number)):
            people = self.draft.people[place.number]
            found += [
                self._line(place, number, is_whole=len(people) >= place.lacks) for number in sorted(people)
            ]
        return found

    def _line(self, place: Place, number: int, *, is_whole: bool) -> Line:
        worker = self.draft.workers[number]
        return Line(
            place=place,
            worker=worker,
            day_shifts=len(self.draft.days[number, place.on]),
            week_shifts=self.draft.weeks[number, place.monday],
            week_limit=worker.week_limit(place),
            load_minutes=self.draft.load[number],
            others=sum(self.draft.is_free(other, place) for other in self._not_on(place) if other != number),
            is_whole=is_whole,
        )


def propose_rota(
    places: Iterable[Place], workers: Iterable[Worker], *, asks_untold: bool = False
) -> list[Line]:
    """
    Return who should accompany the slots that lack people.

    Only those are named who say that they can; with `asks_untold` also who has not said
    anything. Nobody is named against a limit, at two places at once, or without the time
    for the way. Rules: R-19, R-20.
    """
    planner = _Planner(places, workers, asks_untold=asks_untold)
    planner.run()
    return planner.lines()
