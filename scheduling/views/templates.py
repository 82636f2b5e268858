"""Managers' page of the weekly templates: make, end, look ahead, publish. Rule: R-18."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import slots
from scheduling.access import get_template_for_manager
from scheduling.forms import EndForm, PublishForm, TemplateForm
from scheduling.models import Project, SlotTemplate
from scheduling.views.answers import carry_out

TEMPLATES_A_PAGE = 50
PLAN_SHOWN = 60
DAYS_OFFERED = 13


@role_required(Role.MANAGER)
@require_safe
def template_list(request: PersonRequest) -> HttpResponse:
    """Show the weekly templates, those that ended apart, and the form that publishes them."""
    today, is_past = _today(), "past" in request.GET
    over = Q(valid_to__lt=today)
    found = SlotTemplate.objects.filter(over if is_past else ~over).select_related(
        "project", "booth__studio__city"
    )
    found = found.order_by(
        "booth__studio__city__name", "booth__studio__name", "booth__name", "booth", "weekday", "starts_time"
    )
    project = Project.objects.filter(is_open=True).order_by("name").first()
    initial = {"project": project, "from_on": today, "to_on": today + timedelta(days=DAYS_OFFERED)}
    context = {
        "page_obj": Paginator(found, TEMPLATES_A_PAGE).get_page(request.GET.get("page")),
        "is_past": is_past,
        "today": today,
        "publish_form": PublishForm(initial=initial),
    }
    return render(request, "scheduling/template_list.html", context)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def template_new(request: PersonRequest) -> HttpResponse:
    """Make weekly templates of one booth: every chosen weekday at every chosen time, all or none."""
    form = TemplateForm(request.POST or None, initial={"valid_from": _today()})
    if request.method == "POST" and form.is_valid():
        try:
            made = _make_templates(form)
            messages.success(request, _made_words(len(made)))
            return redirect("scheduling:template_list")
        except ValidationError as refusal:
            form.add_error(None, refusal)
    status = 422 if form.is_bound else 200
    return render(request, "scheduling/template_new.html", {"form": form}, status=status)


def _make_templates(form: TemplateForm) -> list[SlotTemplate]:
    data = form.cleaned_data
    return slots.create_templates(
        project=data["project"],
        booth=data["booth"],
        times=[(weekday, at) for weekday in data["weekdays"] for at in data["times"]],
        valid_from=data["valid_from"],
        valid_to=data["valid_to"],
    )


def _made_words(count: int) -> str:
    words = ngettext(
        "%(count)d weekly template is made. Publish it below.",
        "%(count)d weekly templates are made. Publish them below.",
        count,
    )
    return words % {"count": count}


@role_required(Role.MANAGER)
@require_POST
def template_end(request: PersonRequest, pk: int) -> HttpResponse:
    """Give a weekly template its last day."""
    template = get_template_for_manager(request.user, pk)
    form = EndForm(request.POST)
    if form.is_valid():
        on = form.cleaned_data["on"]
        carry_out(request, lambda: slots.end_template(template, on=on), done=_("The template ends then."))
    else:
        messages.error(request, _("Choose the last day first."))
    return redirect("scheduling:template_list")


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def template_publish(request: PersonRequest) -> HttpResponse:
    """Show what publishing would make; make it when the manager presses."""
    form, now = PublishForm(request.POST or request.GET), timezone.now()
    plan: list[slots.PlannedSlot] = []
    if form.is_valid():
        try:
            if request.method == "POST":
                made = slots.publish_slots(**form.cleaned_data, by=request.user, now=now)
                words = ngettext("%(count)d slot is published.", "%(count)d slots are published.", len(made))
                messages.success(request, words % {"count": len(made)})
                return redirect("scheduling:calendar")
            plan = slots.plan_slots(**form.cleaned_data, now=now)
        except ValidationError as refusal:
            form.add_error(None, refusal)
    context = {"form": form, **_plan_context(plan)}
    return render(
        request, "scheduling/template_publish.html", context, status=200 if form.is_valid() else 422
    )


def _plan_context(plan: list[slots.PlannedSlot]) -> dict[str, object]:
    new = [planned for planned in plan if not planned.obstacle]
    return {
        "new_count": len(new),
        "exists_count": sum(planned.obstacle == "exists" for planned in plan),
        "overlapping": [planned for planned in plan if planned.obstacle == "overlap"][:PLAN_SHOWN],
        "new": new[:PLAN_SHOWN],
        "hidden_count": max(0, len(new) - PLAN_SHOWN),
    }


def _today() -> date:
    return timezone.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
