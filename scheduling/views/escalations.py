"""Managers and the slots whose rota is short."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import escalation_watch, shifts
from scheduling.models import Escalation, EscalationStatus
from scheduling.rota import staff_count

SHOWN = 30
SETTLED_SHOWN = 20
OFFERED = 3


@role_required(Role.MANAGER)
@require_safe
def escalation_list(request: PersonRequest) -> HttpResponse:
    """Show the slots that lost staff, with whom to put there by one press, and those that have theirs again."""
    now = timezone.now()
    found = escalation_watch.open_escalations(now=now)
    rows = list(
        found.annotate(staff=staff_count(slot="slot"))
        .select_related("slot__project", "slot__booth__studio__city", "fell_out__person__profile")
        .prefetch_related("events__by__profile")[:SHOWN]
    )
    offers = shifts.replacements_for([row.slot for row in rows], most=OFFERED)
    settled = Escalation.objects.exclude(status=EscalationStatus.OPEN).select_related(
        "slot__booth__studio__city"
    )
    context = {
        "rows": [(row, offers[row.slot_id]) for row in rows],
        "row_count": found.count() if len(rows) == SHOWN else len(rows),
        "settled": settled.order_by("-pk")[:SETTLED_SHOWN],
    }
    return render(request, "scheduling/escalation_list.html", context)
