"""Sweeps over swaps and escalations: what their rules promise, read back from the rows. Empty when all is well."""

from datetime import datetime

from django.db.models import F, OuterRef, Q

from scheduling.event_logs import find_torn
from scheduling.models import (
    Escalation,
    EscalationEvent,
    EscalationStatus,
    ShiftStatus,
    SwapEvent,
    SwapRequest,
    SwapStatus,
)
from scheduling.rota import staff_count


def find_broken_swaps(*, now: datetime) -> list[str]:
    """
    Return the requests and escalations whose log disagrees, or whose shifts or slots do.

    A request that waits is about standing shifts of those who are in it; one that is done
    has ended its shift; an escalation is open while its slot is short. Rule: R-19.
    """
    pending = SwapRequest.objects.pending()
    stray = pending.filter(
        ~Q(shift__status=ShiftStatus.ASSIGNED)
        | Q(wanted__isnull=False) & ~Q(wanted__status=ShiftStatus.ASSIGNED)
    )
    kept = SwapRequest.objects.filter(status=SwapStatus.DONE, shift__status=ShiftStatus.ASSIGNED)
    foreign = pending.exclude(shift__person=F("asker"))
    full = Escalation.objects.filter(status=EscalationStatus.OPEN, slot__ends_at__gt=now).annotate(
        staff=staff_count(slot="slot")
    )
    return [
        *find_torn("swap request", SwapRequest.objects.all(), SwapEvent.objects.filter(swap=OuterRef("pk"))),
        *find_torn(
            "escalation", Escalation.objects.all(), EscalationEvent.objects.filter(escalation=OuterRef("pk"))
        ),
        *(
            f"swap request {pk} is about a shift that does not stand"
            for pk in stray.values_list("pk", flat=True)
        ),
        *(f"swap request {pk} is about somebody else's shift" for pk in foreign.values_list("pk", flat=True)),
        *(f"swap request {pk} is done, its shift stands" for pk in kept.values_list("pk", flat=True)),
        *(
            f"escalation {pk} is open, its slot has its staff"
            for pk in full.filter(staff__gte=F("slot__project__min_staff")).values_list("pk", flat=True)
        ),
    ]
