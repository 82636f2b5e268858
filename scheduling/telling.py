"""Telling people what became of their booking: rows of the outbox, each event once. Rules: R-21, R-23, R-25."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from accounts.apart import do_apart
from accounts.models import Channel, Message, User
from accounts.outbox import Kind, channels_of, language_of, post_message
from accounts.sms_parts import cut_to_units
from scheduling.models import Booking, BookingCause, BookingEvent, BookingNews, BookingStatus, Pair, Slot
from scheduling.reminder_plans import quiet_hours_of

# Who has heard nothing for a day has looked at the page.
NEWS_KEPT = timedelta(days=1)
BATCH = 200
TOLD = [
    BookingStatus.AWAITING_PARTNER,
    BookingStatus.CONFIRMED,
    BookingStatus.CANCELLED,
    BookingStatus.EXPIRED,
]
# The news of the move, or of the session, tells these too.
TOLD_OTHERWISE = [BookingCause.MOVED, BookingCause.SESSION_CHANGED]
# The state that the booking must still have when the message leaves.
STATUS_OF = {
    "booking_asked": BookingStatus.AWAITING_PARTNER,
    "booking_move_asked": BookingStatus.AWAITING_PARTNER,
    "booking_confirmed": BookingStatus.CONFIRMED,
    "booking_moved": BookingStatus.CONFIRMED,
    "slot_offered": BookingStatus.HELD,
    "session_reminder": BookingStatus.CONFIRMED,
    "session_incomplete": BookingStatus.CONFIRMED,
}


def find_objection(message: Message, *, now: datetime) -> str:
    """Return why the news is none any more, "" when it is: the booking went on meanwhile."""
    expected = STATUS_OF.get(message.template)
    if expected is None:
        return ""
    is_so = Booking.objects.filter(pk=int(message.params["booking"]), status=expected).exists()
    return "" if is_so else gettext_noop("the booking has changed meanwhile")


def write_start(slot: Slot) -> str:
    """Return day and time of the start in the city's time zone and the language that is active."""
    return write_day(slot.starts_at, ZoneInfo(slot.booth.studio.city.timezone))


def write_day(at: datetime, zone: ZoneInfo | None = None) -> str:
    """Return day and time in the zone and the language that is active."""
    return date_format(timezone.localtime(at, zone), "WEEKDAY_TIME_FORMAT")


LONGEST_DAY = datetime(2026, 12, 31, 12, tzinfo=ZoneInfo("UTC"))
_LABELS = {
    "booking_asked": _("Partner asked for a session"),
    "booking_move_asked": _("Partner asked to move the session"),
    "booking_confirmed": _("Session confirmed"),
    "booking_moved": _("Session moved"),
    "booking_declined": _("Partner said no"),
    "booking_cancelled": _("Session cancelled"),
    "booking_expired": _("No answer in time"),
    "booking_move_off": _("Session stays where it was"),
    "slot_offered": _("Slot offered to the waiting list"),
    "session_reminder": _("Reminder of a session"),
    "session_incomplete": _("Managers: session incomplete, nobody reminded"),
}
# What a studio's name and address take at most, in the units of an SMS.
STUDIO_UNITS, ADDRESS_UNITS = 80, 200
LAST_KEY = 2**63 - 1


def _link_to(booking_id: int, *, page: str = "scheduling:booking_detail") -> str:
    return settings.SITE_URL.rstrip("/") + reverse(page, args=[booking_id])


def _page_of(template: str) -> str:
    """Return the page that the link of a message leads to: managers see a booking at their desk."""
    return f"scheduling:{'booking_manage' if template == 'session_incomplete' else 'booking_detail'}"


KINDS = [
    Kind(
        template=template,
        label=label,
        channels=(Channel.SMS, Channel.EMAIL),
        longest={
            "day": lazy(write_day, str)(LONGEST_DAY),
            "studio": "字" * STUDIO_UNITS,
            "address": "字" * ADDRESS_UNITS,
            "until": lazy(write_day, str)(LONGEST_DAY),
            "link": lazy(_link_to, str)(LAST_KEY, page=_page_of(template)),
        },
        examples={
            "studio": _("Studio"),
            "address": _("Address"),
            "until": lazy(write_day, str)(LONGEST_DAY),
            "link": lazy(_link_to, str)(1, page=_page_of(template)),
        },
        needs=("day",),
        check=find_objection,
    )
    for template, label in _LABELS.items()
]


def params_of(booking: Booking, *, person: User, template: str) -> dict[str, str]:
    """
    Return what a message of a booking can be filled with, in the person's language.

    Nothing is longer than the `longest` of its kind: what a manager's text was judged by holds.
    """
    slot = booking.slot
    zone = ZoneInfo(slot.booth.studio.city.timezone)
    with override(language_of(person)):
        return {
            "booking": str(booking.pk),
            "day": write_start(slot),
            "studio": cut_to_units(slot.booth.studio.name, units=STUDIO_UNITS),
            "address": cut_to_units(slot.booth.studio.address, units=ADDRESS_UNITS),
            "until": write_day(booking.expires_at or slot.starts_at, zone),
            "link": _link_to(booking.pk, page=_page_of(template)),
        }


def tell_bookings(*, now: datetime) -> int:
    """
    Write the news of bookings that was not told yet into the outbox; return of how many events. Run each minute.

    Each event is marked in the transaction that writes its messages: two workers tell
    it once, and one that is killed tells nothing or all. Rules: R-21, R-23, R-25.
    """
    is_told = Q(new__in=TOLD) | Q(new=BookingStatus.HELD, booking__waiting_entry__isnull=False)
    untold = BookingEvent.objects.filter(is_told, news=None, at__gt=now - NEWS_KEPT, at__lte=now)
    keys = list(untold.order_by("pk").values_list("pk", flat=True)[:BATCH])
    told = (do_apart(partial(_tell_event, pk, now=now), what=f"the news of event {pk}") for pk in keys)
    return sum(map(bool, told))


@transaction.atomic
def _tell_event(event_id: int, *, now: datetime) -> bool:
    """Write the news of one event. Return False when another worker was faster."""
    _mark, is_new = BookingNews.objects.get_or_create(event_id=event_id, defaults={"told_at": now})
    if not is_new:
        return False
    event = BookingEvent.objects.select_related(
        "by",
        "booking__project",
        "booking__pair__person_a",
        "booking__pair__person_b",
        "booking__slot__project",
        "booking__slot__booth__studio__city",
        "booking__moved_from",
    ).get(pk=event_id)
    news = _news_of(event)
    if news is None:
        return True
    booking = event.booking
    for person in news.people:
        post_news(
            booking,
            person=person,
            template=news.template,
            key=f"booking-event:{event.pk}:{person.pk}",
            now=now,
            expires_at=news.until,
        )
    return True


def post_news(
    booking: Booking, *, person: User, template: str, key: str, now: datetime, expires_at: datetime
) -> None:
    """Write news of the booking for a person into the outbox, on each of their channels, each once."""
    params = params_of(booking, person=person, template=template)
    for channel in channels_of(person):
        post_message(
            person,
            channel=channel,
            template=template,
            key=f"{key}:{channel}",
            params=params,
            now=now,
            expires_at=expires_at,
            quiet=quiet_hours_of(booking.slot),
        )


@dataclass(frozen=True)
class _News:
    template: str
    people: list[User]
    until: datetime


def _news_of(event: BookingEvent) -> _News | None:
    """Return what is told of the event, and to whom; None when nobody needs to hear of it."""
    write = {
        BookingStatus.HELD: _news_of_offer,
        BookingStatus.AWAITING_PARTNER: _news_of_question,
        BookingStatus.CONFIRMED: _news_of_yes,
        BookingStatus.CANCELLED: _news_of_end,
        BookingStatus.EXPIRED: _news_of_end,
    }
    tell: Callable[[BookingEvent], _News | None] = write[BookingStatus(event.new)]
    return tell(event)


def _news_of_offer(event: BookingEvent) -> _News:
    """Both who wait are offered the slot, as long as one of them can take it. Rule: R-24."""
    booking = event.booking
    return _News("slot_offered", _others(booking.pair), booking.expires_at or booking.slot.starts_at)


def _news_of_question(event: BookingEvent) -> _News | None:
    """The partner is asked, as long as they can answer; a booking that both said yes to at once asks nobody."""
    booking = event.booking
    if booking.status == BookingStatus.CONFIRMED:
        return None
    template = "booking_move_asked" if _is_move(booking) else "booking_asked"
    people = _others(booking.pair, booking.booked_by_id)
    return _News(template, people, booking.expires_at or booking.slot.starts_at)


def _news_of_yes(event: BookingEvent) -> _News:
    """Both hear when and where: it is what they look for on the day."""
    booking = event.booking
    template = "booking_moved" if _is_move(booking) else "booking_confirmed"
    return _News(template, _others(booking.pair), booking.slot.starts_at)


def _news_of_end(event: BookingEvent) -> _News | None:
    """Whoever did not end it hears of it; of a hold nobody, for nobody else knew of it."""
    booking = event.booking
    if event.old == BookingStatus.HELD or event.cause in TOLD_OTHERWISE:
        return None
    people = _others(booking.pair, event.by_id)
    if event.old == BookingStatus.AWAITING_PARTNER and _is_move(booking):
        return _News("booking_move_off", people, event.at + NEWS_KEPT)
    if event.new == BookingStatus.EXPIRED:
        return _News("booking_expired", people, event.at + NEWS_KEPT)
    has_declined = (
        event.old == BookingStatus.AWAITING_PARTNER
        and event.by_id != booking.booked_by_id
        and event.by_id in (booking.pair.person_a_id, booking.pair.person_b_id)
    )
    template = "booking_declined" if has_declined else "booking_cancelled"
    return _News(template, people, max(booking.slot.starts_at, event.at + NEWS_KEPT))


def _is_move(booking: Booking) -> bool:
    """Return whether the booking asks to take, or took, the place of a confirmed one."""
    return booking.moved_from is not None and booking.moved_from.confirmed_at is not None


def _others(pair: Pair, person_id: int | None = None) -> list[User]:
    """Return the people of the pair, without the one given."""
    return [person for person in (pair.person_a, pair.person_b) if person.pk != person_id]
