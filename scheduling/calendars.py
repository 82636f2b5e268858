"""What calendars show: one booking with its moves under one UID, and the shifts of one member of staff."""

from datetime import datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.outbox import language_of
from scheduling.calendar_files import CalendarEntry, make_feed, make_file
from scheduling.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    Shift,
    ShiftEvent,
    ShiftStatus,
    Slot,
    SlotEvent,
)
from scheduling.models.booking import LIVE_STATUSES, PASSING_STATUSES

# A month back, for who counts their hours; a year ahead is more than anybody plans.
FEED_PAST = timedelta(days=31)
FEED_AHEAD = timedelta(days=365)
CERTAIN = [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED]


def booking_file(booking: Booking) -> bytes:
    """
    Return the session as a calendar file in the language that is active, as it stands now.

    A booking and all it was moved from and to share one UID. The SEQUENCE is the number
    of their events, so that each file replaces every earlier one. Rule: R-23.
    """
    family = _family_of(booking)
    shown = _shown_of(family, booking=booking)
    events = BookingEvent.objects.filter(booking__in=family).aggregate(count=Count("pk"), last=Max("at"))
    slot, studio = shown.slot, shown.slot.booth.studio
    entry = CalendarEntry(
        uid=_uid(f"booking-{family[0].pk}"),
        sequence=events["count"],
        status=_status_of(shown),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        summary=_("Recording session"),
        location=f"{studio.name}, {studio.address}",
        description=studio.directions,
        url=_address("scheduling:booking_detail", shown.pk),
        changed_at=events["last"] or shown.made_at,
    )
    return make_file(entry, organizer=parseaddr(settings.EMAIL_FROM)[1])


def _family_of(booking: Booking) -> list[Booking]:
    """Return the first booking and all that it was moved to, by generations; a query for each."""
    bookings = Booking.objects.select_related("slot__booth__studio")
    first = booking
    while first.moved_from_id is not None:
        first = bookings.get(pk=first.moved_from_id)
    family = generation = [first]
    while generation:
        generation = list(bookings.filter(moved_from__in=generation).order_by("pk"))
        family = [*family, *generation]
    return family


def _shown_of(family: list[Booking], *, booking: Booking) -> Booking:
    """Return the one that stands; of those that ended the last that was certain, else the one asked about."""
    for statuses in (CERTAIN, LIVE_STATUSES):
        for one in family:
            if one.status in statuses:
                return one
    were_certain = [(one.confirmed_at, one.pk, one) for one in family if one.confirmed_at is not None]
    return max(were_certain)[2] if were_certain else booking


def _status_of(booking: Booking) -> str:
    if booking.status in CERTAIN:
        return "CONFIRMED"
    return "TENTATIVE" if booking.status in PASSING_STATUSES else "CANCELLED"


def shifts_file(person: User, *, now: datetime) -> bytes:
    """Return the person's shifts as a calendar to follow, in their language, without a word about participants."""
    shifts = _shifts_of(person, now=now)
    with override(language_of(person)):
        return make_feed([_shift_entry(shift) for shift in shifts], name=_("Shifts · Duologue"))


def _shifts_of(person: User, *, now: datetime) -> QuerySet[Shift]:
    """Return the shifts of the feed, with all that an entry needs; one query."""
    logs = [
        ShiftEvent.objects.filter(shift=OuterRef("pk")).values("shift"),
        SlotEvent.objects.filter(slot=OuterRef("slot")).values("slot"),
        BookingEvent.objects.filter(booking__slot=OuterRef("slot")).values("booking__slot"),
    ]
    counts = [Coalesce(Subquery(log.annotate(n=Count("pk")).values("n")), 0) for log in logs]
    lasts = [Subquery(log.annotate(last=Max("at")).values("last")) for log in logs]
    booked = Booking.objects.filter(slot=OuterRef("slot"), status__in=CERTAIN)
    return (
        Shift.objects.filter(
            person=person,
            status=ShiftStatus.ASSIGNED,
            slot__starts_at__gte=now - FEED_PAST,
            slot__starts_at__lt=now + FEED_AHEAD,
        )
        .select_related("slot__booth__studio__city")
        .annotate(
            sequence=counts[0] + counts[1] + counts[2],
            shift_at=lasts[0],
            slot_at=lasts[1],
            booked_at=lasts[2],
            is_booked=Exists(booked),
        )
        .order_by("slot__starts_at", "pk")
    )


def _shift_entry(shift: Shift) -> CalendarEntry:
    slot: Slot = shift.slot
    studio = slot.booth.studio
    words = _("Session in %(booth)s") if shift.is_booked else _("%(booth)s, not booked yet")  # type: ignore[attr-defined]  # annotated
    moments = [shift.shift_at, shift.slot_at, shift.booked_at]  # type: ignore[attr-defined]  # annotated
    return CalendarEntry(
        uid=_uid(f"shift-{shift.pk}"),
        sequence=shift.sequence,  # type: ignore[attr-defined]  # annotated
        status="CONFIRMED",
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        summary=words % {"booth": slot.booth.name},
        location=f"{studio.name}, {studio.address}",
        description=studio.directions,
        url=_address("scheduling:shift_list"),
        changed_at=max((moment for moment in moments if moment), default=slot.starts_at),
    )


def _uid(name: str) -> str:
    """Return a name that no other site's calendar has, the same whatever address the page was asked under."""
    return f"{name}@{urlsplit(settings.SITE_URL).hostname or 'duologue'}"


def _address(page: str, *arguments: int) -> str:
    return settings.SITE_URL.rstrip("/") + reverse(page, args=arguments)
