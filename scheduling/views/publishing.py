"""Managers' page that publishes slots: what will be made, day by day, and what stands in its way. Rule: R-18."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import PersonRequest, Role, role_required
from scheduling import plan_days, slots
from scheduling.models import City
from scheduling.plan_days import DayChange, PlanDay
from scheduling.plans import Obstacle, PlannedSlot, plan_slots
from scheduling.public_days import hints_between, unknown_years
from scheduling.slot_forms import PublishForm


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def template_publish(request: PersonRequest) -> HttpResponse:
    """Show what publishing would make; make exactly that when the manager presses, or say what has changed."""
    form, now = PublishForm(request.POST or request.GET), timezone.now()
    if not form.is_valid():
        return _page(request, form, status=422)
    choice = form.choice()
    if request.method == "POST":
        shown = request.POST.get("shown", "")
        try:
            made = slots.publish_slots(**choice, by=request.user, now=now, shown=shown)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            return _page(request, form, status=409, choice=choice, now=now, shown=shown)
        words = ngettext("%(count)d slot is published.", "%(count)d slots are published.", len(made))
        messages.success(request, words % {"count": len(made)})
        return redirect(f"{reverse('scheduling:calendar')}?day={choice['from_on']:%Y-%m-%d}")
    return _page(request, form, status=200, choice=choice, now=now)


def _page(
    request: PersonRequest,
    form: PublishForm,
    *,
    status: int,
    choice: dict[str, Any] | None = None,
    now: datetime | None = None,
    shown: str = "",
) -> HttpResponse:
    """Render the form and, for a choice that can be planned, its preview; `shown` is the one before."""
    context: dict[str, Any] = {"form": form}
    if choice is not None and now is not None:
        try:
            planned = plan_slots(**choice, now=now)
        except ValidationError as refusal:
            if not form.non_field_errors():
                form.add_error(None, refusal)
            status = 422
        else:
            context |= _preview(planned, choice=choice, shown=shown)
    return render(request, "scheduling/template_publish.html", context, status=status)


def _preview(planned: list[PlannedSlot], *, choice: dict[str, Any], shown: str) -> dict[str, Any]:
    days: list[PlanDay] = plan_days.plan_days(planned, project=choice["project"])
    changes: list[DayChange] = plan_days.compare_plans(shown, planned) if shown else []
    cities = {city.pk: city for city in (slot.booth.studio.city for slot in planned)}
    hints = hints_between(choice["from_on"], choice["to_on"], cities=cities.values() or City.objects.all())
    counts = {obstacle: sum(slot.obstacle == obstacle for slot in planned) for obstacle in Obstacle}
    return {
        "has_plan": True,
        "days": [(day, hints.get(day.on)) for day in days],
        "changes": changes,
        "shown": plan_days.print_plan(planned),
        "new_count": sum(not slot.obstacle for slot in planned),
        "exists_count": counts.pop(Obstacle.EXISTS),
        "conflict_count": sum(counts.values()),
        "conflict_counts": [(obstacle.label, count) for obstacle, count in counts.items() if count],
        "unknown_years": unknown_years(hints.values()),
        "needs_staff": any(day.staff_notes for day in days),
    }
