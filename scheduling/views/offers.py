"""Finding a slot: the next free one, a strip of seven days, and one slot to hold. Rules: R-18 to R-22."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.models import User
from scheduling import bookings, offers, timetable, waiting
from scheduling.access import get_booking_for, get_offered_slot, get_pair_for
from scheduling.bookings import AlreadyTaken, BookingRefused
from scheduling.conditions import local_date, missing_conditions, missing_of_person
from scheduling.form_keys import once_per_form_key
from scheduling.holds import free_until
from scheduling.models import Booking, City, Pair, Project, Slot
from scheduling.offers import Offer
from scheduling.release_pages import announced_releases
from scheduling.releases import begin_draw
from scheduling.views.lost_slots import answer_lost, lost_context
from scheduling.views.slot_cards import cards_of, nearest_free, place_of

# The figures of the largest key.
LONGEST_KEY = 18
# Where what is missing can be mended, by the refusal's code.
MENDING = {
    "consent_missing": ("accounts:consents", _("To the consents")),
    "too_young": ("accounts:profile", _("To your profile")),
    "not_qualified": ("home", _("See what comes next")),
    "pair_ended": ("scheduling:pair_list", _("To your partners")),
    "blocked": ("scheduling:pair_list", _("To your partners")),
}


@role_required(Role.PARTICIPANT)
@require_safe
def slot_list(request: PersonRequest) -> HttpResponse:
    """Show the next free slot and the week, for the chosen pair and city; or choose a slot to move to."""
    now, move = timezone.now(), _booking_to_move(request)
    pair = move.pair if move else _chosen_pair(request)
    project = pair.project if pair else Project.objects.filter(is_open=True).order_by("pk").first()
    if project is None:
        return render(request, "scheduling/slot_list.html", {"project": None})
    notices = [] if move else announced_releases(project, person=request.user, now=now)
    for notice in notices:
        begin_draw(notice.release, now=now)
    cities = list(City.objects.filter(studios__booths__slots__project=project).distinct().order_by("pk"))
    city = _chosen_city(request, cities, move=move)
    context = {
        "project": project,
        "pair": pair,
        "cities": cities,
        "city": city,
        "move": move,
        "notices": notices,
        "query": f"move={move.pk}" if move else f"pair={pair.pk}" if pair else "",
        "missing": missing_of(pair, person=request.user, on=timezone.localdate(now)),
        "next": cards_of(offers.next_offers(project, city=city, now=now, count=1)),
        **_week(
            project,
            city=city,
            person=request.user,
            from_on=_from_on(request, project=project, now=now),
            now=now,
        ),
    }
    return render(request, "scheduling/slot_list.html", context)


def _booking_to_move(request: PersonRequest) -> Booking | None:
    """Return the booking that the person wants to move, named in the address."""
    wanted = request.GET.get("move", "")
    return get_booking_for(request.user, int(wanted)) if wanted.isdecimal() and len(wanted) < 19 else None


def _chosen_pair(request: PersonRequest) -> Pair | None:
    pairs = offers.living_pairs(request.user)
    wanted = request.POST.get("pair") or request.GET.get("pair", "")
    return next((pair for pair in pairs if str(pair.pk) == wanted), pairs[0] if pairs else None)


def _chosen_city(request: HttpRequest, cities: list[City], *, move: Booking | None) -> City | None:
    wanted = request.GET.get("city") or (move.slot.booth.studio.city.slug if move else "")
    named = next((city for city in cities if city.slug == wanted), None)
    return named or offers.home_city(request.user, cities)  # type: ignore[arg-type]


def _from_on(request: HttpRequest, *, project: Project, now: datetime) -> date:
    """Return the first day of the strip: the one asked for, never one that is past; else the first still bookable."""
    today = timezone.localdate(now)
    first = timezone.localdate(now + timedelta(hours=project.booking_closes_hours))
    try:
        wanted = parse_date(request.GET.get("from", "")) or first
    except ValueError:
        wanted = first
    return min(max(wanted, today), today + timedelta(days=366))


def _week(
    project: Project, *, city: City | None, person: User, from_on: date, now: datetime
) -> dict[str, Any]:
    """Return the strip of seven days with its cards, and the days where the next and the last strip begin."""
    zone = ZoneInfo(city.timezone) if city else timezone.get_default_timezone()
    days = timetable.days_from(from_on)
    from_at = datetime.combine(from_on, time(), tzinfo=zone)
    found = offers.find_offers(
        project, city=city, person=person, from_at=from_at, to_at=from_at + timedelta(days=7), now=now
    )
    today = timezone.localdate(now)
    strip = timetable.day_strip(
        cards_of(found), days=days, today=today, starts_at_of=lambda card: card["slot"].starts_at, zone=zone
    )
    return {
        "zone": zone.key if isinstance(zone, ZoneInfo) else str(zone),
        "strip": strip,
        "earlier_on": max(today, from_on - timedelta(days=7)) if from_on > today else None,
        "later_on": from_on + timedelta(days=7)
        if from_on + timedelta(days=7) <= today + timedelta(days=project.booking_opens_days)
        else None,
    }


def missing_of(pair: Pair | None, *, person: User, on: date) -> list[dict[str, Any]]:
    """Return what keeps the pair from booking, each with the page where it is mended."""
    if pair is None:
        words = _("You book in twos. Find a partner first.")
        return [{"text": words, "url": reverse("scheduling:pair_list"), "label": _("To your partners")}]
    refusals = missing_conditions(pair, by=person, on=on)
    return [_mended(refusal.messages[0], code=str(refusal.code)) for refusal in refusals]


def _mended(text: str, *, code: str) -> dict[str, Any]:
    name, label = MENDING.get(code, ("scheduling:slot_list", _("Choose another slot")))
    return {"text": text, "url": reverse(name), "label": label}


@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "HEAD", "POST"])
def slot_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one slot, and hold it for the chosen pair."""
    now = timezone.now()
    if request.method == "POST" and (lost := answer_lost(request, slot_id=pk, now=now)):
        return lost
    slot = get_offered_slot(pk)
    if slot.release is not None:
        begin_draw(slot.release, now=now)
    if request.method == "POST":
        return _hold(request, slot=slot, now=now)
    return slot_page(request, offers.describe_slot(slot, person=request.user, now=now), now=now)


@once_per_form_key
def _hold(request: PersonRequest, *, slot: Slot, now: datetime) -> HttpResponse:
    """Hold the slot for the chosen pair, or say why not."""
    move = _booking_to_move(request)
    pair = move.pair if move else _pair_to_hold_for(request)
    try:
        booking = bookings.hold_slot(slot.pk, pair=pair, by=request.user, now=now)
    except (BookingRefused, AlreadyTaken) as error:
        if error.code == "taken" and (
            lost := answer_lost(request, slot_id=slot.pk, now=now, is_carried_out=True)
        ):
            return lost
        offer = offers.describe_slot(slot, person=request.user, now=now)
        return slot_page(request, offer, now=now, refusal=error.messages[0])
    return redirect("scheduling:booking_detail", booking.pk)


def _pair_to_hold_for(request: PersonRequest) -> Pair:
    """Return the pair that the form names, living or not: an ended one is refused in words."""
    pair, wanted = _chosen_pair(request), request.POST.get("pair", "")
    if pair is not None and wanted in ("", str(pair.pk)):
        return pair
    if not wanted.isdecimal() or len(wanted) > LONGEST_KEY:
        raise Http404
    return get_pair_for(request.user, int(wanted))


def slot_page(request: PersonRequest, offer: Offer, *, now: datetime, refusal: str = "") -> HttpResponse:
    """Show the form of a slot that is free, alternatives of one that is not."""
    context = (
        _free_context(request, offer, refusal=refusal)
        if offer.is_free
        else lost_context(offer, refusal=refusal)
        | {"alternatives": nearest_free(place_of(offer.slot), now=now)}
        | _line_context(request, offer)
    )
    return render(request, "scheduling/slot_detail.html", context, status=409 if refusal else 200)


def _line_context(request: PersonRequest, offer: Offer) -> dict[str, Any]:
    """Return the slot's waiting list with the person's own place and their pair of the project, if it has a list."""
    if not offer.has_line:
        return {}
    pairs = offers.living_pairs(request.user)
    mine = [pair for pair in pairs if pair.project_id == offer.slot.project_id]
    return {
        "line": waiting.line_for(offer.slot, person=request.user),
        "move": _booking_to_move(request),
        "pair": mine[0] if mine else None,
    }


def _free_context(request: PersonRequest, offer: Offer, *, refusal: str) -> dict[str, Any]:
    move = _booking_to_move(request)
    pair, on = move.pair if move else _chosen_pair(request), local_date(offer.slot)
    missing = missing_of(pair, person=request.user, on=on)
    return {
        "card": cards_of([offer])[0],
        "slot": offer.slot,
        "refusal": refusal,
        "move": move,
        "pair": pair,
        "pairs": offers.living_pairs(request.user),
        "missing": missing,
        "may_take_alone": not move
        and (not missing or not any(missing_of_person(request.user, project=offer.slot.project, on=on))),
        "free_until": free_until(offer.slot),
    }
