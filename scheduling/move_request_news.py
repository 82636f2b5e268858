"""Telling a pair that they are asked to move: rows of the outbox, written with the request. Rules: R-23, R-25."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from accounts.models import Channel, Message
from accounts.outbox import Kind, channels_of, language_of, post_message
from scheduling.models import BookingStatus, MoveRequest, MoveRequestStatus, Slot
from scheduling.reminder_plans import quiet_hours_of

LONGEST_DAY = datetime(2026, 12, 31, 12, tzinfo=ZoneInfo("UTC"))
LAST_KEY = 9_999_999


def find_objection(message: Message, *, now: datetime) -> str:
    """Return why nobody is to be asked any more, "" when they are: an answer, or another change of the session."""
    is_so = MoveRequest.objects.filter(
        pk=int(message.params["request"]),
        status=MoveRequestStatus.OPEN,
        expires_at__gt=now,
        booking__status=BookingStatus.CONFIRMED,
    ).exists()
    return "" if is_so else gettext_noop("the request to move is not open any more")


def _write_day(at: datetime, zone: ZoneInfo | None = None) -> str:
    return date_format(timezone.localtime(at, zone), "WEEKDAY_TIME_FORMAT")


def _link_to(booking_id: int) -> str:
    return settings.SITE_URL.rstrip("/") + reverse("scheduling:booking_detail", args=[booking_id])


KINDS = [
    Kind(
        template="move_wanted",
        label=_("The studio asks to move a session"),
        channels=(Channel.SMS, Channel.EMAIL),
        longest={
            "day": lazy(_write_day, str)(LONGEST_DAY),
            "until": lazy(_write_day, str)(LONGEST_DAY),
            "link": lazy(_link_to, str)(LAST_KEY),
        },
        needs=("day",),
        check=find_objection,
    )
]


def tell_asked(request: MoveRequest, *, slot: Slot, now: datetime) -> None:
    """Write to both people, on each of their channels, once."""
    zone, pair = ZoneInfo(slot.booth.studio.city.timezone), request.booking.pair
    for person in (pair.person_a, pair.person_b):
        with override(language_of(person)):
            params = {
                "request": str(request.pk),
                "day": _write_day(slot.starts_at, zone),
                "until": _write_day(request.expires_at, zone),
                "link": _link_to(request.booking_id),
            }
        for channel in channels_of(person):
            post_message(
                person,
                channel=channel,
                template="move_wanted",
                key=f"move-request:{request.pk}:{person.pk}:{channel}",
                params=params,
                now=now,
                expires_at=request.expires_at,
                quiet=quiet_hours_of(slot),
            )
