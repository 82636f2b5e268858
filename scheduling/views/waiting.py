"""Waiting for a full slot: joining and leaving its list, and a manager's look at it. Rule: R-24."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, Role, role_required
from scheduling import offers, waiting
from scheduling.access import get_offered_slot, get_slot_for_manager, get_waiting_for, get_waiting_for_manager
from scheduling.conditions import BookingRefused
from scheduling.form_keys import once_per_form_key
from scheduling.models import Pair, Slot
from scheduling.views.answers import carry_out
from scheduling.views.offers import slot_page
from scheduling.waiting_moves import WaitingRefused


@role_required(Role.PARTICIPANT)
@require_POST
def waiting_join(request: PersonRequest, pk: int) -> HttpResponse:
    """
    Put one's pair on the waiting list of a full slot.

    It needs no form key: who is on it already stays there, and the page of a lost slot is the same for all.
    """
    slot, now = get_offered_slot(pk), timezone.now()
    pair = _pair_for(request, slot)
    if pair is None:
        messages.info(request, _("You wait in twos. Find a partner first."))
        return redirect("scheduling:pair_list")
    try:
        waiting.join_line(slot.pk, pair=pair, by=request.user, now=now)
    except (WaitingRefused, BookingRefused) as refusal:
        if refusal.code != "already":
            offer = offers.describe_slot(slot, person=request.user, now=now)
            return slot_page(request, offer, now=now, refusal=refusal.messages[0])
    place = waiting.line_for(slot, person=request.user).own
    if place is not None:
        words = _("You two are number %(place)d on the waiting list. We tell you when the slot is free.")
        messages.success(request, words % {"place": place.place})
    return redirect("scheduling:booking_list")


def _pair_for(request: PersonRequest, slot: Slot) -> Pair | None:
    """Return the person's pair that the form names, or their newest one in the slot's project; None without one."""
    pairs = [pair for pair in offers.living_pairs(request.user) if pair.project_id == slot.project_id]
    wanted = request.POST.get("pair", "")
    found = next((pair for pair in pairs if not wanted or str(pair.pk) == wanted), None)
    if wanted and found is None:
        raise Http404
    return found


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def waiting_leave(request: PersonRequest, pk: int) -> HttpResponse:
    """Take one's pair off a waiting list."""
    entry = get_waiting_for(request.user, pk)
    carry_out(
        request,
        lambda: waiting.leave_line(entry, by=request.user, now=timezone.now()),
        done=_("You are off the waiting list."),
    )
    return redirect("scheduling:booking_list")


@role_required(Role.MANAGER)
@require_POST
def waiting_remove(request: PersonRequest, pk: int, entry_pk: int) -> HttpResponse:
    """Take a pair off a slot's waiting list, with a reason."""
    slot = get_slot_for_manager(request.user, pk)
    entry = get_waiting_for_manager(request.user, entry_pk, slot=slot)
    reason = request.POST.get("reason", "")[:300]
    carry_out(
        request,
        lambda: waiting.remove_from_line(entry, by=request.user, now=timezone.now(), reason=reason),
        done=_("The pair is off the waiting list. Both read your reason."),
    )
    return redirect("scheduling:slot_edit", pk)
