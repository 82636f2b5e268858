"""The rota: for managers a week of staff with its gaps first, for operators their own shifts."""

from collections.abc import Iterable
from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.models import User
from scheduling import escalation_watch, rota, rota_boards, swaps, weeks
from scheduling.access import get_colleague, get_shift_for_manager, get_slot_for_manager
from scheduling.forms import ShiftForm, WeekForm
from scheduling.models import Shift, ShiftStatus, Slot
from scheduling.views.answers import carry_out
from scheduling.views.slots import chosen_week, id_of

PEOPLE_A_PAGE = 25
GAPS_SHOWN = 24


@role_required(Role.MANAGER)
@require_safe
def rota_week(request: PersonRequest) -> HttpResponse:
    """Show where staff is missing this week, then who works when."""
    now = timezone.now()
    form = WeekForm(request.GET or None)
    week = chosen_week(form, now=now)
    city_id = id_of(week["city"])
    people = User.objects.filter(studios__isnull=False, is_active=True).select_related("profile").distinct()
    if city_id:
        people = people.filter(studios__studio__city=city_id)
    page = Paginator(people.order_by("profile__name", "pk"), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    found = weeks.gaps(days=week["days"], city_id=city_id, now=now)
    board = rota_boards.board_days(page.object_list, gaps=found, days=week["days"])
    rows = weeks.staff_weeks(page.object_list, days=week["days"])
    context = {
        "form": form,
        "gaps": found[:GAPS_SHOWN],
        "gap_count": len(found),
        "missing_count": escalation_watch.open_escalations(now=now).count(),
        "booked_gap_count": sum(cell.booking is not None for cell in found),
        "page_obj": page,
        "rows": [(row, list(zip(row.days, board[row.head.pk], strict=True))) for row in rows],
        **week,
    }
    return render(request, "scheduling/rota.html", context)


@role_required(Role.MANAGER)
@require_POST
def shift_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Put somebody on a slot's rota; with a reason in spite of limits and of what they say."""
    slot = get_slot_for_manager(request.user, pk)
    form = ShiftForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a person first."))
        return redirect("scheduling:slot_edit", pk)
    person, on = form.cleaned_data["person"], form.cleaned_data["on"]
    carry_out(
        request,
        lambda: rota.assign_staff(
            slot, person=person, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"]
        ),
        done=_("The rota is changed."),
    )
    if on:
        return redirect("scheduling:rota_day", person.pk, on)
    if request.POST.get("back") == "missing":
        return redirect("scheduling:escalation_list")
    return redirect("scheduling:slot_edit", pk)


@role_required(Role.MANAGER)
@require_safe
def rota_day(request: PersonRequest, person_pk: int, on: date) -> HttpResponse:
    """Show one person's day: the slots of their studios that lack staff, and what stands in the way."""
    person, now = get_colleague(request.user, person_pk), timezone.now()
    context = {"person": person, "on": on, "slots": rota_boards.day_of(person, on=on, now=now)}
    return render(request, "scheduling/rota_day.html", context)


@role_required(Role.MANAGER)
@require_POST
def shift_withdraw(request: PersonRequest, pk: int, shift_pk: int) -> HttpResponse:
    """Take somebody off a slot's rota, and say so when a booked slot has too few then."""
    slot = get_slot_for_manager(request.user, pk)
    shift = get_shift_for_manager(request.user, shift_pk, slot=slot)
    now, reason = timezone.now(), request.POST.get("reason", "")[:300]
    is_done = carry_out(
        request,
        lambda: rota.withdraw_shift(shift, by=request.user, now=now, reason=reason),
        done=_("The rota is changed."),
    )
    if is_done and rota.understaffed(now=now).filter(pk=slot.pk).exists():
        messages.warning(request, _("This slot is booked and now lacks staff. Put somebody else on it."))
    return redirect("scheduling:slot_edit", pk)


@role_required(Role.OPERATOR)
@require_safe
def shift_list(request: PersonRequest) -> HttpResponse:
    """Show an operator the shifts to come, or with `past` those that were."""
    now, is_past = timezone.now(), "past" in request.GET
    shifts = Shift.objects.filter(person=request.user, status=ShiftStatus.ASSIGNED)
    if is_past:
        shifts = shifts.filter(slot__ends_at__lte=now).order_by("-slot__starts_at")
    else:
        shifts = shifts.filter(slot__ends_at__gt=now).order_by("slot__starts_at")
    page = Paginator(shifts, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    cells = sorted(
        weeks.with_cells(_slots_of(page.object_list), now=now),
        key=lambda cell: cell.slot.starts_at,
        reverse=is_past,
    )
    pks = {shift.slot_id: shift.pk for shift in page.object_list}
    context = {
        "page_obj": page,
        "cells": cells,
        "rows": [(pks[cell.slot.pk], cell) for cell in cells],
        "is_past": is_past,
        "swap_count": swaps.swaps_open_to(request.user, now=now).count(),
    }
    return render(request, "scheduling/shift_list.html", context)


def _slots_of(shifts: Iterable[Shift]) -> QuerySet[Slot]:
    return Slot.objects.filter(pk__in=[shift.slot_id for shift in shifts])
