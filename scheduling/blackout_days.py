"""Which days are blacked out where, and which slots lie in them. Reads only. Rule: R-18."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from scheduling.models import Blackout, Booth, City, Slot, SlotStatus, Studio
from scheduling.slot_days import local_day, slots_within

Place = City | Studio | Booth | None


def find_blackout(booth: Booth, *, on: date) -> Blackout | None:
    """Return the blackout that holds in the booth on the day. One query; `booth.studio` should be fetched already."""
    standing = Blackout.objects.standing().meeting(on, on)
    return next((one for one in standing if one.covers(booth, on=on)), None)


def blackouts_between(days: Iterable[date]) -> list[Blackout]:
    """Return the standing blackouts that meet one of the days, with their places. One query."""
    days = list(days)
    found = Blackout.objects.standing().meeting(days[0], days[-1])
    return list(found.select_related("city", "studio", "booth").order_by("from_on", "pk"))


def in_blackout(city: City, *, from_at: datetime, to_at: datetime) -> Q:
    """Return the condition of the city's slots that begin in a blackout that stands at some time between. One query."""
    zone = ZoneInfo(city.timezone)
    days = [at.astimezone(zone).date() for at in (from_at, to_at)]
    shut = Q(pk__in=[])
    for one in blackouts_between(days):
        begins = datetime.combine(one.from_on, time(), tzinfo=zone)
        ends = datetime.combine(one.to_on + timedelta(days=1), time(), tzinfo=zone)
        shut |= in_place(one.place, prefix="booth__") & Q(starts_at__gte=begins, starts_at__lt=ends)
    return shut


def in_place(place: Place, *, prefix: str = "") -> Q:
    """Return the condition of booths (or, by `prefix`, of what has one) in the place; None is everywhere."""
    if isinstance(place, Booth):
        return Q(**{f"{prefix}pk": place.pk})
    if isinstance(place, Studio):
        return Q(**{f"{prefix}studio": place.pk})
    if isinstance(place, City):
        return Q(**{f"{prefix}studio__city": place.pk})
    return Q()


def slots_of_days(place: Place, *, from_on: date, to_on: date, now: datetime) -> list[Slot]:
    """Return the open slots of the place that are to come and begin on one of the days, in the city's own time."""
    slots: QuerySet[Slot] = Slot.objects.filter(
        in_place(place, prefix="booth__"),
        slots_within([from_on, to_on]),
        status=SlotStatus.OPEN,
        starts_at__gt=now,
    )
    slots = slots.select_related("project", "booth__studio__city").order_by("starts_at", "pk")
    return [slot for slot in slots if from_on <= local_day(slot) <= to_on]
