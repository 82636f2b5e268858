"""Managers' pages of a planned release's slots: add some, take one out. Rule: R-45."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, Role, role_required
from scheduling import release_slots, releases
from scheduling.access import get_release_for_manager, get_slot_for_manager
from scheduling.release_forms import SHOWN, CityForm, read_keys
from scheduling.slot_days import ticked_by_day
from scheduling.views.answers import carry_out


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def release_slots_add(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the slots that may open at the moment too, day by day; on POST add those that are ticked."""
    release, now = get_release_for_manager(request.user, pk), timezone.now()
    refusals: list[str] = []
    chosen = read_keys(request.POST.getlist("slots"))
    if request.method == "POST":
        try:
            count = release_slots.add_slots(release, slot_ids=chosen, by=request.user, now=now)
        except ValidationError as refusal:
            refusals = refusal.messages
        else:
            words = ngettext("%(count)d slot is added.", "%(count)d slots are added.", count)
            messages.success(request, words % {"count": count})
            return redirect("scheduling:release_manage", pk)
    form = CityForm(request.POST or request.GET)
    city = form.cleaned_data["city"] if form.is_valid() else None
    found = releases.find_releasable(release.project, opens_at=release.opens_at, now=now, city=city)
    slots = list(found[:SHOWN]) if releases.is_planned(release, now=now) else []
    context = {
        "release": release,
        "form": form,
        "refusals": refusals,
        "is_planned": releases.is_planned(release, now=now),
        "slot_count": len(slots),
        "days": ticked_by_day((slot, slot.pk in chosen) for slot in slots),
    }
    return render(request, "scheduling/release_slots.html", context, status=_status(refusals, chosen))


def _status(refusals: list[str], chosen: list[int]) -> int:
    if not refusals:
        return 200
    return 409 if chosen else 422


@role_required(Role.MANAGER)
@require_POST
def release_slot_out(request: PersonRequest, pk: int, slot_pk: int) -> HttpResponse:
    """Take a slot that nobody wishes for out of a release."""
    release, slot = get_release_for_manager(request.user, pk), get_slot_for_manager(request.user, slot_pk)
    carry_out(
        request,
        lambda: release_slots.take_slot_out(release, slot=slot, by=request.user, now=timezone.now()),
        done=_("The slot is out of the release. It is open like all others."),
    )
    return redirect("scheduling:release_manage", pk)
