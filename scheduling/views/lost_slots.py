"""The answer to a form for a slot that somebody else has: in a rush, nearly every one. docs/decisions/0025."""

import secrets
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from accounts.access import PersonRequest
from scheduling import offers
from scheduling.access import get_offered_slot
from scheduling.conditions import slot_taken
from scheduling.form_keys import was_sent_before
from scheduling.offers import Offer
from scheduling.views.alike import render_alike
from scheduling.views.slot_cards import cards_of, nearest_free

# Stands in a kept page where the free slots go.
ALTERNATIVES = f"alternatives{secrets.token_hex(16)}"


def answer_lost(request: PersonRequest, *, slot_id: int, now: datetime) -> HttpResponse | None:
    """
    Return the refusal of a form for a slot that somebody else has, or None.

    It takes no form key and writes nothing. The page is kept while the slot is in the
    same hands; the free slots nearest to it are at most a second old.
    """
    claim = offers.claim_on(slot_id, now=now)
    if claim is None or request.user.pk in claim.people or was_sent_before(request):
        return None

    def context() -> dict[str, Any]:
        offer = offers.describe_slot(get_offered_slot(slot_id), person=request.user, now=now)
        return lost_context(offer, refusal=slot_taken().messages[0]) | {"alternatives": ALTERNATIVES}

    name = f"lost-slot:{slot_id}:{claim.booking_id}:{claim.status}"
    page = render_alike(request, "scheduling/slot_detail.html", context, name=name)
    return HttpResponse(page.replace(ALTERNATIVES, nearest_free(claim.place, now=now)), status=409)


def lost_context(offer: Offer, *, refusal: str) -> dict[str, Any]:
    """Return what the page of a slot shows that nobody can take now, but the alternatives; nothing is about a pair."""
    return {"card": cards_of([offer])[0], "slot": offer.slot, "refusal": refusal}
