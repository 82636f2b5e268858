"""What a participant sees of slots: a card for each, and the free ones nearest to a time."""

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from scheduling import offers
from scheduling.models import City, Project, Slot
from scheduling.offers import Offer, OfferState, Place
from scheduling.views.alike import keep

KINDS = {
    OfferState.FREE: "ok",
    OfferState.HELD: "wait",
    OfferState.FULL: "idle",
    OfferState.MINE: "next",
    OfferState.SEAT: "info",
    OfferState.UNSTAFFED: "idle",
    OfferState.EARLY: "info",
    OfferState.UNRELEASED: "info",
    OfferState.LATE: "idle",
}
# How old the list of free slots may be from which the nearest are chosen.
FREE_KEPT_S = 1
NEAREST = 3


def cards_of(found: list[Offer]) -> list[dict[str, Any]]:
    """Return what a card shows of each offer: its badge, and where it leads, if anywhere."""
    return [
        {
            "slot": offer.slot,
            "state": offer.state,
            "kind": KINDS[offer.state],
            "label": offer.state.label,
            "until": offer.until,
            "is_quiet": offer.state in (OfferState.FULL, OfferState.LATE, OfferState.UNSTAFFED),
            "url": _url(offer),
            "has_line": offer.has_line,
        }
        for offer in found
    ]


def _url(offer: Offer) -> str:
    if offer.state == OfferState.MINE:
        return reverse("scheduling:booking_detail", args=[offer.booking_id])
    if offer.state == OfferState.SEAT:
        return reverse("scheduling:seat_list")
    if offer.state == OfferState.UNRELEASED:
        return reverse("scheduling:release_detail", args=[offer.slot.release_id])
    is_open = offer.is_free or offer.has_line
    return reverse("scheduling:slot_detail", args=[offer.slot.pk]) if is_open else ""


def nearest_free(place: Place, *, now: datetime) -> SafeString:
    """
    Return the part of a page that offers the three free slots nearest to a lost one, in its city.

    In a rush everybody asks for it: which slots are free is asked once a second in each process, and what is
    shown of each and of three of them is kept.
    """
    near = f"{place.project_id}:{place.city_id}"
    free = keep(f"free:{near}", lambda: _free(place, now=now), seconds=FREE_KEPT_S)
    chosen = sorted(free, key=lambda row: (abs(row[0] - place.starts_at), row[1]))[:NEAREST]
    ids = [slot_id for _starts_at, slot_id in chosen]

    def render() -> SafeString:
        cards = [keep(f"free-card:{pk}", partial(_free_card, pk, zone=place.timezone)) for pk in ids]
        return render_to_string("scheduling/_alternatives.html", {"cards": cards})

    return keep(f"nearest:{'-'.join(map(str, ids))}", render)


def _free(place: Place, *, now: datetime) -> list[tuple[datetime, int]]:
    project, city = Project.objects.get(pk=place.project_id), City.objects.get(pk=place.city_id)
    return list(offers.free_slots(project, city=city, now=now).values_list("starts_at", "pk"))


def _free_card(slot_id: int, *, zone: str) -> SafeString:
    slot = Slot.objects.select_related("booth__studio__city").get(pk=slot_id)
    shown = {"card": cards_of([Offer(slot, OfferState.FREE)])[0], "with_day": True}
    with timezone.override(ZoneInfo(zone)):
        return render_to_string("scheduling/_slot_card.html", shown)


def place_of(slot: Slot) -> Place:
    """Return the place of a slot whose booth, studio and city are fetched."""
    city = slot.booth.studio.city
    return Place(slot.project_id, city.pk, city.timezone, slot.starts_at)
