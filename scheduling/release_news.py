"""Telling pairs what becomes of the draw they are in: rows of the outbox, each news once. Rules: R-25, R-45."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from accounts.apart import do_apart
from accounts.models import Channel, Message, User
from accounts.outbox import Kind, QuietHours, channels_of, language_of, post_message
from scheduling.models import BookingStatus, Release, ReleaseStatus, Ticket, TicketStatus
from scheduling.telling import LONGEST_DAY, write_start

# Who has heard nothing for two days has looked at the page.
NEWS_KEPT = timedelta(days=2)
BATCH = 200


def find_objection(message: Message, *, now: datetime) -> str:
    """Return why the news is none any more, "" when it is."""
    ticket = Ticket.objects.select_related("release", "booking").get(pk=int(message.params["ticket"]))
    if message.template == "release_moved":
        is_so = ticket.status == TicketStatus.ENTERED and ticket.release.status == ReleaseStatus.PLANNED
        return "" if is_so else gettext_noop("the draw is over or the ticket was taken out")
    if message.template == "ticket_won":
        is_so = ticket.booking is not None and ticket.booking.status == BookingStatus.AWAITING_PARTNER
        return "" if is_so else gettext_noop("the booking has changed meanwhile")
    return ""


def _write_moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "WEEKDAY_TIME_FORMAT")


_LABELS = {
    "ticket_won": _("A slot drawn, the partner's yes is missing"),
    "ticket_unlucky": _("No slot in the draw"),
    "release_moved": _("Release moment changed"),
    "release_cancelled": _("Release cancelled, no draw"),
}
KINDS = [
    Kind(
        template=template,
        label=label,
        channels=(Channel.SMS, Channel.EMAIL),
        longest={
            "day": lazy(_write_moment, str)(LONGEST_DAY),
            "place": "1000",
            "count": "1000",
            "link": "https://…",
        },
        check=find_objection,
    )
    for template, label in _LABELS.items()
]


def tell_tickets(*, now: datetime) -> int:
    """
    Write the news of tickets that was not told yet into the outbox; return of how many. Run each minute.

    The ticket is marked in the transaction that writes its messages: two workers tell it once,
    and one that is killed tells nothing or all. Rules: R-25, R-45.
    """
    ended = Ticket.objects.filter(
        status__in=[TicketStatus.WON, TicketStatus.UNLUCKY, TicketStatus.VOID], told_at=None
    )
    moved = Ticket.objects.filter(status=TicketStatus.ENTERED, release__status=ReleaseStatus.PLANNED).exclude(
        told_opens_at=F("release__opens_at")
    )
    rows = [(pk, _tell_end) for pk in ended.order_by("pk").values_list("pk", flat=True)[:BATCH]]
    rows += [(pk, _tell_moment) for pk in moved.order_by("pk").values_list("pk", flat=True)[:BATCH]]
    told = (do_apart(partial(tell, pk, now=now), what=f"the news of ticket {pk}") for pk, tell in rows)
    return sum(map(bool, told))


def _read(ticket_id: int) -> Ticket:
    rows = Ticket.objects.select_related(
        "release__project",
        "pair__person_a",
        "pair__person_b",
        "entered_by",
        "booking__slot__project",
        "booking__slot__booth__studio__city",
    )
    return rows.get(pk=ticket_id)


@transaction.atomic
def _tell_end(ticket_id: int, *, now: datetime) -> bool:
    """Write the news of a ticket that is decided. Return False when another worker was faster."""
    if not Ticket.objects.filter(pk=ticket_id, told_at=None).update(told_at=now):
        return False
    ticket = _read(ticket_id)
    both = [ticket.pair.person_a, ticket.pair.person_b]
    if ticket.status == TicketStatus.UNLUCKY:
        _post(ticket, both, template="ticket_unlucky", key="end", now=now, day=_moment_of(ticket.release))
    elif ticket.status == TicketStatus.VOID:
        _post(ticket, both, template="release_cancelled", key="end", now=now, day=_moment_of(ticket.release))
    elif ticket.booking is not None and ticket.signed_by is None:
        # The partner hears the question itself; two who had agreed hear that the session is confirmed.
        slot = ticket.booking.slot
        _post(
            ticket,
            [ticket.entered_by],
            template="ticket_won",
            key="end",
            now=now,
            day=lambda: write_start(slot),
        )
    return True


@transaction.atomic
def _tell_moment(ticket_id: int, *, now: datetime) -> bool:
    """Write that the moment has changed. Return False when another worker was faster."""
    ticket = _read(ticket_id)
    opens_at = ticket.release.opens_at
    rows = Ticket.objects.filter(pk=ticket_id, told_opens_at=ticket.told_opens_at)
    if not rows.update(told_opens_at=opens_at):
        return False
    both = [ticket.pair.person_a, ticket.pair.person_b]
    key = f"moment:{int(opens_at.timestamp())}:{int(now.timestamp())}"
    _post(
        ticket,
        both,
        template="release_moved",
        key=key,
        now=now,
        day=_moment_of(ticket.release),
        until=opens_at,
    )
    return True


def _moment_of(release: Release) -> Callable[[], str]:
    return lambda: _write_moment(release.opens_at)


def _post(
    ticket: Ticket,
    people: list[User],
    *,
    template: str,
    key: str,
    now: datetime,
    day: Callable[[], str],
    until: datetime | None = None,
) -> None:
    """Write the news for the people, each in their language, on each of their channels."""
    project = ticket.release.project
    count = ticket.release.tickets.filter(place__isnull=False).count()
    address = settings.SITE_URL.rstrip("/") + reverse("scheduling:release_detail", args=[ticket.release_id])
    for person in people:
        with override(language_of(person)):
            written = day()
        for channel in channels_of(person):
            post_message(
                person,
                channel=channel,
                template=template,
                key=f"ticket:{ticket.pk}:{key}:{person.pk}:{channel}",
                params={
                    "ticket": str(ticket.pk),
                    "day": written,
                    "place": str(ticket.place or 0),
                    "count": str(count),
                    "link": address,
                },
                now=now,
                expires_at=until or now + NEWS_KEPT,
                quiet=QuietHours(project.quiet_from_hour, project.quiet_to_hour),
            )
