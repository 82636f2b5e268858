"""A participant's bookings: confirm, answer, move, cancel, and take the time along. Rules: R-20 to R-23."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.models import User
from scheduling import bookings, seat_offers, waiting
from scheduling.access import get_booking_for, get_offered_slot
from scheduling.bookings import has_member
from scheduling.calendars import booking_file
from scheduling.form_keys import once_per_form_key
from scheduling.holds import free_until, is_overdue
from scheduling.models import Booking, BookingCause, BookingStatus
from scheduling.models.booking import UNFINISHED_STATUSES
from scheduling.move_requests import open_requests
from scheduling.offer_answers import refuse_offer
from scheduling.views.slot_cards import nearest_free, place_of

PAGE_SIZE = 20
KINDS = {
    BookingStatus.HELD: "next",
    BookingStatus.AWAITING_PARTNER: "wait",
    BookingStatus.CONFIRMED: "ok",
    BookingStatus.CHECKED_IN: "ok",
    BookingStatus.COMPLETED: "ok",
    BookingStatus.CANCELLED: "bad",
    BookingStatus.EXPIRED: "idle",
    BookingStatus.FAILED: "bad",
}
STEPS = [
    (BookingStatus.HELD, gettext_lazy("Held for you")),
    (BookingStatus.AWAITING_PARTNER, gettext_lazy("Your partner says yes")),
    (BookingStatus.CONFIRMED, gettext_lazy("Confirmed")),
    (BookingStatus.COMPLETED, gettext_lazy("Recorded")),
]
# What the two read when a rule ended it.
CAUSES = {
    BookingCause.MOVED: gettext_lazy("It was moved to another time."),
    BookingCause.DECLINED: gettext_lazy("The answer was no."),
    BookingCause.SESSION_CHANGED: gettext_lazy("The session that was to move was changed itself."),
    BookingCause.NO_SHOW: gettext_lazy("Not both of you came."),
}
ENDED = frozenset({BookingStatus.CANCELLED, BookingStatus.EXPIRED, BookingStatus.FAILED})
SHOWS_PARTNER = frozenset({BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED})


@role_required(Role.PARTICIPANT)
@require_safe
def booking_list(request: PersonRequest) -> HttpResponse:
    """Show the coming bookings, then those that are over."""
    mine = Booking.objects.of(request.user).select_related(
        "slot__booth__studio__city",
        "pair__person_a__profile",
        "pair__person_b__profile",
        "moved_from__slot",
    )
    now = timezone.now()
    coming = mine.filter(status__in=UNFINISHED_STATUSES).order_by("slot__starts_at", "pk")
    over = mine.exclude(status__in=UNFINISHED_STATUSES).order_by("-slot__starts_at", "-pk")
    page = Paginator(over, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "coming": [_summary(booking, person=request.user, now=now) for booking in coming],
        "over": [_summary(booking, person=request.user, now=now) for booking in page],
        "page_obj": page,
        "seat": seat_offers.own_seat(request.user),
        "places": waiting.places_of(request.user),
        "lost_places": waiting.ended_lately(request.user, now=now),
    }
    return render(request, "scheduling/booking_list.html", context)


def _summary(booking: Booking, *, person: User, now: datetime) -> dict[str, Any]:
    """Return what every page shows of a booking; an overdue one is shown as what it is."""
    status = BookingStatus.EXPIRED if is_overdue(booking, now=now) else BookingStatus(booking.status)
    pair, is_a = booking.pair, booking.pair.person_a_id == person.pk
    partner = pair.person_b if is_a else pair.person_a
    name = getattr(getattr(partner, "profile", None), "name", "") if status in SHOWS_PARTNER else ""
    return {
        "booking": booking,
        "slot": booking.slot,
        "status": status,
        "label": status.label,
        "kind": KINDS[status],
        "is_mine": booking.booked_by_id == person.pk,
        "is_a": is_a,
        "partner_name": name or partner.pseudonym,
        "is_asked": status == BookingStatus.AWAITING_PARTNER and booking.booked_by_id != person.pk,
        "is_held": status == BookingStatus.HELD
        and booking.booked_by_id == person.pk
        and not booking.is_offer,
        "is_offer": status == BookingStatus.HELD and booking.is_offer,
        "replaces": booking.replaces,
    }


@role_required(Role.PARTICIPANT)
@require_safe
def booking_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one booking with its steps, its place, and what can be done now."""
    return _page(request, get_booking_for(request.user, pk))


def _page(request: PersonRequest, booking: Booking, *, refusal: str = "") -> HttpResponse:
    """Render the booking; after a refusal with its words and 409."""
    now, slot = timezone.now(), booking.slot
    summary = _summary(booking, person=request.user, now=now)
    is_lost = summary["status"] in (BookingStatus.EXPIRED, BookingStatus.CANCELLED)
    move = booking.moved_to.open_moves().filter(expires_at__gt=now).select_related("slot").first()
    context = summary | {
        "refusal": refusal,
        "steps": _steps(summary["status"]),
        "zone": slot.booth.studio.city.timezone,
        "free_until": free_until(slot),
        "is_late": now > free_until(slot),
        "may_cancel": summary["status"] in (*UNFINISHED_STATUSES[:3],)
        and now < slot.starts_at
        and not summary["is_offer"],
        "may_move": summary["status"] in (*UNFINISHED_STATUSES[:3],)
        and now < free_until(slot)
        and not (move or booking.replaces),
        "move": move,
        "asked": open_requests([booking.pk], now=now).get(booking.pk) if not move else None,
        "moved_to": booking.moved_to.filter(status__in=UNFINISHED_STATUSES).first() if is_lost else None,
        "why": _why(booking, person=request.user) if summary["status"] in ENDED else "",
        "ics_text": booking_file(booking).decode() if _is_for_calendars(booking) else "",
        "alternatives": nearest_free(place_of(slot), now=now) if is_lost and slot.starts_at > now else "",
    }
    return render(request, "scheduling/booking_detail.html", context, status=409 if refusal else 200)


def _is_for_calendars(booking: Booking) -> bool:
    """Return whether the session stands in calendars, or may, because it stood and was cancelled."""
    was_confirmed = booking.status == BookingStatus.CANCELLED and booking.confirmed_at is not None
    return booking.status == BookingStatus.CONFIRMED or was_confirmed


def _why(booking: Booking, *, person: User) -> str:
    """Return who ended the booking, and the reason that staff wrote for both to read."""
    end = booking.events.select_related("by").order_by("-pk").first()
    if end is None or end.new == BookingStatus.EXPIRED or end.by is None:
        return ""
    if end.cause:
        return str(CAUSES[BookingCause(end.cause)])
    if end.by == person:
        return _("You cancelled it.")
    if has_member(booking.pair, end.by):
        return _("Your partner cancelled it.")
    return _("The studio's reason: %(reason)s") % {"reason": end.reason}


def _steps(status: BookingStatus) -> list[dict[str, Any]]:
    """Return the steps up to the recording; an ended booking shows where it ended."""
    if status in ENDED:
        return [{"label": STEPS[0][1], "state": "done"}, {"label": status.label, "state": "failed"}]
    reached = {
        BookingStatus.HELD: 0,
        BookingStatus.AWAITING_PARTNER: 1,
        BookingStatus.CONFIRMED: 3,
        BookingStatus.CHECKED_IN: 3,
        BookingStatus.COMPLETED: 4,
    }[status]
    return [
        {"label": label, "state": "done" if at < reached else "current" if at == reached else "todo"}
        for at, (_status, label) in enumerate(STEPS)
    ]


def _answer(
    request: PersonRequest, booking: Booking, rule: Callable[[], object], *, done: str
) -> HttpResponse:
    """Carry the rule out and go back to the booking; a refusal is shown on its page."""
    try:
        rule()
    except ValidationError as refusal:
        return _page(request, get_booking_for(request.user, booking.pk), refusal=refusal.messages[0])
    messages.success(request, done)
    return redirect("scheduling:booking_detail", booking.pk)


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def booking_confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """Turn one's hold into a question to the partner."""
    booking = get_booking_for(request.user, pk)
    done = _("Your partner is asked now. You see here when they say yes.")
    return _answer(
        request,
        booking,
        lambda: bookings.confirm_hold(booking, by=request.user, now=timezone.now()),
        done=done,
    )


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def offer_refuse(request: PersonRequest, pk: int) -> HttpResponse:
    """Say no to an offer of the waiting list."""
    booking = get_booking_for(request.user, pk)
    return _answer(
        request,
        booking,
        lambda: refuse_offer(booking, by=request.user, now=timezone.now()),
        done=_("You said no. The slot goes to the next on the list."),
    )


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def booking_accept(request: PersonRequest, pk: int) -> HttpResponse:
    """Say yes to what the partner chose."""
    booking = get_booking_for(request.user, pk)
    return _answer(
        request,
        booking,
        lambda: bookings.accept_booking(booking, by=request.user, now=timezone.now()),
        done=_("Confirmed. You two have this time."),
    )


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def booking_decline(request: PersonRequest, pk: int) -> HttpResponse:
    """Say no to what the partner chose."""
    booking = get_booking_for(request.user, pk)
    return _answer(
        request,
        booking,
        lambda: bookings.decline_booking(booking, by=request.user, now=timezone.now()),
        done=_("Your session stays where it was.")
        if booking.replaces
        else _("The slot is free again. Choose another time together."),
    )


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def booking_cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Cancel one's booking."""
    booking = get_booking_for(request.user, pk)
    return _answer(
        request,
        booking,
        lambda: bookings.cancel_booking(booking, by=request.user, now=timezone.now()),
        done=_("Taken back. Your session stays where it was.")
        if booking.replaces
        else _("Cancelled. The slot is free again."),
    )


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def booking_move(request: PersonRequest, pk: int, slot_pk: int) -> HttpResponse:
    """Move one's booking to another slot in one step."""
    booking, slot = get_booking_for(request.user, pk), get_offered_slot(slot_pk)
    try:
        moved = bookings.move_booking(booking, to_slot_id=slot.pk, by=request.user, now=timezone.now())
    except ValidationError as refusal:
        return _page(request, get_booking_for(request.user, pk), refusal=refusal.messages[0])
    done = _("Moved. The old slot is free again.")
    if moved.replaces:
        done = _("Your partner is asked now. Until they say yes, your session stays where it was.")
    messages.success(request, done)
    return redirect("scheduling:booking_detail", moved.pk)


@role_required(Role.PARTICIPANT)
@require_safe
def booking_calendar(request: PersonRequest, pk: int) -> HttpResponse:
    """Give the session as a calendar file: as it stands now, moved or cancelled too."""
    content = booking_file(get_booking_for(request.user, pk))
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="session.ics"'},
    )
