"""Days of slots: each in its city's own time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from scheduling.models import Slot

# No place on earth is further from UTC: a week of local days lies within the week widened by this.
FURTHEST_ZONE = timedelta(hours=14)


def slots_within(days: Sequence[date]) -> Q:
    """Return the condition of slots that may begin from the first of the days to the last, wherever they are."""
    first, last = (datetime.combine(on, time(), tzinfo=UTC) for on in (days[0], days[-1]))
    return Q(starts_at__gte=first - FURTHEST_ZONE, starts_at__lt=last + timedelta(days=1) + FURTHEST_ZONE)


def local_day(slot: Slot) -> date:
    """Return the day on which the slot begins in its city; `booth__studio__city` should be fetched already."""
    return slot.starts_at.astimezone(ZoneInfo(slot.booth.studio.city.timezone)).date()


def ticked_by_day(slots: Iterable[tuple[Slot, bool]]) -> list[tuple[date, list[tuple[Slot, bool]]]]:
    """Return the slots with their ticks day by day, each in its city's own time."""
    days: dict[date, list[tuple[Slot, bool]]] = {}
    for slot, is_ticked in slots:
        days.setdefault(local_day(slot), []).append((slot, is_ticked))
    return sorted(days.items())
