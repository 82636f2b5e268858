"""Open seats: take a slot alone, see who waits for a partner at which time, join, give back. Rule: R-46."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import seat_offers, seats
from scheduling.access import get_offered_slot, get_open_seat_for, get_seat_of
from scheduling.form_keys import once_per_form_key


@role_required(Role.PARTICIPANT)
@require_safe
def seat_list(request: PersonRequest) -> HttpResponse:
    """Show one's own open seat, and those of others that one can join, with reasons."""
    return _page(request)


def _page(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    """Render the list; after a refusal with its words and 409."""
    now = timezone.now()
    project = seat_offers.choose_project(request.user, slug=request.GET.get("project", ""))
    context = {
        "project": project,
        "refusal": refusal,
        "own": seat_offers.own_seat(request.user),
        "cards": seat_offers.find_seats(request.user, project=project, now=now) if project else [],
    }
    return render(request, "scheduling/seat_list.html", context, status=409 if refusal else 200)


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def seat_take(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a free slot alone."""
    slot = get_offered_slot(pk)
    return _answer(
        request,
        lambda: seats.take_seat(slot.pk, person=request.user, now=timezone.now()),
        done=_("The slot is yours until somebody joins. We tell you as soon as that happens."),
    )


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def seat_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Give one's open seat back."""
    seat = get_seat_of(request.user, pk)
    return _answer(
        request,
        lambda: seats.withdraw_seat(seat, by=request.user, now=timezone.now()),
        done=_("Given back. The slot is free again."),
    )


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def seat_join(request: PersonRequest, pk: int) -> HttpResponse:
    """Join somebody's open seat: the two are a pair, and the session is confirmed."""
    seat = get_open_seat_for(request.user, pk)
    try:
        booking = seats.join_seat(seat, by=request.user, now=timezone.now())
    except ValidationError as refusal:
        return _page(request, refusal=refusal.messages[0])
    messages.success(request, _("Confirmed: you two are a pair and have this time."))
    return redirect("scheduling:booking_detail", booking.pk)


def _answer(request: PersonRequest, rule: Callable[[], object], *, done: str) -> HttpResponse:
    """Carry the rule out and go back to the list; a refusal is shown there."""
    try:
        rule()
    except ValidationError as refusal:
        return _page(request, refusal=refusal.messages[0])
    messages.success(request, done)
    return redirect("scheduling:seat_list")
