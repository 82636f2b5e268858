"""Telling somebody that nobody joined their open seat, or that it is lost, and what they can do. Rules: R-25, R-46."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import Channel
from accounts.outbox import Kind, channels_of, language_of, post_message
from scheduling.models import OpenSeat
from scheduling.reminder_plans import quiet_hours_of
from scheduling.telling import write_day, write_start

# Who has not heard for a day has looked at the page.
NEWS_KEPT = timedelta(days=1)
LONGEST_DAY = datetime(2026, 12, 31, 12, tzinfo=UTC)


def _link() -> str:
    return settings.SITE_URL.rstrip("/") + reverse("scheduling:seat_list")


_LABELS = {
    "seat_released": _("Nobody joined an open seat"),
    "seat_lost": _("Open seat ended by the studio"),
}
KINDS = [
    Kind(
        template=template,
        label=label,
        channels=(Channel.SMS, Channel.EMAIL),
        longest={"day": lazy(write_day, str)(LONGEST_DAY), "link": lazy(_link, str)()},
        needs=("day",),
    )
    for template, label in _LABELS.items()
]


def tell_released(seat: OpenSeat, *, now: datetime) -> None:
    """Tell the person that nobody joined, once, in the daytime."""
    _tell(seat, template="seat_released", now=now)


def tell_lost(seat: OpenSeat, *, now: datetime) -> None:
    """Tell the person that nobody can join any more, once, in the daytime; of a closed account nobody."""
    if seat.person.is_active:
        _tell(seat, template="seat_lost", now=now)


def _tell(seat: OpenSeat, *, template: str, now: datetime) -> None:
    with override(language_of(seat.person)):
        day = write_start(seat.slot)
    for channel in channels_of(seat.person):
        post_message(
            seat.person,
            channel=channel,
            template=template,
            key=f"{template}:{seat.pk}:{channel}",
            params={"day": day, "link": _link()},
            now=now,
            expires_at=now + NEWS_KEPT,
            quiet=quiet_hours_of(seat.slot),
        )
