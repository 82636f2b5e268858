"""The answer to a form for a slot that somebody else has: in a rush, nearly every one. docs/decisions/0025."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.access import PersonRequest
from scheduling import offers
from scheduling.access import get_offered_slot
from scheduling.conditions import slot_taken
from scheduling.form_keys import was_sent_before
from scheduling.offers import Claim, Offer, Place
from scheduling.views.alike import TOKEN, keep, make_mark, render_alike
from scheduling.views.slot_cards import cards_of, nearest_free, place_of

# They stand in a kept page where the slot and the free slots go.
SLOT, ALTERNATIVES = make_mark(), make_mark()


@dataclass(frozen=True)
class LostSlot:
    """What is kept of a slot that somebody has: where it is, and how everybody else sees it."""

    place: Place
    shown: SafeString


def answer_lost(
    request: PersonRequest, *, slot_id: int, now: datetime, is_carried_out: bool = False
) -> HttpResponse | None:
    """
    Return the refusal of a form for a slot that somebody else has, or None.

    It takes no form key and writes nothing; a form that was sent before gets its first answer instead, unless it is
    this one, `is_carried_out` now, that lost the slot on its way. What is shown of the slot is kept while it is in
    the same hands, the page around it is the same for all; the free slots nearest to it are at most a second old.
    """
    claim = offers.claim_on(slot_id, now=now)
    if claim is None or request.user.pk in claim.people:
        return None
    if not is_carried_out and was_sent_before(request):
        return None
    lost = _describe(slot_id, claim=claim, now=now)
    page = render_alike(
        request,
        "scheduling/slot_detail.html",
        lambda: {"refusal": slot_taken().messages[0], "lost": SafeString(SLOT), "alternatives": ALTERNATIVES},
        name="lost-slot",
        parts={SLOT: lost.shown, ALTERNATIVES: nearest_free(lost.place, now=now)},
    )
    return HttpResponse(page, status=409)


def _describe(slot_id: int, *, claim: Claim, now: datetime) -> LostSlot:
    """Return the slot as everybody sees it but those who have it."""

    def describe() -> LostSlot:
        slot = get_offered_slot(slot_id)
        offer = offers.describe_taken(slot, status=claim.status, expires_at=claim.expires_at, now=now)
        return LostSlot(place_of(slot), _show(offer))

    return keep(f"lost-slot:{slot_id}:{claim.booking_id}:{claim.status}", describe)


def _show(offer: Offer) -> SafeString:
    context = lost_context(offer, refusal="") | {"csrf_token": TOKEN}
    return render_to_string("scheduling/_lost_slot.html", context)


def lost_context(offer: Offer, *, refusal: str) -> dict[str, Any]:
    """Return what the page of a slot shows that nobody can take now, but the alternatives; nothing is about a pair."""
    return {"card": cards_of([offer])[0], "slot": offer.slot, "refusal": refusal}
