"""What managers look at: a week of slots by booth, and a week of shifts by person. Read only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from scheduling import rota, timetable
from scheduling.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    OpenSeat,
    SeatEvent,
    SeatStatus,
    Shift,
    ShiftEvent,
    ShiftStatus,
    Slot,
    SlotEvent,
    SlotStatus,
)
from scheduling.rota_facts import name_of
from scheduling.slot_days import slots_within
from scheduling.timetable import GridRow, SlotState


@dataclass(frozen=True)
class SlotCell:
    """One slot as a cell of the calendar shows it."""

    slot: Slot
    booking: Booking | None
    staff_count: int
    state: SlotState
    zone: ZoneInfo

    @property
    def kind(self) -> str:
        """The badge kind of the state."""
        return timetable.STATE_KINDS[self.state]

    @cached_property
    def local_start(self) -> datetime:
        """The start in the city's own time."""
        return self.slot.starts_at.astimezone(self.zone)

    @property
    def local_end(self) -> datetime:
        """The end in the city's own time."""
        return self.slot.ends_at.astimezone(self.zone)


def with_cells(slots: QuerySet[Slot], *, now: datetime, has_names: bool = True) -> list[SlotCell]:
    """
    Return a cell for each slot; six queries for any number of slots.

    The few projects, booths and studios of a week are fetched once, not beside each of some
    hundred slots. Where nobody's name is shown, `has_names` spares them.
    """
    people = ("pair__person_a__profile", "pair__person_b__profile") if has_names else ("pair",)
    standing = Booking.objects.standing(now=now).select_related(*people)
    rows = (
        slots.annotate(
            staff_count=rota.staff_count(),
            has_seat=Exists(OpenSeat.objects.standing().filter(slot=OuterRef("pk"))),
        )
        .prefetch_related("project", "booth__studio__city")
        .prefetch_related(Prefetch("bookings", queryset=standing, to_attr="standing_bookings"))
    )
    return [
        _cell_of(
            slot,
            bookings=slot.standing_bookings,
            staff_count=slot.staff_count,
            has_seat=slot.has_seat,
            now=now,
        )
        for slot in rows
    ]


def _cell_of(
    slot: Slot, *, bookings: list[Booking], staff_count: int, has_seat: bool, now: datetime
) -> SlotCell:
    """Return the slot's cell; one that somebody took alone is held until somebody joins. Rule: R-46."""
    booking = bookings[0] if bookings else None
    state = timetable.state_of(
        is_closed=slot.status == SlotStatus.CLOSED,
        booking_status=booking.status if booking else BookingStatus.HELD if has_seat else "",
        is_staffed=staff_count >= slot.project.min_staff,
        is_over=slot.ends_at <= now,
    )
    return SlotCell(slot, booking, staff_count, state, ZoneInfo(slot.booth.studio.city.timezone))


def gaps(*, days: Sequence[date], city_id: int | None, now: datetime) -> list[SlotCell]:
    """Return the open slots of these days that lack staff: booked ones first, then the nearest."""
    slots = Slot.objects.filter(slots_within(days), status=SlotStatus.OPEN, ends_at__gt=now)
    if city_id:
        slots = slots.filter(booth__studio__city=city_id)
    short = slots.annotate(people=rota.staff_count()).filter(people__lt=F("project__min_staff"))
    cells = [
        cell for cell in with_cells(short, now=now, has_names=False) if cell.local_start.date() in set(days)
    ]
    return sorted(cells, key=lambda cell: (cell.booking is None, cell.slot.starts_at, cell.slot.pk))


def staff_weeks(people: Iterable[User], *, days: Sequence[date]) -> list[GridRow[User, Shift]]:
    """Return each person's shifts of the week. Five queries for any number of people."""
    people = list(people)
    within = Q(slot__in=Slot.objects.filter(slots_within(days)))
    shifts = Shift.objects.filter(within, person__in=people, status=ShiftStatus.ASSIGNED)
    return timetable.make_grid(
        people,
        shifts.select_related("slot").prefetch_related("person", "slot__booth__studio__city"),
        days=days,
        head_of=lambda shift: shift.person,
        starts_at_of=lambda shift: shift.slot.starts_at,
        zone_of=lambda shift: ZoneInfo(shift.slot.booth.studio.city.timezone),
    )


@dataclass(frozen=True)
class HistoryLine:
    """Something that happened to a slot, its rota or its bookings."""

    at: datetime
    what: str
    state: str
    by: User | None
    reason: str


def history_of(slot: Slot) -> list[HistoryLine]:
    """Return what happened to the slot, its rota, its open seats and its bookings, newest first. Four queries."""
    lines = [
        HistoryLine(event.at, _("Slot"), str(SlotStatus(event.new).label), event.by, event.reason)
        for event in SlotEvent.objects.filter(slot=slot).select_related("by__profile")
    ]
    shifts = ShiftEvent.objects.filter(shift__slot=slot).select_related(
        "by__profile", "shift__person__profile"
    )
    for event in shifts:
        state = str(ShiftStatus(event.new).label)
        lines.append(HistoryLine(event.at, name_of(event.shift.person), state, event.by, event.reason))
    for taken in SeatEvent.objects.filter(seat__slot=slot).select_related("by__profile"):
        state = str(SeatStatus(taken.new).label)
        lines.append(HistoryLine(taken.at, _("Open seat"), state, taken.by, taken.reason))
    for news in BookingEvent.objects.filter(booking__slot=slot).select_related("by__profile"):
        what = _("Booking #%(number)d") % {"number": news.booking_id}
        lines.append(HistoryLine(news.at, what, str(BookingStatus(news.new).label), news.by, news.why))
    return sorted(lines, key=lambda line: line.at, reverse=True)
