"""Telling staff of swaps and managers of short rotas: rows of the outbox, written with the news. Rules: R-19, R-25."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from accounts.access import Role
from accounts.models import Channel, Message, User
from accounts.outbox import Kind, channels_of, language_of, post_message
from scheduling.models import Escalation, EscalationStatus, Slot, SwapRequest, SwapStatus
from scheduling.reminder_plans import quiet_hours_of
from scheduling.telling import write_start

LONGEST_DAY = datetime(2026, 12, 31, 12, tzinfo=UTC)
# What a request must still be when the message leaves.
STATUS_OF = {"swap_asked": SwapStatus.OPEN, "swap_agreed": SwapStatus.AGREED}
# Where one does something about it.
PAGE_OF = {
    "swap_asked": "scheduling:swap_list",
    "swap_agreed": "scheduling:swap_desk",
    "swap_done": "scheduling:shift_list",
    "swap_declined": "scheduling:shift_list",
    "staff_missing": "scheduling:escalation_list",
}


def _write_moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "WEEKDAY_TIME_FORMAT")


def link_to(page: str) -> str:
    """Return the full address of a page of this site."""
    return settings.SITE_URL.rstrip("/") + reverse(page)


def find_objection(message: Message, *, now: datetime) -> str:
    """Return why the news is none any more, "" when it is: a request that was settled, a slot that is full again."""
    if message.template == "staff_missing":
        pk = int(message.params["escalation"])
        is_open = Escalation.objects.filter(pk=pk, status=EscalationStatus.OPEN, slot__ends_at__gt=now)
        return "" if is_open.exists() else gettext_noop("the slot has its staff again")
    expected = STATUS_OF.get(message.template)
    if expected is None:
        return ""
    waits = SwapRequest.objects.filter(pk=int(message.params["swap"]), status=expected, expires_at__gt=now)
    return "" if waits.exists() else gettext_noop("the request was settled meanwhile")


_LABELS = {
    "swap_asked": _("Colleague asks to hand a shift on"),
    "swap_agreed": _("Managers: a swap waits for a yes"),
    "swap_done": _("Shift handed on"),
    "swap_declined": _("Nobody takes the shift over"),
    "staff_missing": _("Managers: a slot lacks staff"),
}
# What each can be filled with besides day, studio and link.
_MORE: dict[str, dict[str, str | Promise]] = {"staff_missing": {"have": "1", "need": "2"}}
KINDS = [
    Kind(
        template=template,
        label=label,
        channels=(Channel.SMS, Channel.EMAIL),
        longest={
            "day": lazy(_write_moment, str)(LONGEST_DAY),
            "studio": _("Studio"),
            "link": lazy(link_to, str)(PAGE_OF[template]),
            **_MORE.get(template, {} if template == "swap_declined" else {"name": _("Name")}),
        },
        needs=("day",),
        check=find_objection,
    )
    for template, label in _LABELS.items()
]


def managers() -> Iterable[User]:
    """Return every manager."""
    return User.objects.filter(is_active=True, groups__name=Role.MANAGER).order_by("pk")


def tell(
    people: Iterable[User],
    *,
    template: str,
    slot: Slot,
    key: str,
    params: dict[str, str],
    now: datetime,
    expires_at: datetime,
) -> None:
    """Tell each on each of their channels, once for each `key`, in their language and not in the city's quiet hours."""
    for person in people:
        with override(language_of(person)):
            places = {"day": write_start(slot), "studio": slot.booth.studio.name, **params}
        places["link"], own = link_to(PAGE_OF[template]), f"{template}:{key}:{person.pk}"
        for channel in channels_of(person):
            post_message(
                person,
                channel=channel,
                template=template,
                key=own if channel == Channel.SMS else f"{own}:{channel}",
                params=places,
                now=now,
                expires_at=expires_at,
                quiet=quiet_hours_of(slot),
            )
