"""Managers' pages of the weekly templates: list, make, and their exceptions. Rule: R-18."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import slots, weekly
from scheduling.access import get_exception_for_manager, get_template_for_manager
from scheduling.forms import TemplateForm
from scheduling.models import Project, SlotTemplate
from scheduling.slot_forms import LeaveOutForm, OneOffForm, PublishForm
from scheduling.views.answers import carry_out

TEMPLATES_A_PAGE = 50
DAYS_OFFERED = 13


@role_required(Role.MANAGER)
@require_safe
def template_list(request: PersonRequest) -> HttpResponse:
    """Show the weekly templates, those that ended apart, and the form that publishes them."""
    today, is_past = _today(), "past" in request.GET
    over = Q(valid_to__lt=today)
    found = (
        SlotTemplate.objects.filter(over if is_past else ~over)
        .select_related("project", "booth__studio__city")
        .annotate(exception_count=Count("exceptions", filter=Q(exceptions__on__gte=today)))
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
        now=timezone.now(),
    )


def _made_words(count: int) -> str:
    words = ngettext(
        "%(count)d weekly template is made. Publish it below.",
        "%(count)d weekly templates are made. Publish them below.",
        count,
    )
    return words % {"count": count}


@role_required(Role.MANAGER)
@require_safe
def template_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one weekly template with the days on which it does something else."""
    return _page(request, get_template_for_manager(request.user, pk))


def _page(
    request: PersonRequest,
    template: SlotTemplate,
    *,
    leave_out_form: forms.Form | None = None,
    one_off_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    today = _today()
    exceptions = template.exceptions.filter(on__gte=today).select_related("made_by__profile")
    context = {
        "template": template,
        "exceptions": exceptions,
        "is_over": template.valid_to is not None and template.valid_to < today,
        "leave_out_form": leave_out_form or LeaveOutForm(prefix="out"),
        "one_off_form": one_off_form or OneOffForm(prefix="off"),
    }
    return render(request, "scheduling/template_edit.html", context, status=status)


@role_required(Role.MANAGER)
@require_POST
def template_leave_out(request: PersonRequest, pk: int) -> HttpResponse:
    """Leave one day of a weekly template out."""
    template, form = get_template_for_manager(request.user, pk), LeaveOutForm(request.POST, prefix="out")
    if form.is_valid():
        try:
            weekly.leave_out(template, **form.cleaned_data, by=request.user, now=timezone.now())
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The template makes no slot on that day."))
            return redirect("scheduling:template_edit", pk)
    return _page(request, template, leave_out_form=form, status=422)


@role_required(Role.MANAGER)
@require_POST
def template_one_off(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a weekly template make a slot at another time on one day."""
    template, form = get_template_for_manager(request.user, pk), OneOffForm(request.POST, prefix="off")
    if form.is_valid():
        try:
            weekly.add_one_off(template, **form.cleaned_data, by=request.user, now=timezone.now())
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The time is noted. Publish that day to make the slot."))
            return redirect("scheduling:template_edit", pk)
    return _page(request, template, one_off_form=form, status=422)


@role_required(Role.MANAGER)
@require_POST
def exception_remove(request: PersonRequest, pk: int, exception_pk: int) -> HttpResponse:
    """Let a weekly template do on a day what it does on others."""
    template = get_template_for_manager(request.user, pk)
    exception = get_exception_for_manager(request.user, exception_pk, template=template)
    carry_out(request, lambda: weekly.remove_exception(exception), done=_("The day is as any other again."))
    return redirect("scheduling:template_edit", pk)


def _today() -> date:
    return timezone.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
