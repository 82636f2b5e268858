"""Escalations that nobody opened or settled, and those to be told again. Rules: R-19, R-25."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from accounts.apart import do_apart
from scheduling import rota
from scheduling.escalations import (
    count_staff,
    lapse_escalation,
    open_escalation,
    settle_escalation,
    tell_managers,
)
from scheduling.models import (
    Booking,
    Escalation,
    EscalationEvent,
    EscalationStatus,
    OpenSeat,
    SlotStatus,
)

BATCH = 200
FOUND = gettext_noop("booked with too few staff")


def watch_escalations(*, now: datetime) -> int:
    """
    Bring the escalations up to what is true, and tell again 48 and 24 hours before; return how many changed.

    Run each minute; each slot is looked at under its lock, in a transaction of its own, so that two
    workers tell once. Rules: R-19, R-25.
    """
    changed = 0
    for find, do in ((_unseen, _open), (_settled, _settle), (_to_repeat, _repeat)):
        keys = list(find(now=now)[:BATCH])
        changed += sum(
            bool(do_apart(partial(do, key, now=now), what=f"the rota of slot {key}")) for key in keys
        )
    return changed


def open_escalations(*, now: datetime) -> QuerySet[Escalation]:
    """Return the escalations that managers have to do something about, the nearest first."""
    found = Escalation.objects.filter(status=EscalationStatus.OPEN, slot__ends_at__gt=now)
    is_booked = ExpressionWrapper(_is_booked(now=now), output_field=BooleanField())
    return found.annotate(is_booked=is_booked).order_by("-is_booked", "slot__starts_at", "pk")


def _is_booked(*, now: datetime) -> Q:
    """Return whether somebody comes: a pair, or a person who took the slot alone."""
    pairs = Booking.objects.unfinished(now=now).filter(slot=OuterRef("slot"))
    return Q(Exists(pairs) | Exists(OpenSeat.objects.standing().filter(slot=OuterRef("slot"))))


def _unseen(*, now: datetime) -> QuerySet:
    """Return the booked slots with too few staff of which no escalation is open."""
    opened = Escalation.objects.filter(slot=OuterRef("pk"), status=EscalationStatus.OPEN)
    return rota.understaffed(now=now).filter(~Exists(opened)).values_list("pk", flat=True)


def _settled(*, now: datetime) -> QuerySet:
    """Return the slots of open escalations that have their staff, are closed, or are over."""
    slots = Escalation.objects.filter(status=EscalationStatus.OPEN).annotate(
        staff=rota.staff_count(slot="slot")
    )
    done = Q(staff__gte=F("slot__project__min_staff")) | Q(slot__status=SlotStatus.CLOSED)
    return slots.filter(done | Q(slot__ends_at__lte=now)).order_by("pk").values_list("slot", flat=True)


def _to_repeat(*, now: datetime) -> list[int]:
    """Return the booked slots of open escalations at which one of the project's hours has come since."""
    coming = Escalation.objects.filter(
        _is_booked(now=now), status=EscalationStatus.OPEN, slot__starts_at__gt=now
    )
    rows = coming.select_related("slot__project").order_by("slot__starts_at", "pk")
    return [one.slot_id for one in rows if _due_hours(one, now=now) is not None]


def _due_hours(escalation: Escalation, *, now: datetime) -> int | None:
    """Return the nearest hour before the start that has come and was not told yet; those before it are told with it."""
    slot = escalation.slot
    told = escalation.told_hours
    due = [
        hours
        for hours in slot.project.escalation_hours
        if escalation.opened_at < slot.starts_at - timedelta(hours=hours) <= now
    ]
    return min(due) if due and (told is None or min(due) < told) else None


@transaction.atomic
def _open(slot_id: int, *, now: datetime) -> bool:
    slot = rota.lock_slots([slot_id])[slot_id]
    if not rota.understaffed(now=now).filter(pk=slot_id).exists():
        return False
    if Escalation.objects.filter(slot=slot, status=EscalationStatus.OPEN).exists():
        return False
    open_escalation(slot, by=None, now=now, reason=FOUND)
    return True


@transaction.atomic
def _settle(slot_id: int, *, now: datetime) -> bool:
    slot = rota.lock_slots([slot_id])[slot_id]
    if slot.status == SlotStatus.CLOSED or slot.ends_at <= now:
        lapse_escalation(slot, by=None, now=now)
    else:
        settle_escalation(slot, by=None, now=now)
    return True


@transaction.atomic
def _repeat(slot_id: int, *, now: datetime) -> bool:
    slot = rota.lock_slots([slot_id])[slot_id]
    escalation = (
        Escalation.objects.filter(slot=slot, status=EscalationStatus.OPEN)
        .select_related("slot__project")
        .first()
    )
    if escalation is None or count_staff(slot) >= slot.project.min_staff:
        return False
    hours = _due_hours(escalation, now=now)
    if hours is None:
        return False
    Escalation.objects.filter(pk=escalation.pk).update(told_hours=hours)
    EscalationEvent.objects.create(
        escalation=escalation, old=escalation.status, new=escalation.status, at=now, reason=f"{hours} h"
    )
    tell_managers(escalation, slot=slot, key=f"hours:{hours}", now=now)
    return True
