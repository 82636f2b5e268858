"""Weeks and days as plain values: no database, no clock. Local time is the city's."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
GRID_MINUTES = 30

Row = TypeVar("Row", bound=Hashable)
Entry = TypeVar("Entry")


def week_start(on: date) -> date:
    """Return the Monday of the week."""
    return on - timedelta(days=on.weekday())


def days_from(on: date, *, count: int = 7) -> list[date]:
    """Return `count` days, the first of them `on`."""
    return [on + timedelta(days=i) for i in range(count)]


def weekdays_between(from_on: date, to_on: date, *, weekday: int) -> list[date]:
    """Return the days of a weekday (0 is Monday) from `from_on` to `to_on`, both included."""
    first = from_on + timedelta(days=(weekday - from_on.weekday()) % 7)
    return [first + timedelta(days=i) for i in range(0, (to_on - first).days + 1, 7)]


def slot_span(
    on: date, starts_time: time, *, minutes: int, zone: ZoneInfo
) -> tuple[datetime, datetime] | None:
    """
    Return start and end in UTC of a slot that begins at a local time.

    None when the clocks jump over that time on that day. The length is real
    time: a slot in which the clocks change still lasts `minutes`.
    """
    local = datetime.combine(on, starts_time, tzinfo=zone)
    starts_at = local.astimezone(UTC)
    if starts_at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return None
    return starts_at, starts_at + timedelta(minutes=minutes)


def is_on_grid(moment: time | datetime) -> bool:
    """Return whether the moment is a full or half hour."""
    return moment.minute % GRID_MINUTES == 0 and moment.second == 0 and moment.microsecond == 0


def passes_midnight(starts_at: datetime, ends_at: datetime, *, zone: ZoneInfo) -> bool:
    """Return whether the span goes on into the next day of the zone; one that ends at midnight does not."""
    last = ends_at - timedelta(minutes=1)
    return starts_at.astimezone(zone).date() != last.astimezone(zone).date()


def spans_clash(
    one: tuple[datetime, datetime], other: tuple[datetime, datetime], *, pause: timedelta
) -> bool:
    """Return whether two spans in one booth overlap or leave less than `pause` between them."""
    return one[0] < other[1] + pause and other[0] < one[1] + pause


def weekly_spans_clash(one: tuple[int, time], other: tuple[int, time], *, minutes: int, pause: int) -> bool:
    """Return whether two slots that come weekly, each (weekday, start), are too close; Sunday night meets Monday."""
    starts = [weekday * MINUTES_A_DAY + at.hour * 60 + at.minute for weekday, at in (one, other)]
    apart = (starts[0] - starts[1]) % MINUTES_A_WEEK
    return min(apart, MINUTES_A_WEEK - apart) < minutes + pause


def ranges_meet(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Return whether two spans of days, both ends included and None without end, share a day."""
    return (other[1] is None or one[0] <= other[1]) and (one[1] is None or other[0] <= one[1])


@dataclass(frozen=True)
class GridDay(Generic[Entry]):
    """One day of one row of a grid."""

    on: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class GridRow(Generic[Row, Entry]):
    """One booth or one person, with the days of the week."""

    head: Row
    days: tuple[GridDay[Entry], ...]


def make_grid(
    heads: Iterable[Row],
    entries: Iterable[Entry],
    *,
    days: Sequence[date],
    head_of: Callable[[Entry], Row],
    starts_at_of: Callable[[Entry], datetime],
    zone_of: Callable[[Entry], ZoneInfo],
) -> list[GridRow[Row, Entry]]:
    """
    Return a row for each head in the given order, with the entries of each day by their start.

    A day is the day in the entry's own zone. Entries of other days or heads are left out.
    """
    cells: defaultdict[tuple[Row, date], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=starts_at_of):
        cells[head_of(entry), starts_at_of(entry).astimezone(zone_of(entry)).date()].append(entry)
    return [
        GridRow(head, tuple(GridDay(on, tuple(cells.get((head, on), ()))) for on in days)) for head in heads
    ]


@dataclass(frozen=True)
class StripDay(Generic[Entry]):
    """One day of a strip of days, with what begins on it."""

    on: date
    entries: tuple[Entry, ...]
    is_today: bool


def day_strip(
    entries: Iterable[Entry],
    *,
    days: Sequence[date],
    today: date,
    starts_at_of: Callable[[Entry], datetime],
    zone: ZoneInfo,
) -> list[StripDay[Entry]]:
    """Return each of `days` with the entries that begin on it in `zone`, earliest first."""
    by_day: defaultdict[date, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=starts_at_of):
        by_day[starts_at_of(entry).astimezone(zone).date()].append(entry)
    return [StripDay(on, tuple(by_day.get(on, ())), is_today=on == today) for on in days]


class SlotState(models.TextChoices):
    """What a slot is at this moment, in one word for the calendar."""

    UNSTAFFED = "unstaffed", _("Needs staff")
    FREE = "free", _("Free")
    HELD = "held", _("Held")
    WAITING = "waiting", _("Waiting")
    CONFIRMED = "confirmed", _("Confirmed")
    SHORT = "short", _("Staff missing")
    UNENDED = "unended", _("No ending")
    RUNNING = "running", _("In the studio")
    DONE = "done", _("Recorded")
    CLOSED = "closed", _("Closed")
    UNUSED = "unused", _("Not used")


# How each state looks: a badge kind of the design, which is a colour and an icon. The word says it too.
STATE_KINDS = {
    SlotState.UNSTAFFED: "bad",
    SlotState.FREE: "info",
    SlotState.HELD: "wait",
    SlotState.WAITING: "wait",
    SlotState.CONFIRMED: "ok",
    SlotState.SHORT: "bad",
    SlotState.UNENDED: "bad",
    SlotState.RUNNING: "next",
    SlotState.DONE: "ok",
    SlotState.CLOSED: "idle",
    SlotState.UNUSED: "idle",
}

_STATE_OF_BOOKING = {
    "held": SlotState.HELD,
    "awaiting": SlotState.WAITING,
    "confirmed": SlotState.CONFIRMED,
    "checked_in": SlotState.RUNNING,
    "completed": SlotState.DONE,
}


def state_of(*, is_closed: bool, booking_status: str, is_staffed: bool, is_over: bool) -> SlotState:
    """Return the state of a slot; `booking_status` is "" when nobody has it. What goes wrong shows first."""
    if booking_status:
        state = _STATE_OF_BOOKING[booking_status]
        if state == SlotState.CONFIRMED and is_over:
            return SlotState.UNENDED
        is_short = not is_staffed and not is_over and state != SlotState.DONE
        return SlotState.SHORT if is_short else state
    if is_closed:
        return SlotState.CLOSED
    if is_over:
        return SlotState.UNUSED
    return SlotState.FREE if is_staffed else SlotState.UNSTAFFED
