"""Asking a pair to move, by a manager; and the pair's answer in one press. Rule: R-23."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, Role, role_required
from scheduling import move_requests
from scheduling.access import get_booking_for_manager, get_move_request_for, get_move_request_for_manager
from scheduling.form_keys import once_per_form_key
from scheduling.views.answers import carry_out


@role_required(Role.MANAGER)
@require_POST
def move_request_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask the two of a booking to move it."""
    booking = get_booking_for_manager(request.user, pk)
    reason = request.POST.get("reason", "")[:300]
    carry_out(
        request,
        lambda: move_requests.ask_to_move(booking, reason=reason, by=request.user, now=timezone.now()),
        done=_("Both people are asked. Their session stands until they say yes to another time."),
    )
    return redirect("scheduling:booking_manage", pk)


@role_required(Role.MANAGER)
@require_POST
def move_request_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Take back what a pair was asked."""
    asked = get_move_request_for_manager(request.user, pk)
    carry_out(
        request,
        lambda: move_requests.withdraw_request(asked, by=request.user, now=timezone.now()),
        done=_("Taken back. The session stays where it is."),
    )
    return redirect("scheduling:booking_manage", asked.booking_id)


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def move_request_choose(request: PersonRequest, pk: int, slot_pk: int) -> HttpResponse:
    """Take one of the slots that the studio proposes instead of one's session."""
    asked = get_move_request_for(request.user, pk)
    try:
        new = move_requests.choose_option(asked, slot_id=slot_pk, by=request.user, now=timezone.now())
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
        return redirect("scheduling:booking_detail", asked.booking_id)
    messages.success(
        request, _("Your partner is asked now. Until they say yes, your session stays where it was.")
    )
    return redirect("scheduling:booking_detail", new.pk)


@role_required(Role.PARTICIPANT)
@require_POST
def move_request_keep(request: PersonRequest, pk: int) -> HttpResponse:
    """Let the session stay where it is."""
    asked = get_move_request_for(request.user, pk)
    carry_out(
        request,
        lambda: move_requests.keep_time(asked, by=request.user, now=timezone.now()),
        done=_("Your session stays where it is. The studio knows."),
    )
    return redirect("scheduling:booking_detail", asked.booking_id)
