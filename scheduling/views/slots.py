"""Managers' pages of slots: one slot with everything about it, and new ones; and which week a page shows."""

from datetime import date, datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import rota_boards, seats, slots, timetable, waiting, weeks
from scheduling.access import get_seat_for_manager, get_slot_for_manager
from scheduling.forms import SlotForm, WeekForm
from scheduling.models import City, Project, ShiftStatus, Slot
from scheduling.views.answers import carry_out


class Week(TypedDict):
    """The week on the page, its neighbours, and what is chosen."""

    days: list[date]
    today: date
    earlier: date
    later: date
    this_week: date
    city: City | None
    project: Project | None


def chosen_week(form: WeekForm, *, now: datetime) -> Week:
    """Return the days, the neighbours and the choices of a week form; this week when none is chosen."""
    chosen = form.cleaned_data if form.is_valid() else {}
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    first = timetable.week_start(chosen.get("week") or today)
    return Week(
        days=timetable.days_from(first),
        today=today,
        earlier=first - timedelta(days=7),
        later=first + timedelta(days=7),
        this_week=timetable.week_start(today),
        city=chosen.get("city"),
        project=chosen.get("project"),
    )


def id_of(chosen: City | Project | None) -> int | None:
    """Return the key of a choice, None when nothing is chosen."""
    return chosen.pk if chosen else None


@role_required(Role.MANAGER)
@require_safe
def slot_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one slot with its booking, rota and history, and what can be done with it."""
    slot, now = get_slot_for_manager(request.user, pk), timezone.now()
    [cell] = weeks.with_cells(Slot.objects.filter(pk=slot.pk), now=now)
    shifts = slot.shifts.filter(status=ShiftStatus.ASSIGNED).select_related("person__profile")
    candidates = rota_boards.candidates_for(slot)
    context = {
        "slot": slot,
        "cell": cell,
        "shifts": shifts.order_by("person__profile__name", "pk"),
        "free_staff": [one for one in candidates if not one.candidate.is_hard and not one.candidate.doubts],
        "doubtful_staff": [one for one in candidates if not one.candidate.is_hard and one.candidate.doubts],
        "taken_staff": [one for one in candidates if one.candidate.is_hard],
        "is_over": slot.ends_at <= now,
        "may_open": slot.starts_at > now,
        "history": weeks.history_of(slot),
        "line": waiting.places_in([slot.pk]).get(slot.pk, []),
        "seat": slot.seats.standing().select_related("person__profile").first(),
    }
    return render(request, "scheduling/slot_edit.html", context)


@role_required(Role.MANAGER)
@require_POST
def slot_close(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a slot off the market."""
    slot = get_slot_for_manager(request.user, pk)
    reason = request.POST.get("reason", "")[:300]
    carry_out(
        request,
        lambda: slots.close_slot(slot, by=request.user, now=timezone.now(), reason=reason),
        done=_("The slot is closed and its staff are free."),
    )
    return redirect("scheduling:slot_edit", pk)


@role_required(Role.MANAGER)
@require_POST
def seat_take_back(request: PersonRequest, pk: int, seat_pk: int) -> HttpResponse:
    """Take a slot back from the person who took it alone."""
    seat = get_seat_for_manager(request.user, seat_pk, slot_id=pk)
    reason = request.POST.get("reason", "")[:300]
    carry_out(
        request,
        lambda: seats.take_back_seat(seat, by=request.user, now=timezone.now(), reason=reason),
        done=_("The slot is taken back. Its person is told."),
    )
    return redirect("scheduling:slot_edit", pk)


@role_required(Role.MANAGER)
@require_POST
def slot_open(request: PersonRequest, pk: int) -> HttpResponse:
    """Offer a closed slot again."""
    slot = get_slot_for_manager(request.user, pk)
    reason = request.POST.get("reason", "")[:300]
    carry_out(
        request,
        lambda: slots.open_slot(slot, by=request.user, now=timezone.now(), reason=reason),
        done=_("The slot is open. Put staff on its rota."),
    )
    return redirect("scheduling:slot_edit", pk)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def slot_new(request: PersonRequest) -> HttpResponse:
    """Make one slot by hand, outside of the weekly templates."""
    form = SlotForm(
        request.POST or None, initial={"on": request.GET.get("on"), "booth": request.GET.get("booth")}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            slot = slots.add_slot(
                data["project"],
                booth=data["booth"],
                starts_at=form.starts_at(),
                by=request.user,
                now=timezone.now(),
            )
            return redirect("scheduling:slot_edit", slot.pk)
        except ValidationError as refusal:
            form.add_error(None, refusal)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "scheduling/slot_new.html", {"form": form}, status=status)
