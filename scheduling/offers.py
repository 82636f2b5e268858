"""What a participant is offered: each slot with its state, the next free one, and alternatives to a lost one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.kept_queries import KeptQuery
from accounts.models import User
from scheduling.conditions import closes_at, is_unreleased, opens_at
from scheduling.models import (
    Booking,
    BookingStatus,
    City,
    OpenSeat,
    Pair,
    Project,
    ReleaseStatus,
    Slot,
    SlotStatus,
)
from scheduling.rota import staff_count, staff_counts


class OfferState(TextChoices):
    FREE = "free", _("Free")
    HELD = "held", _("Held")
    FULL = "full", _("Full")
    MINE = "mine", _("Yours")
    SEAT = "seat", _("Partner wanted")
    UNSTAFFED = "unstaffed", _("Not open for booking")
    EARLY = "early", _("Opens later")
    UNRELEASED = "unreleased", _("Opens later")
    LATE = "late", _("Booking closed")


@dataclass(frozen=True)
class Offer:
    """A slot as one person sees it. `booking_id` is set when it is theirs, `until` when it is held or opens later."""

    slot: Slot
    state: OfferState
    until: datetime | None = None
    booking_id: int | None = None
    # Somebody else has it, and it can be booked still: a pair may wait for it. Rule: R-24.
    has_line: bool = False

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
    ).select_related("release", "booth__studio__city")
    if city is not None:
        slots = slots.filter(booth__studio__city=city)
    found = list(slots.order_by("starts_at", "pk"))
    for slot in found:
        slot.project = project  # its many columns are read already
    return _as_seen(found, person=person, now=now)


def describe_slot(slot: Slot, *, person: User, now: datetime) -> Offer:
    """Return one slot as the person sees it."""
    return _as_seen([slot], person=person, now=now)[0]


@dataclass(frozen=True)
class Claim:
    """That somebody has a slot: what a refusal must know of it, in one light row."""

    booking_id: int
    status: str
    expires_at: datetime | None
    people: tuple[int, int]


@dataclass(frozen=True)
class Place:
    """Where and when a slot is: enough to look for others near it."""

    project_id: int
    city_id: int
    timezone: str
    starts_at: datetime


def claim_on(slot_id: int, *, now: datetime) -> Claim | None:
    """Return who has this slot of an open project, or None. One indexed read. Rule: R-20."""
    for booking_id, status, expires_at, *people in CLAIMS(slot_id=slot_id, now=now):
        return Claim(booking_id, status, expires_at, (people[0], people[1]))
    return None


def _claims(*, slot_id: int, now: datetime) -> QuerySet[Booking, Any]:
    standing = Booking.objects.standing(now=now).filter(slot=slot_id, project__is_open=True)
    return standing.values_list("pk", "status", "expires_at", "pair__person_a", "pair__person_b")


CLAIMS = KeptQuery(_claims, slot_id=int, now=datetime)


def next_offers(project: Project, *, city: City | None, now: datetime, count: int) -> list[Offer]:
    """Return the next free slots, at most `count`."""
    found = free_slots(project, city=city, now=now).select_related("project", "booth__studio__city")
    return [Offer(slot, OfferState.FREE) for slot in found.order_by("starts_at", "pk")[:count]]


def free_slots(project: Project, *, city: City | None, now: datetime) -> QuerySet[Slot]:
    """Return the slots of the project that `describe_slot` calls free."""
    taken = Booking.objects.standing(now=now).filter(slot=OuterRef("pk"))
    seat = OpenSeat.objects.standing().filter(slot=OuterRef("pk"))
    slots = Slot.objects.filter(
        ~Exists(taken),
        ~Exists(seat),
        ~unreleased_slots(project, now=now),
        project=project,
        status=SlotStatus.OPEN,
        booth__is_open=True,
        booth__studio__is_open=True,
        starts_at__gt=now + timedelta(hours=project.booking_closes_hours),
        starts_at__lte=now + timedelta(days=project.booking_opens_days),
    ).alias(people=staff_count())
    if city is not None:
        slots = slots.filter(booth__studio__city=city)
    return slots.filter(people__gte=project.min_staff)


def unreleased_slots(project: Project, *, now: datetime) -> Q:
    """Return the condition of the slots that `is_unreleased` names. Rule: R-45."""
    grace = timedelta(minutes=project.release_grace_minutes)
    waiting = [ReleaseStatus.PLANNED, ReleaseStatus.DRAWING]
    return Q(release__isnull=False, release__status__in=waiting, release__opens_at__gt=now - grace)


def _as_seen(slots: Iterable[Slot], *, person: User, now: datetime) -> list[Offer]:
    found = list(slots)
    standing = Booking.objects.standing(now=now).filter(slot__in=found).select_related("pair")
    bookings = {booking.slot_id: booking for booking in standing}
    seats = {seat.slot_id: seat for seat in OpenSeat.objects.standing().filter(slot__in=found)}
    untaken = [slot for slot in found if slot.pk not in bookings]
    staff = staff_counts(untaken) if untaken else {}
    return [
        _taken(slot, bookings[slot.pk], person=person, now=now)
        if slot.pk in bookings
        else _alone(slot, seats[slot.pk], person=person, now=now)
        if slot.pk in seats
        else _untaken(slot, staff=staff[slot.pk], now=now)
        for slot in found
    ]


def _taken(slot: Slot, booking: Booking, *, person: User, now: datetime) -> Offer:
    """Return the state of a slot that somebody has."""
    if person.pk in (booking.pair.person_a_id, booking.pair.person_b_id):
        return Offer(slot, OfferState.MINE, until=booking.expires_at, booking_id=booking.pk)
    return describe_taken(slot, status=booking.status, expires_at=booking.expires_at, now=now)


def describe_taken(slot: Slot, *, status: str, expires_at: datetime | None, now: datetime) -> Offer:
    """Return a slot on which a booking stands, as everybody sees it but the two who have it. No query."""
    has_line = _is_open_for_booking(slot, now=now)
    if status == BookingStatus.HELD:
        return Offer(slot, OfferState.HELD, until=expires_at, has_line=has_line)
    return Offer(slot, OfferState.FULL, has_line=has_line)


def _alone(slot: Slot, seat: OpenSeat, *, person: User, now: datetime) -> Offer:
    """Return the state of a slot that somebody has alone. Rule: R-46."""
    has_line = person.pk != seat.person_id and _is_open_for_booking(slot, now=now)
    return Offer(slot, OfferState.SEAT, until=seat.expires_at, has_line=has_line)


def _is_open_for_booking(slot: Slot, *, now: datetime) -> bool:
    return opens_at(slot) <= now < closes_at(slot)


def _untaken(slot: Slot, *, staff: int, now: datetime) -> Offer:
    """Return the state of a slot that nobody has."""
    if slot.status == SlotStatus.CLOSED or now >= closes_at(slot):
        return Offer(slot, OfferState.LATE)
    if now < opens_at(slot):
        return Offer(slot, OfferState.EARLY, until=opens_at(slot))
    if slot.release is not None and is_unreleased(slot, now=now):
        return Offer(slot, OfferState.UNRELEASED, until=slot.release.opens_at)
    if staff < slot.project.min_staff:
        return Offer(slot, OfferState.UNSTAFFED)
    return Offer(slot, OfferState.FREE)


def living_pairs(person: User) -> list[Pair]:
    """Return the person's pairs that may book, the newest first."""
    return LIVING_PAIRS(person_id=person.pk)


def _living_pairs(*, person_id: int) -> QuerySet[Pair]:
    mine = Q(person_a=person_id) | Q(person_b=person_id)
    pairs = Pair.objects.filter(mine, ended_at=None, project__is_open=True)
    return pairs.select_related("project", "person_a__profile", "person_b__profile").order_by(
        "-made_at", "-pk"
    )


LIVING_PAIRS = KeptQuery(_living_pairs, person_id=int)


def home_city(person: User, cities: Iterable[City]) -> City | None:
    """Return the city of the list that the person says they live in, or the first one."""
    listed = list(cities)
    lives_in = getattr(getattr(person, "profile", None), "city", "").strip().lower()
    for city in listed:
        if lives_in and lives_in in (city.name.lower(), city.name_zh.lower(), f"{city.name_zh}市"):
            return city
    return listed[0] if listed else None
