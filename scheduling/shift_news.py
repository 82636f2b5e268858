"""Telling staff once of all that managers changed in their shifts together. Rules: R-19, R-25."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, Max
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.apart import do_apart
from accounts.models import Channel, Message
from accounts.outbox import Kind, channels_of, post_message
from scheduling.models import ShiftEvent
from scheduling.reminder_plans import quiet_hours_of
from scheduling.rota_news import link_to
from scheduling.swaps import SWAPPED

TEMPLATE = "shifts_changed"
PAGE = "scheduling:shift_list"
KINDS = [
    Kind(
        template=TEMPLATE,
        label=_("Shifts changed by a manager"),
        channels=(Channel.SMS, Channel.EMAIL),
        longest={"link": lazy(link_to, str)(PAGE)},
    )
]

# A manager who plans a week presses often: the message goes when they have rested so long.
RESTS = timedelta(minutes=5)
# What was changed longer ago was told, or nobody needs to hear it any more.
LOOKS_BACK = timedelta(days=1)
BATCH = 500


def tell_shifts(*, now: datetime) -> int:
    """
    Tell those whose shifts somebody else has changed, once for all changes up to then; return how many.

    Run each minute. Swaps have news of their own. Rules: R-19, R-25.
    """
    events = (
        ShiftEvent.objects.filter(at__gt=now - LOOKS_BACK, at__lte=now, shift__slot__starts_at__gt=now)
        .exclude(by=None)
        .exclude(by=F("shift__person"))
        .exclude(reason=SWAPPED)
    )
    lasts = events.order_by().values("shift__person").annotate(last_at=Max("at"), last=Max("pk"))
    rested = lasts.filter(last_at__lte=now - RESTS).order_by("last").values_list("shift__person", "last")
    told = Message.objects.filter(template=TEMPLATE, written_at__gt=now - LOOKS_BACK).values_list(
        "key", flat=True
    )
    known = set(told)
    waiting = [last for person, last in rested if _key_of(person, last) not in known][:BATCH]
    done = (
        do_apart(partial(_tell, last, now=now), what=f"the news of shift event {last}") for last in waiting
    )
    return sum(map(bool, done))


def _key_of(person_id: int, event_id: int) -> str:
    return f"{TEMPLATE}:{person_id}:{event_id}"


@transaction.atomic
def _tell(event_id: int, *, now: datetime) -> bool:
    event = ShiftEvent.objects.select_related(
        "shift__person", "shift__slot__project", "shift__slot__booth__studio__city"
    ).get(pk=event_id)
    person, slot = event.shift.person, event.shift.slot
    key = _key_of(person.pk, event_id)
    told = [
        post_message(
            person,
            channel=channel,
            template=TEMPLATE,
            key=key if channel == Channel.SMS else f"{key}:{channel}",
            params={"link": link_to(PAGE)},
            now=now,
            expires_at=slot.starts_at,
            quiet=quiet_hours_of(slot),
        )
        for channel in channels_of(person)
    ]
    return any(told)
