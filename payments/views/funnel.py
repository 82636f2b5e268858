"""The managers' funnel: from sign-up to paid."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, Role, role_required
from payments.funnel import Stage, read_stages
from scheduling.models import Project

# Where the rows behind a number are.
ROWS_BEHIND = {
    "sample": ("recordings:sample_list", ""),
    "approved": ("recordings:sample_list", "?status=approved"),
    "booked": ("scheduling:calendar", ""),
    "attended": ("payments:payment_list", ""),
    "paid": ("payments:payment_list", "?status=paid"),
}


@role_required(Role.MANAGER)
@require_safe
def funnel(request: PersonRequest) -> HttpResponse:
    """Draw how many people have come how far, in all or in one project."""
    projects = Project.objects.order_by("name")
    chosen = next((p for p in projects if str(p.pk) == request.GET.get("project")), None)
    stages, counted_at = read_stages(project=chosen, now=timezone.now())
    rows = [(stage, _address(stage)) for stage in stages]
    context = {"rows": rows, "projects": projects, "chosen": chosen, "counted_at": counted_at}
    return render(request, "payments/funnel.html", context)


def _address(stage: Stage) -> str:
    """Return the page with the rows behind a stage; "" while there is none."""
    name, query = ROWS_BEHIND.get(stage.key, ("scheduling:person_list", ""))
    try:
        return reverse(name) + query
    except NoReverseMatch:
        return ""
