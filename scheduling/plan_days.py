"""A plan of slots as a manager reads it: day by day, with who lacks staff, and what has changed since they looked."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from itertools import groupby

from django.db.models import Count

from scheduling.models import Project, Studio, StudioStaff
from scheduling.plans import MAX_DAYS_AT_ONCE, Obstacle, PlannedSlot


@dataclass(frozen=True)
class StaffNote:
    """A studio that has fewer people than its booths need at one moment of a day."""

    studio: Studio
    needed: int
    employed: int


@dataclass(frozen=True)
class Conflict:
    """What stands in the way of some slots of a day: the obstacle, what was noted of it, and the slots."""

    words: str
    note: str
    slots: tuple[PlannedSlot, ...]


@dataclass(frozen=True)
class PlanDay:
    """One day of a plan, in the cities' own time."""

    on: date
    slots: tuple[PlannedSlot, ...]
    staff_notes: tuple[StaffNote, ...] = ()

    @property
    def new(self) -> list[PlannedSlot]:
        return [slot for slot in self.slots if not slot.obstacle]

    @property
    def existing(self) -> list[PlannedSlot]:
        return [slot for slot in self.slots if slot.obstacle == Obstacle.EXISTS]

    @property
    def conflicts(self) -> list[Conflict]:
        """The slots that cannot be made, by what stands in their way."""
        blocked: defaultdict[tuple[str, str], list[PlannedSlot]] = defaultdict(list)
        for slot in self.slots:
            if slot.obstacle not in ("", Obstacle.EXISTS):
                blocked[slot.obstacle_words, slot.note].append(slot)
        return [Conflict(words, note, tuple(slots)) for (words, note), slots in blocked.items()]

    @property
    def conflict_count(self) -> int:
        return sum(len(conflict.slots) for conflict in self.conflicts)


@dataclass(frozen=True)
class DayChange:
    """A day on which something else would be made than was shown."""

    on: date
    shown: int
    now: int


def plan_days(planned: Iterable[PlannedSlot], *, project: Project) -> list[PlanDay]:
    """Return the plan day by day, with the studios that lack staff for it. One query. Rule: R-19."""
    planned = sorted(planned, key=lambda slot: slot.on)
    employed = dict(
        StudioStaff.objects.filter(
            studio__in={slot.booth.studio_id for slot in planned}, person__is_active=True
        )
        .order_by()
        .values_list("studio")
        .annotate(people=Count("pk"))
    )
    days = []
    for on, group in groupby(planned, key=lambda slot: slot.on):
        slots = tuple(sorted(group, key=_by_place))
        notes = tuple(_staff_notes(slots, employed=employed, min_staff=project.min_staff))
        days.append(PlanDay(on, slots, notes))
    return days


def _by_place(slot: PlannedSlot) -> tuple[str, str, str, int, time]:
    studio = slot.booth.studio
    return studio.city.name, studio.name, slot.booth.name, slot.booth.pk, slot.starts_time


def _staff_notes(
    slots: Iterable[PlannedSlot], *, employed: dict[int, int], min_staff: int
) -> Iterator[StaffNote]:
    """Yield the studios whose people are too few for the booths that are open at one moment of the day."""
    by_studio: defaultdict[Studio, list[PlannedSlot]] = defaultdict(list)
    for slot in slots:
        if slot.obstacle in ("", Obstacle.EXISTS):
            by_studio[slot.booth.studio].append(slot)
    for studio, open_slots in by_studio.items():
        at_once = max(
            sum(other.starts_at <= slot.starts_at < other.ends_at for other in open_slots)
            for slot in open_slots
        )
        people = employed.get(studio.pk, 0)
        if people < at_once * min_staff:
            yield StaffNote(studio, at_once * min_staff, people)


def print_plan(planned: Iterable[PlannedSlot]) -> str:
    """
    Return the plan's fingerprint: for each day its date, how many slots would be made, and a hash of what and what not.

    A page carries it, so that the press makes what was shown or says what has changed.
    """
    by_day: defaultdict[date, list[PlannedSlot]] = defaultdict(list)
    for slot in planned:
        by_day[slot.on].append(slot)
    return ",".join(f"{on:%Y%m%d}.{_hash_of_day(slots)}" for on, slots in sorted(by_day.items()))


def _hash_of_day(slots: Iterable[PlannedSlot]) -> str:
    slots = list(slots)
    lines = sorted(
        f"{slot.template.booth_id} {slot.starts_at.timestamp():.0f} {slot.ends_at.timestamp():.0f} {slot.obstacle}"
        for slot in slots
    )
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]
    return f"{sum(not slot.obstacle for slot in slots)}.{digest}"


def compare_plans(shown: str, planned: Iterable[PlannedSlot]) -> list[DayChange]:
    """Return the days on which the plan differs from the fingerprint of the one that was shown."""
    before, after = _read_print(shown), _read_print(print_plan(planned))
    return [
        DayChange(on, before.get(on, (0, ""))[0], after.get(on, (0, ""))[0])
        for on in sorted(before.keys() | after.keys())
        if before.get(on) != after.get(on)
    ]


def _read_print(text: str) -> dict[date, tuple[int, str]]:
    found = {}
    for word in text.split(",")[:MAX_DAYS_AT_ONCE]:
        day, _dot, rest = word.partition(".")
        count, _dot, digest = rest.partition(".")
        if len(day) == 8 and day.isdecimal() and count.isdecimal() and len(count) < 6:
            try:
                found[date(int(day[:4]), int(day[4:6]), int(day[6:]))] = (int(count), digest)
            except ValueError:
                continue
    return found
