"""The managers' calendar as values: booths against days or times, and a month in figures. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from scheduling import rota, timetable
from scheduling.blackout_days import blackouts_between
from scheduling.conflicts import Conflict, find_conflicts
from scheduling.models import Blackout, Booking, Booth, City, OpenSeat, Shift, ShiftStatus, Slot, SlotStatus
from scheduling.slot_days import slots_within
from scheduling.timetable import SlotState
from scheduling.weeks import SlotCell, with_cells

LACKING = frozenset({SlotState.SHORT, SlotState.UNSTAFFED})


@dataclass(frozen=True)
class Place:
    """Which booths the calendar shows, and whose slots: None is not narrowed."""

    city_id: int | None = None
    studio_id: int | None = None
    project_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True)
class Cell:
    """One slot of the calendar, with who works in it and what does not fit."""

    cell: SlotCell
    staff: tuple[User, ...]
    staff_ids: frozenset[int]
    conflicts: tuple[Conflict, ...]

    @property
    def local_start(self) -> datetime:
        return self.cell.local_start


@dataclass(frozen=True)
class Box:
    """One square of the grid: its slots by their start, and the blackout that holds."""

    on: date
    at: time | None
    cells: tuple[Cell, ...]
    blackout: Blackout | None


@dataclass(frozen=True)
class Row:
    booth: Booth
    boxes: tuple[Box, ...]

    @property
    def has_cells(self) -> bool:
        return any(box.cells for box in self.boxes)


@dataclass(frozen=True)
class CityGrid:
    city: City
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class MonthDay:
    """One day of a month in figures."""

    on: date
    open: int = 0
    booked: int = 0
    free: int = 0
    unstaffed: int = 0
    short: int = 0


def booths_of(place: Place, *, days: Sequence[date]) -> QuerySet[Booth]:
    """
    Return the booths, city by city: open ones, and closed ones in which somebody has booked on these days.

    Of a project only those that have or had slots or templates for it.
    """
    booked = Booking.objects.live().filter(slot__booth=OuterRef("pk"), slot__in=_slots_of(days))
    booths = Booth.objects.filter(Q(is_open=True, studio__is_open=True) | Exists(booked))
    booths = booths.select_related("studio__city")
    if place.city_id:
        booths = booths.filter(studio__city=place.city_id)
    if place.studio_id:
        booths = booths.filter(studio=place.studio_id)
    if place.project_id:
        booths = booths.filter(
            Exists(Slot.objects.filter(booth=OuterRef("pk"), project=place.project_id))
            | Q(templates__project=place.project_id)
        ).distinct()
    return booths.order_by("studio__city__name", "studio__name", "studio", "name", "pk")


def _slots_of(days: Sequence[date]) -> QuerySet[Slot]:
    return Slot.objects.filter(slots_within(days))


def find_cells(
    booths: Iterable[Booth], *, place: Place, days: Sequence[date], now: datetime, has_names: bool
) -> tuple[list[Cell], list[Blackout]]:
    """
    Return the slots of the booths on these days, each in its city's own time, and the blackouts. Eight queries.

    Without `has_names` nobody's profile is fetched, and `staff` stays empty.
    """
    slots = _slots_of(days).filter(booth__in=list(booths))
    if place.project_id:
        slots = slots.filter(project=place.project_id)
    wanted = set(days)
    cells = [
        cell for cell in with_cells(slots, now=now, has_names=has_names) if cell.local_start.date() in wanted
    ]
    ids = _staff_ids_of([cell.slot for cell in cells])
    staff = _staff_of(ids) if has_names else {}
    blackouts = blackouts_between(days)
    people = {cell.slot.pk: ids[cell.slot.pk] | _speakers_of(cell) for cell in cells}
    conflicts = find_conflicts(cells, people=people, blackouts=blackouts)
    found = [
        Cell(
            cell,
            tuple(staff.get(cell.slot.pk, ())),
            frozenset(ids[cell.slot.pk]),
            tuple(conflicts.get(cell.slot.pk, ())),
        )
        for cell in cells
    ]
    if place.person_id:
        found = [one for one in found if place.person_id in one.staff_ids]
    return found, blackouts


def _staff_ids_of(slots: Sequence[Slot]) -> defaultdict[int, set[int]]:
    shifts = Shift.objects.filter(slot__in=[slot.pk for slot in slots], status=ShiftStatus.ASSIGNED)
    staff: defaultdict[int, set[int]] = defaultdict(set)
    for slot_id, person_id in shifts.values_list("slot_id", "person_id"):
        staff[slot_id].add(person_id)
    return staff


def _staff_of(ids: Mapping[int, set[int]]) -> dict[int, list[User]]:
    """Return the people by slot, in the order of their names."""
    everybody = {person for of_slot in ids.values() for person in of_slot}
    people = User.objects.filter(pk__in=everybody).select_related("profile").order_by("profile__name", "pk")
    ordered = list(people)
    return {slot_id: [one for one in ordered if one.pk in of_slot] for slot_id, of_slot in ids.items()}


def _speakers_of(cell: SlotCell) -> set[int]:
    pair = cell.booking.pair if cell.booking else None
    return {pair.person_a_id, pair.person_b_id} if pair else set()


def week_grid(
    booths: Iterable[Booth], cells: Iterable[Cell], *, days: Sequence[date], blackouts: Sequence[Blackout]
) -> list[CityGrid]:
    """Return the booths against the days, grouped by city."""
    boxed: defaultdict[tuple[int, date], list[Cell]] = defaultdict(list)
    for cell in sorted(cells, key=lambda one: one.cell.slot.starts_at):
        boxed[cell.cell.slot.booth_id, cell.local_start.date()].append(cell)
    return _by_city(
        Row(
            booth,
            tuple(
                Box(on, None, tuple(boxed[booth.pk, on]), _blackout(booth, on=on, blackouts=blackouts))
                for on in days
            ),
        )
        for booth in booths
    )


def day_grid(
    booths: Iterable[Booth], cells: Iterable[Cell], *, on: date, blackouts: Sequence[Blackout]
) -> tuple[list[time], list[CityGrid]]:
    """Return the times at which something begins on the day, and the booths against them, grouped by city."""
    cells = list(cells)
    times = sorted({cell.local_start.time() for cell in cells})
    boxed: defaultdict[tuple[int, time], list[Cell]] = defaultdict(list)
    for cell in cells:
        boxed[cell.cell.slot.booth_id, cell.local_start.time()].append(cell)
    rows = (
        Row(
            booth,
            tuple(
                Box(on, at, tuple(boxed[booth.pk, at]), _blackout(booth, on=on, blackouts=blackouts))
                for at in times
            ),
        )
        for booth in booths
    )
    return times, _by_city(rows)


def _blackout(booth: Booth, *, on: date, blackouts: Sequence[Blackout]) -> Blackout | None:
    return next((one for one in blackouts if one.covers(booth, on=on)), None)


def _by_city(rows: Iterable[Row]) -> list[CityGrid]:
    return [
        CityGrid(city, tuple(group)) for city, group in groupby(rows, key=lambda row: row.booth.studio.city)
    ]


def month_days(on: date) -> list[date]:
    """Return the days of the month in whole weeks, from the Monday before its first to the Sunday after its last."""
    first = timetable.week_start(on.replace(day=1))
    next_month = (on.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = timetable.week_start(next_month - timedelta(days=1)) + timedelta(days=6)
    return timetable.days_from(first, count=(last - first).days + 1)


def count_days(place: Place, *, days: Sequence[date], now: datetime) -> list[MonthDay]:
    """Return the figures of each day; a query for each time zone that the cities have, and one for those."""
    zones = City.objects.filter(**{"pk": place.city_id} if place.city_id else {})
    counted: dict[date, list[int]] = {on: [0] * 5 for on in days}
    for zone in sorted(set(zones.values_list("timezone", flat=True))):
        for starts_at, *figures in _count_in(zone, place=place, days=days, now=now):
            on = starts_at.astimezone(ZoneInfo(zone)).date()
            if on in counted:
                counted[on] = [sum(pair) for pair in zip(counted[on], figures, strict=True)]
    return [MonthDay(on, *counted[on]) for on in days]


def _count_in(
    zone: str, *, place: Place, days: Sequence[date], now: datetime
) -> Iterator[tuple[datetime, int, int, int, int, int]]:
    """Yield the figures of each moment at which slots begin; which day that is, the caller works out."""
    booked = Booking.objects.standing(now=now).filter(slot=OuterRef("pk"))
    seat = OpenSeat.objects.standing().filter(slot=OuterRef("pk"))
    slots = _slots_of(days).filter(booth__studio__city__timezone=zone)
    narrowed = {
        "booth__studio__city": place.city_id,
        "booth__studio": place.studio_id,
        "project": place.project_id,
    }
    slots = slots.filter(**{name: key for name, key in narrowed.items() if key})
    if place.person_id:
        shifts = Shift.objects.filter(person=place.person_id, status=ShiftStatus.ASSIGNED)
        slots = slots.filter(pk__in=shifts.values("slot"))
    slots = slots.annotate(is_booked=Exists(booked) | Exists(seat), people=rota.staff_count())
    is_open, lacks = Q(status=SlotStatus.OPEN), Q(people__lt=F("project__min_staff"))
    to_come = Q(ends_at__gt=now)
    counts = (
        slots.order_by()
        .values("starts_at")
        .annotate(
            open_count=Count("pk", filter=is_open | Q(is_booked=True)),
            booked_count=Count("pk", filter=Q(is_booked=True)),
            free_count=Count("pk", filter=is_open & to_come & Q(is_booked=False) & ~lacks),
            unstaffed_count=Count("pk", filter=is_open & to_come & Q(is_booked=False) & lacks),
            short_count=Count("pk", filter=to_come & Q(is_booked=True) & lacks),
        )
    )
    yield from counts.values_list(
        "starts_at", "open_count", "booked_count", "free_count", "unstaffed_count", "short_count"
    )
