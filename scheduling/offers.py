"""What a participant is offered: each slot with its state, the next free one, and alternatives to a lost one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.conditions import closes_at, opens_at
from scheduling.models import Booking, BookingStatus, City, Pair, Project, Slot, SlotStatus
from scheduling.rota import staff_counts


class OfferState(TextChoices):
    FREE = "free", _("Free")
    HELD = "held", _("Held")
    FULL = "full", _("Full")
    MINE = "mine", _("Yours")
    UNSTAFFED = "unstaffed", _("Not open for booking")
    EARLY = "early", _("Opens later")
    LATE = "late", _("Booking closed")


@dataclass(frozen=True)
class Offer:
    """A slot as one person sees it. `booking_id` is set when it is theirs, `until` when it is held or opens later."""

    slot: Slot
    state: OfferState
    until: datetime | None = None
    booking_id: int | None = None

    @property
    def is_free(self) -> bool:
        return self.state == OfferState.FREE


def find_offers(
    project: Project, *, city: City | None, person: User, from_at: datetime, to_at: datetime, now: datetime
) -> list[Offer]:
    """
    Return the open slots that begin in `[from_at, to_at)`, earliest first, as the person sees them.

    Three queries, whatever the number of slots. Slots that have begun are left out. Rules: R-18 to R-22.
    """
    slots = Slot.objects.filter(
        project=project,
        status=SlotStatus.OPEN,
        booth__is_open=True,
        booth__studio__is_open=True,
        starts_at__gte=max(from_at, now),
        starts_at__lt=to_at,
    ).select_related("project", "booth__studio__city")
    if city is not None:
        slots = slots.filter(booth__studio__city=city)
    return _as_seen(slots.order_by("starts_at", "pk"), person=person, now=now)


def describe_slot(slot: Slot, *, person: User, now: datetime) -> Offer:
    """Return one slot as the person sees it."""
    return _as_seen([slot], person=person, now=now)[0]


def next_offers(
    project: Project,
    *,
    city: City | None,
    person: User,
    now: datetime,
    near: datetime | None = None,
    count: int = 3,
) -> list[Offer]:
    """Return the free slots nearest to `near`, or the next ones, at most `count`."""
    window = timedelta(days=project.booking_opens_days)
    offers = find_offers(project, city=city, person=person, from_at=now, to_at=now + window, now=now)
    free = [offer for offer in offers if offer.is_free]
    if near is not None:
        free.sort(key=lambda offer: abs(offer.slot.starts_at - near))
    return free[:count]


def _as_seen(slots: Iterable[Slot], *, person: User, now: datetime) -> list[Offer]:
    found = list(slots)
    staff = staff_counts(found)
    standing = Booking.objects.standing(now=now).filter(slot__in=found).select_related("pair")
    bookings = {booking.slot_id: booking for booking in standing}
    return [
        _taken(slot, bookings[slot.pk], person=person)
        if slot.pk in bookings
        else _untaken(slot, staff=staff[slot.pk], now=now)
        for slot in found
    ]


def _taken(slot: Slot, booking: Booking, *, person: User) -> Offer:
    """Return the state of a slot that somebody has."""
    if person.pk in (booking.pair.person_a_id, booking.pair.person_b_id):
        return Offer(slot, OfferState.MINE, until=booking.expires_at, booking_id=booking.pk)
    if booking.status == BookingStatus.HELD:
        return Offer(slot, OfferState.HELD, until=booking.expires_at)
    return Offer(slot, OfferState.FULL)


def _untaken(slot: Slot, *, staff: int, now: datetime) -> Offer:
    """Return the state of a slot that nobody has."""
    if slot.status == SlotStatus.CLOSED or now >= closes_at(slot):
        return Offer(slot, OfferState.LATE)
    if now < opens_at(slot):
        return Offer(slot, OfferState.EARLY, until=opens_at(slot))
    if staff < slot.project.min_staff:
        return Offer(slot, OfferState.UNSTAFFED)
    return Offer(slot, OfferState.FREE)


def living_pairs(person: User) -> list[Pair]:
    """Return the person's pairs that may book, the newest first."""
    mine = Q(person_a=person) | Q(person_b=person)
    pairs = Pair.objects.filter(mine, ended_at=None, project__is_open=True)
    return list(
        pairs.select_related("project", "person_a__profile", "person_b__profile").order_by("-made_at", "-pk")
    )


def home_city(person: User, cities: Iterable[City]) -> City | None:
    """Return the city of the list that the person says they live in, or the first one."""
    listed = list(cities)
    lives_in = getattr(getattr(person, "profile", None), "city", "").strip().lower()
    for city in listed:
        if lives_in and lives_in in (city.name.lower(), city.name_zh.lower(), f"{city.name_zh}市"):
            return city
    return listed[0] if listed else None
