"""Managers' pages of blackouts: where and when no slots are made, and whom that hurts. Rule: R-18."""

from datetime import date, datetime
from typing import Any
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
from scheduling import blackouts, plan_changes
from scheduling.access import get_blackout_for_manager
from scheduling.blackout_days import slots_of_days
from scheduling.disruptions import find_disruption
from scheduling.form_keys import once_per_form_key
from scheduling.models import Blackout
from scheduling.slot_forms import BlackoutForm, place_key
from scheduling.views.answers import carry_out
from scheduling.views.asking import keys_of, tell_of_asking

BLACKOUTS_A_PAGE = 50
FREE_SHOWN = 60


@role_required(Role.MANAGER)
@require_safe
def blackout_list(request: PersonRequest) -> HttpResponse:
    """Show the blackouts that stand, the next first; those that are over or lifted apart."""
    is_past = "past" in request.GET
    over = Q(to_on__lt=_today()) | Q(lifted_at__isnull=False)
    found = Blackout.objects.filter(over) if is_past else Blackout.objects.exclude(over)
    found = found.select_related("city", "studio__city", "booth__studio__city", "made_by__profile")
    found = found.order_by("-from_on", "-pk") if is_past else found.order_by("from_on", "pk")
    page = Paginator(found, BLACKOUTS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "is_past": is_past}
    return render(request, "scheduling/blackout_list.html", context)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_form_key
def blackout_new(request: PersonRequest) -> HttpResponse:
    """Show whom a blackout would hurt; declare it when the manager presses."""
    now = timezone.now()
    if request.method == "POST":
        return _declare(request, BlackoutForm(request.POST), now=now)
    form = BlackoutForm(request.GET if "place" in request.GET else None)
    return _new_page(request, form, now=now, status=200)


def _declare(request: PersonRequest, form: BlackoutForm, *, now: datetime) -> HttpResponse:
    if not form.is_valid():
        return _new_page(request, form, now=now, status=422)
    data = dict(form.cleaned_data)
    place = data.pop("place")
    try:
        done, asked = plan_changes.declare_blackout(
            place,
            **data,
            closes_free="close_free" in request.POST,
            ask=keys_of(request.POST.getlist("ask")),
            by=request.user,
            now=now,
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return _new_page(request, form, now=now, status=422)
    words = ngettext(
        "The blackout stands; %(count)d free slot is closed.",
        "The blackout stands; %(count)d free slots are closed.",
        len(done.closed),
    )
    messages.success(request, words % {"count": len(done.closed)})
    tell_of_asking(request, asked)
    return redirect("scheduling:blackout_detail", done.blackout.pk)


def _new_page(request: PersonRequest, form: BlackoutForm, *, now: datetime, status: int) -> HttpResponse:
    """Render the form and, when it can be read, whom the blackout would concern."""
    context: dict[str, Any] = {"form": form, "free_shown": FREE_SHOWN}
    if form.is_bound and form.is_valid():
        place, data = form.cleaned_data["place"], form.cleaned_data
        try:
            disruption = blackouts.foresee_blackout(
                place, from_on=data["from_on"], to_on=data["to_on"], now=now
            )
            context |= {"disruption": disruption, "place_key": place_key(place), "is_foreseen": True}
        except ValidationError as refusal:
            if not form.non_field_errors():
                form.add_error(None, refusal)
    if form.is_bound and not form.is_valid():
        status = 422
    return render(request, "scheduling/blackout_new.html", context, status=status)


@role_required(Role.MANAGER)
@require_safe
def blackout_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Show a blackout, and the open slots that lie in it still: booked ones with their people."""
    blackout, now = get_blackout_for_manager(request.user, pk), timezone.now()
    slots = slots_of_days(blackout.place, from_on=blackout.from_on, to_on=blackout.to_on, now=now)
    context = {
        "blackout": blackout,
        "disruption": find_disruption(slots),
        "free_shown": FREE_SHOWN,
        "stands": blackout.lifted_at is None and blackout.to_on >= _today(),
    }
    return render(request, "scheduling/blackout_detail.html", context)


@role_required(Role.MANAGER)
@require_POST
def blackout_lift(request: PersonRequest, pk: int) -> HttpResponse:
    """Lift a blackout."""
    blackout = get_blackout_for_manager(request.user, pk)
    carry_out(
        request,
        lambda: blackouts.lift_blackout(blackout, by=request.user, now=timezone.now()),
        done=_("The blackout is lifted. Publish the days again, or open the closed slots."),
    )
    return redirect("scheduling:blackout_detail", pk)


@role_required(Role.MANAGER)
@require_POST
def blackout_close(request: PersonRequest, pk: int) -> HttpResponse:
    """Close the free slots that are open still on the days of a blackout."""
    blackout = get_blackout_for_manager(request.user, pk)
    try:
        closed = blackouts.close_free_of(blackout, by=request.user, now=timezone.now())
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        words = ngettext("%(count)d free slot is closed.", "%(count)d free slots are closed.", len(closed))
        messages.success(request, words % {"count": len(closed)})
    return redirect("scheduling:blackout_detail", pk)


def _today() -> date:
    return timezone.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
