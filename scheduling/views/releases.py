"""Participants' pages of a release: the wishes before it, the draw, and what came of it. Rule: R-45."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, Role, role_required
from scheduling import offers, release_pages, releases, tickets
from scheduling.access import get_announced_release, get_ticket_for
from scheduling.draw import lot_of
from scheduling.form_keys import once_per_form_key
from scheduling.models import City, Pair, Release, ReleaseStatus, Ticket, TicketStatus
from scheduling.views.answers import carry_out
from scheduling.views.offers import missing_of
from scheduling.views.slot_cards import nearest_free, place_of

# What kept a pair from each of its wishes was the slots themselves, not the two.
OF_SLOTS = frozenset({"closed", "past", "too_early", "too_late", "unstaffed"})


@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "HEAD", "POST"])
def release_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Show a release, and the wishes, the draw or its outcome; a press of a rank button arranges the wishes unsaved."""
    release, now = get_announced_release(pk), timezone.now()
    releases.begin_draw(release, now=now)
    draft = None
    if request.method == "POST":
        most = release.project.max_wishes
        draft = release_pages.arrange_wishes(_wishes(request), request.POST.get("verb", ""), most=most)
    return _show(request, release, draft=draft, now=now)


def _wishes(request: PersonRequest) -> list[int]:
    """Return the wishes that the form carries, in their order."""
    written = request.POST.getlist("wish")[:100]
    return [int(wish) for wish in written if wish.isdecimal() and len(wish) < 19]


def _show(
    request: PersonRequest, release: Release, *, draft: Sequence[int] | None, now: datetime, refusal: str = ""
) -> HttpResponse:
    ticket = release_pages.tickets_of(request.user, release_ids=[release.pk]).get(release.pk)
    context: dict[str, Any] = {
        "release": release,
        "ticket": ticket,
        "partner": _partner(ticket.pair, request) if ticket else None,
        "refusal": refusal,
        "server_now": now,
    }
    # Whoever waits for the draw asks for nothing of its slots: it is then that everybody looks.
    if release.status == ReleaseStatus.PLANNED:
        context |= _before(request, release, ticket=ticket, draft=draft, now=now)
    elif release.status == ReleaseStatus.OPEN and ticket is not None:
        context |= _after(request, release, ticket=ticket, now=now)
    return render(request, "scheduling/release_detail.html", context, status=409 if refusal else 200)


def _before(
    request: PersonRequest,
    release: Release,
    *,
    ticket: Ticket | None,
    draft: Sequence[int] | None,
    now: datetime,
) -> dict[str, Any]:
    """Return what the page shows before the moment: the ticket, or the form of the wishes."""
    pairs = [pair for pair in offers.living_pairs(request.user) if pair.project_id == release.project_id]
    pair = ticket.pair if ticket and ticket.pair in pairs else _chosen(request, pairs)
    entered = release_pages.wishes_of(ticket) if ticket else []
    wishes = list(draft) if draft is not None else entered
    slots = release_pages.slots_of(release)
    by_id = {slot.pk: slot for slot in slots}
    offered = [slot for slot in slots if release_pages.is_open(slot)]
    cities = sorted({slot.booth.studio.city for slot in offered}, key=lambda city: city.pk)
    city = _chosen_city(request, cities)
    return {
        "slot_count": len(offered),
        "odds": release_pages.odds_of(release),
        "pair": pair,
        "pairs": pairs,
        "missing": missing_of(pair, person=request.user, on=timezone.localdate(now)),
        "is_arranging": draft is not None or ticket is None or "change" in request.GET,
        "entered": [by_id[pk] for pk in entered if pk in by_id],
        "wishes": [by_id[pk] for pk in wishes if pk in by_id],
        "closed": set(slots).difference(offered),
        "is_full": len(wishes) >= release.project.max_wishes,
        "cities": cities,
        "city": city,
        "others": [slot for slot in offered if slot.pk not in wishes and slot.booth.studio.city == city],
    }


def _chosen(request: PersonRequest, pairs: list[Pair]) -> Pair | None:
    wanted = request.POST.get("pair", "")
    return next((pair for pair in pairs if str(pair.pk) == wanted), pairs[0] if pairs else None)


def _chosen_city(request: PersonRequest, cities: list[City]) -> City | None:
    named = next((city for city in cities if city.slug == request.GET.get("city")), None)
    return named or offers.home_city(request.user, cities)


def _partner(pair: Pair, request: PersonRequest) -> Any:
    return pair.person_b if pair.person_a == request.user else pair.person_a


def _after(request: PersonRequest, release: Release, *, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """Return what the page shows after the draw: how it can be checked, and what is free for who got nothing."""
    slots = release_pages.slots_of(release)
    context: dict[str, Any] = {
        "lot": lot_of(ticket.number, seed=release.seed),
        "odds": release_pages.odds_of(release),
    }
    if ticket.status == TicketStatus.WON and ticket.booking is not None:
        by_id = {slot.pk: slot for slot in slots}
        ranks = release_pages.wishes_of(ticket)
        slot = by_id[ticket.booking.slot_id]
        return context | {
            "won": slot,
            "rank": ranks.index(slot.pk) + 1,
            "zone": slot.booth.studio.city.timezone,
        }
    if ticket.status != TicketStatus.UNLUCKY:
        return context
    wished = release_pages.wishes_of(ticket)
    near = next(slot for slot in slots if slot.pk == wished[0])
    city = near.booth.studio.city
    is_own = ticket.why not in OF_SLOTS and ticket.why != "taken"
    return context | {
        "why": "slots" if ticket.why in OF_SLOTS else "own" if is_own else "taken",
        "missing": missing_of(ticket.pair, person=request.user, on=timezone.localdate(now)) if is_own else [],
        "zone": city.timezone,
        "alternatives": nearest_free(place_of(near), now=now),
    }


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def ticket_enter(request: PersonRequest, pk: int) -> HttpResponse:
    """Enter one's pair into the draw with its wishes, or change them."""
    release, now, wishes = get_announced_release(pk), timezone.now(), _wishes(request)
    pairs = [pair for pair in offers.living_pairs(request.user) if pair.project_id == release.project_id]
    pair = _chosen(request, pairs)
    if pair is None:
        raise Http404
    try:
        tickets.enter_ticket(release, pair=pair, slot_ids=wishes, by=request.user, now=now)
    except ValidationError as error:
        return _show(request, release, draft=wishes, now=now, refusal=" ".join(error.messages))
    return redirect("scheduling:release_detail", pk)


@role_required(Role.PARTICIPANT)
@require_POST
def ticket_sign(request: PersonRequest, pk: int) -> HttpResponse:
    """Agree beforehand to what one's partner wishes for."""
    ticket = get_ticket_for(request.user, pk)
    carry_out(
        request,
        lambda: tickets.sign_ticket(ticket, seen=_wishes(request), by=request.user, now=timezone.now()),
        done=_("You have agreed. A slot that you draw is confirmed at once."),
    )
    return redirect("scheduling:release_detail", ticket.release_id)


@role_required(Role.PARTICIPANT)
@require_POST
def ticket_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Take one's pair out of the draw."""
    ticket = get_ticket_for(request.user, pk)
    carry_out(
        request,
        lambda: tickets.withdraw_ticket(ticket, by=request.user, now=timezone.now()),
        done=_("You two are out of the draw. Until the moment you can enter again."),
    )
    return redirect("scheduling:release_detail", ticket.release_id)
