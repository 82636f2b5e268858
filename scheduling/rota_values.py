"""
Who can accompany which slot, as plain values: no database, no clock. Rules: R-19, R-20.

What stands in a person's way is a list of codes. `HARD` ones are facts that nobody can
overrule; the others are doubts that a manager may overrule with a reason.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from scheduling.timetable import week_start

HARD = ("not_staff", "already", "takes_part", "elsewhere")
DOUBTS = ("unavailable", "untold", "over_day", "over_week", "pause", "travel")
# Keeps the comparison of two loads in whole numbers: a millionth of a wished minute decides nothing.
SCALE = 10**6
A_DAY = timedelta(days=1)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class StudioTerms:
    """The limits of a studio, for who has none of their own; minutes between two shifts of a person."""

    per_day: int = 2
    per_week: int = 10
    pause: timedelta = timedelta(minutes=30)
    travel: timedelta = timedelta(minutes=60)


@dataclass(frozen=True)
class Place:
    """One slot as a rota sees it: `on` and `part` are the city's own; `lacks` counts the missing people."""

    number: int
    starts_at: datetime
    ends_at: datetime
    on: date
    part: str
    studio: int
    city: int
    terms: StudioTerms = StudioTerms()
    lacks: int = 0
    is_booked: bool = False

    @cached_property
    def monday(self) -> date:
        """The first day of its week."""
        return week_start(self.on)

    @property
    def minutes(self) -> int:
        """The length of the slot."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True)
class SaidDays:
    """Days that differ from the week; `part` "" is the whole day."""

    is_extra: bool
    from_on: date
    to_on: date
    part: str = ""


@dataclass(frozen=True)
class Answers:
    """
    When a person says that they can work.

    `weekly` holds (studio, weekday, part); of `days`, in the order in which they were said, the last holds.
    """

    is_told: bool = False
    weekly: frozenset[tuple[int, int, str]] = frozenset()
    days: tuple[SaidDays, ...] = ()

    def says(self, *, studio: int, on: date, part: str) -> bool | None:
        """Return whether the person can come then; None while they have not said anything."""
        for said in reversed(self.days):
            if said.from_on <= on <= said.to_on and said.part in ("", part):
                return said.is_extra
        return (studio, on.weekday(), part) in self.weekly if self.is_told else None


@dataclass(frozen=True)
class Calendar:
    """Shifts where they are looked up: the few around a day, and how many a week has."""

    numbers: frozenset[int]
    by_day: Mapping[date, Sequence[Place]]
    by_week: Mapping[date, int]

    @classmethod
    def of(cls, shifts: Iterable[Place]) -> "Calendar":
        """Return the calendar of the shifts."""
        shifts = list(shifts)
        by_day: defaultdict[date, list[Place]] = defaultdict(list)
        for shift in shifts:
            by_day[shift.on].append(shift)
        weeks = Counter(shift.monday for shift in shifts)
        return cls(frozenset(shift.number for shift in shifts), dict(by_day), dict(weeks))

    def near(self, place: Place) -> list[Place]:
        """Return the other shifts of the day, and of the days before and after it."""
        days = (place.on - A_DAY, place.on, place.on + A_DAY)
        return [one for on in days for one in self.by_day.get(on, ()) if one.number != place.number]

    def week_count(self, place: Place) -> int:
        """Return how many other shifts the week of the place has."""
        return self.by_week.get(place.monday, 0) - (place.number in self.numbers)


@dataclass(frozen=True)
class Worker:
    """
    One member of staff.

    `shifts` are those of the weeks looked at, `taken` the sessions they speak in
    themselves, `load_minutes` what they worked and will work in those weeks and the ones before.
    """

    number: int
    studios: frozenset[int]
    answers: Answers = field(default_factory=Answers)
    shifts: tuple[Place, ...] = ()
    taken: tuple[Span, ...] = ()
    per_day: int | None = None
    per_week: int | None = None
    wished_minutes: int = 900
    load_minutes: int = 0

    @cached_property
    def calendar(self) -> "Calendar":
        """Their shifts by day and week."""
        return Calendar.of(self.shifts)

    def day_limit(self, place: Place) -> int:
        """Return how many shifts a day they have at most: their own limit, or the studio's."""
        return self.per_day if self.per_day is not None else place.terms.per_day

    def week_limit(self, place: Place) -> int:
        """Return how many shifts a week they have at most: their own limit, or the studio's."""
        return self.per_week if self.per_week is not None else place.terms.per_week


def weigh(worker: Worker, *, load_minutes: int, minutes: int) -> int:
    """
    Return how unfair one more shift would be: the growth of load² by the hours that they wish.

    Giving each shift to who weighs least makes loads even in proportion to the wishes.
    """
    return (2 * load_minutes + minutes) * SCALE // worker.wished_minutes


def find_obstacles(worker: Worker, place: Place, *, shifts: Iterable[Place] | None = None) -> list[str]:
    """
    Return the codes of what keeps the person from the slot, hard ones first; `shifts` in place of their own.

    "elsewhere" and "takes_part" are two places at once, "pause" and "travel" too
    little time from or to the next shift of the day. Rules: R-19, R-20.
    """
    calendar = worker.calendar if shifts is None else Calendar.of(shifts)
    span, near, found = (place.starts_at, place.ends_at), calendar.near(place), []
    if place.studio not in worker.studios:
        found.append("not_staff")
    if place.number in calendar.numbers:
        found.append("already")
    if any(_overlap(span, taken) for taken in worker.taken):
        found.append("takes_part")
    if any(_overlap(span, (one.starts_at, one.ends_at)) for one in near):
        found.append("elsewhere")
    return found + _doubts(worker, place, near=near, week_count=calendar.week_count(place))


def _doubts(worker: Worker, place: Place, *, near: Sequence[Place], week_count: int) -> list[str]:
    found = []
    said = worker.answers.says(studio=place.studio, on=place.on, part=place.part)
    if said is None:
        found.append("untold")
    elif not said:
        found.append("unavailable")
    if sum(one.on == place.on for one in near) >= worker.day_limit(place):
        found.append("over_day")
    if week_count >= worker.week_limit(place):
        found.append("over_week")
    return found + sorted({code for one in near if (code := way_problem(place, one))})


def way_problem(one: Place, other: Place) -> str:
    """Return "pause" or "travel" when a person could not do both for lack of time between them, or ""."""
    between = max(one.starts_at - other.ends_at, other.starts_at - one.ends_at)
    if between < timedelta(0) or one.number == other.number:
        return ""  # at one time: that is said by "elsewhere"
    if one.studio == other.studio:
        return "pause" if between < max(one.terms.pause, other.terms.pause) else ""
    if one.city != other.city:
        return "travel" if one.on == other.on else ""
    return "travel" if between < max(one.terms.travel, other.terms.travel) else ""


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@dataclass(frozen=True)
class Candidate:
    """Somebody who could accompany a slot, with what stands in their way and how much they have already."""

    worker: Worker
    obstacles: tuple[str, ...]
    day_shifts: int
    week_shifts: int
    weight: int

    @property
    def is_hard(self) -> bool:
        """Whether something stands in the way that nobody can overrule."""
        return any(code in HARD for code in self.obstacles)

    @property
    def doubts(self) -> list[str]:
        """What a manager would have to overrule; not having said anything is none."""
        return [code for code in self.obstacles if code not in HARD and code != "untold"]


def rank_candidates(place: Place, workers: Iterable[Worker]) -> list[Candidate]:
    """Return everybody for the slot: those whom nothing hinders first, of these who has least for their wish."""
    found = [_candidate(place, worker) for worker in workers]
    return sorted(
        found,
        key=lambda one: (
            one.is_hard,
            len(one.doubts),
            "untold" in one.obstacles,
            one.weight,
            one.worker.number,
        ),
    )


def _candidate(place: Place, worker: Worker) -> Candidate:
    return Candidate(
        worker=worker,
        obstacles=tuple(find_obstacles(worker, place)),
        day_shifts=len(worker.calendar.by_day.get(place.on, ())),
        week_shifts=worker.calendar.by_week.get(place.monday, 0),
        weight=weigh(worker, load_minutes=worker.load_minutes, minutes=place.minutes),
    )
