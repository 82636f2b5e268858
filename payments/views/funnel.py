"""The managers' funnel: from sign-up to paid."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, Role, role_required
from payments.funnel import Stage, count_stages
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
    rows = [(stage, _address(stage)) for stage in count_stages(project=chosen)]
    return render(request, "payments/funnel.html", {"rows": rows, "projects": projects, "chosen": chosen})


def _address(stage: Stage) -> str:
    """Return the page with the rows behind a stage; "" while there is none."""
    name, query = ROWS_BEHIND.get(stage.key, ("scheduling:person_list", ""))
    try:
        return reverse(name) + query
    except NoReverseMatch:
        return ""
