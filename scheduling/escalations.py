"""
Escalations: a slot that lost somebody of its staff, told to the managers at once. Rules: R-19, R-25.

Opened and settled in the transaction that changes the rota, under the slot's lock.
`escalation_watch` tells again, and finds what no rule saw.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from scheduling.models import Escalation, EscalationEvent, EscalationStatus, Shift, ShiftStatus, Slot
from scheduling.rota_news import managers, tell

MOVES: dict[str, frozenset[str]] = {
    EscalationStatus.OPEN: frozenset({EscalationStatus.RESOLVED, EscalationStatus.LAPSED}),
    EscalationStatus.RESOLVED: frozenset(),
    EscalationStatus.LAPSED: frozenset(),
}


@transaction.atomic
def open_escalation(
    slot: Slot, *, by: User | None, now: datetime, reason: str, fell_out: Shift | None = None
) -> Escalation:
    """
    Write that the slot lacks staff and tell every manager; a second one who falls out is told too.

    The caller has locked the slot. The page says it whatever the hour; an SMS waits for the
    end of the quiet hours. Rules: R-19, R-25.
    """
    escalation, is_new = Escalation.objects.get_or_create(
        slot=slot, status=EscalationStatus.OPEN, defaults={"opened_at": now, "fell_out": fell_out}
    )
    old = "" if is_new else EscalationStatus.OPEN
    event = EscalationEvent.objects.create(
        escalation=escalation, old=old, new=EscalationStatus.OPEN, by=by, at=now, reason=reason.strip()
    )
    tell_managers(escalation, slot=slot, key=f"event:{event.pk}", now=now, but=by)
    return escalation


def settle_escalation(slot: Slot, *, by: User | None, now: datetime) -> None:
    """Resolve the slot's open escalation when its rota is full again; the caller has locked the slot."""
    escalation = Escalation.objects.filter(slot=slot, status=EscalationStatus.OPEN).first()
    if escalation is not None and count_staff(slot) >= slot.project.min_staff:
        move_escalation(escalation, EscalationStatus.RESOLVED, by=by, now=now)


def lapse_escalation(slot: Slot, *, by: User | None, now: datetime) -> None:
    """End the slot's open escalation: it is closed or over, nobody is needed. The caller has locked the slot."""
    for escalation in Escalation.objects.filter(slot=slot, status=EscalationStatus.OPEN):
        move_escalation(escalation, EscalationStatus.LAPSED, by=by, now=now)


@transaction.atomic
def move_escalation(escalation: Escalation, new: str, *, by: User | None, now: datetime) -> bool:
    """Move the escalation by compare-and-swap, with its event; return False when somebody was faster."""
    old = escalation.status
    if new not in MOVES[old] or not Escalation.objects.filter(pk=escalation.pk, status=old).update(
        status=new
    ):
        return False
    escalation.status = new
    EscalationEvent.objects.create(escalation=escalation, old=old, new=new, by=by, at=now)
    return True


def count_staff(slot: Slot) -> int:
    """Return how many people are on the slot's rota now."""
    return Shift.objects.filter(slot=slot, status=ShiftStatus.ASSIGNED).count()


def tell_managers(
    escalation: Escalation, *, slot: Slot, key: str, now: datetime, but: User | None = None
) -> None:
    """Tell every manager but the one who knows, each once for each `key`."""
    tell(
        [manager for manager in managers() if manager != but],
        template="staff_missing",
        slot=slot,
        key=f"{escalation.pk}:{key}",
        params={
            "escalation": str(escalation.pk),
            "have": str(count_staff(slot)),
            "need": str(slot.project.min_staff),
        },
        now=now,
        expires_at=slot.ends_at,
    )
