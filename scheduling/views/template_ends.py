"""Managers' page that ends or changes a weekly template: first whom it hurts, then the press. Rule: R-18."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import PersonRequest, Role, role_required
from scheduling import plan_changes
from scheduling.access import get_template_for_manager
from scheduling.models import SlotTemplate
from scheduling.slot_forms import EndForm
from scheduling.views.asking import keys_of, tell_of_asking

FREE_SHOWN = 60


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def template_end(request: PersonRequest, pk: int) -> HttpResponse:
    """Show whom the end of a weekly template hurts; end it, or let another time follow, when the manager presses."""
    template, now = get_template_for_manager(request.user, pk), timezone.now()
    if request.method != "POST":
        form = EndForm(request.GET if "on" in request.GET else None)
        return _page(request, template, form, now=now)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _page(request, template, form, now=now)
    try:
        ended = plan_changes.end_template(
            template,
            on=form.cleaned_data["on"],
            reason=form.cleaned_data["reason"],
            instead=form.instead(weekday=template.weekday),
            ask=keys_of(request.POST.getlist("ask")),
            by=request.user,
            now=now,
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return _page(request, template, form, now=now)
    tell_of_asking(request, ended.asked)
    if ended.successor is None:
        messages.success(request, _("The template ends then."))
        return redirect("scheduling:template_list")
    messages.success(request, _("The new time is noted. Publish its days to make the slots."))
    return redirect("scheduling:template_edit", ended.successor.pk)


def _page(request: PersonRequest, template: SlotTemplate, form: EndForm, *, now: datetime) -> HttpResponse:
    """Render the form and, when it can be read, whom the end would concern."""
    context: dict[str, Any] = {"template": template, "form": form, "free_shown": FREE_SHOWN}
    if form.is_bound and form.is_valid():
        try:
            disruption = plan_changes.foresee_end(template, on=form.cleaned_data["on"], now=now)
            context |= {"disruption": disruption, "is_foreseen": True}
        except ValidationError as refusal:
            form.add_error(None, refusal)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "scheduling/template_end.html", context, status=status)
