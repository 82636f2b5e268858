"""
Asking a pair to move its confirmed session, and their answer. Rule: R-23.

The session stands until both want another time: what is chosen is a move as anybody's
(docs/decisions/0006), the slots that are proposed are not held. See docs/decisions/0020.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.blackout_days import in_blackout
from scheduling.booking_moves import lock_booking
from scheduling.bookings import has_member
from scheduling.holds import free_until, move_booking
from scheduling.models import (
    Booking,
    BookingStatus,
    MoveOption,
    MoveRequest,
    MoveRequestEvent,
    MoveRequestStatus,
    Slot,
)
from scheduling.move_request_news import tell_asked
from scheduling.offers import free_slots
from scheduling.retries import retried

MOVES: dict[str, frozenset[str]] = {
    MoveRequestStatus.OPEN: frozenset(
        {
            MoveRequestStatus.CHOSEN,
            MoveRequestStatus.KEPT,
            MoveRequestStatus.EXPIRED,
            MoveRequestStatus.WITHDRAWN,
        }
    ),
    MoveRequestStatus.CHOSEN: frozenset(),
    MoveRequestStatus.KEPT: frozenset(),
    MoveRequestStatus.EXPIRED: frozenset(),
    MoveRequestStatus.WITHDRAWN: frozenset(),
}
# Two evenings to talk about it; and never longer than moving is free.
LIVES = timedelta(hours=48)
MAX_OPTIONS = 3
# So many free slots before the session, and as many after it, are looked at for those that suit.
LOOKED_AT = 30
BATCH = 200


class RequestRefused(ValidationError):
    """
    A pair cannot be asked, or cannot answer so.

    Codes: "not_confirmed", "too_late", "asked", "move_open", "reason"; "not_yours", "answered",
    "expired", "not_offered".
    """


@dataclass(frozen=True)
class Asked:
    """What became of asking several pairs: the requests, and the bookings that could not be asked about, with why."""

    requests: list[MoveRequest]
    refused: list[tuple[Booking, str]]


def find_options(booking: Booking, *, now: datetime) -> list[Slot]:
    """
    Return the free slots of the booking's city that are nearest to it and in which neither of the two is elsewhere.

    At most three, none of them in a blackout; four queries.
    """
    slot, pair = booking.slot, booking.pair
    people = (pair.person_a_id, pair.person_b_id)
    theirs = Booking.objects.standing(now=now).filter(
        Q(pair__person_a__in=people) | Q(pair__person_b__in=people)
    )
    busy = list(theirs.values_list("slot__starts_at", "slot__ends_at"))
    city = slot.booth.studio.city
    last = now + timedelta(days=booking.project.booking_opens_days)
    shut = in_blackout(city, from_at=now, to_at=last)
    free = free_slots(booking.project, city=city, now=now).exclude(pk=slot.pk).filter(~shut)
    free = free.select_related("booth__studio__city")
    later = free.filter(starts_at__gte=slot.starts_at).order_by("starts_at", "pk")[:LOOKED_AT]
    earlier = free.filter(starts_at__lt=slot.starts_at).order_by("-starts_at", "-pk")[:LOOKED_AT]
    suiting = [
        one
        for one in (*earlier, *later)
        if not any(one.starts_at < end and start < one.ends_at for start, end in busy)
    ]
    return sorted(suiting, key=lambda one: (abs(one.starts_at - slot.starts_at), one.pk))[:MAX_OPTIONS]


@retried
@transaction.atomic
def ask_to_move(booking: Booking, *, reason: str, by: User, now: datetime) -> MoveRequest:
    """
    Ask both people to move their session, and propose up to three free slots; tell them.

    Raise RequestRefused: "reason" without one, "not_confirmed", "too_late" once moving is
    no longer free, "asked" already, "move_open" while they are about to move it
    themselves. Locks the slot. Rule: R-23.
    """
    if not reason.strip():
        raise RequestRefused(_("Write the reason: both people will read it."), code="reason")
    slot = lock_booking(booking)
    if booking.status != BookingStatus.CONFIRMED:
        raise RequestRefused(_("Only a confirmed session can be asked to move."), code="not_confirmed")
    if now >= free_until(slot):
        raise RequestRefused(
            _("It is too late to ask: the session is too near. Call them, or cancel it with a reason."),
            code="too_late",
        )
    if MoveRequest.objects.filter(booking=booking, status=MoveRequestStatus.OPEN).exists():
        raise RequestRefused(_("They were asked already. Wait for their answer."), code="asked")
    if Booking.objects.filter(moved_from=booking, status=BookingStatus.AWAITING_PARTNER).exists():
        raise RequestRefused(_("They are about to move this session themselves."), code="move_open")
    request = MoveRequest.objects.create(
        booking=booking,
        reason=reason.strip(),
        made_by=by,
        made_at=now,
        expires_at=min(now + LIVES, free_until(slot)),
    )
    MoveOption.objects.bulk_create(
        MoveOption(request=request, slot=one) for one in find_options(booking, now=now)
    )
    MoveRequestEvent.objects.create(request=request, new=request.status, by=by, at=now, reason=request.reason)
    tell_asked(request, slot=slot, now=now)
    return request


def ask_each(bookings: Iterable[Booking], *, reason: str, by: User, now: datetime) -> Asked:
    """Ask about each booking, each in a transaction of its own: one that cannot be asked does not keep the others."""
    requests, refused = [], []
    for booking in bookings:
        try:
            requests.append(ask_to_move(booking, reason=reason, by=by, now=now))
        except RequestRefused as refusal:
            refused.append((booking, refusal.messages[0]))
    return Asked(requests, refused)


@retried
@transaction.atomic
def choose_option(request: MoveRequest, *, slot_id: int, by: User, now: datetime) -> Booking:
    """
    Take one of the proposed slots: the partner is asked, and the old session stands until their yes.

    Raise RequestRefused: "not_yours", "not_offered", "answered", "expired"; else as
    `move_booking`, "taken" when somebody else has the slot by now. Locks as it does, then
    the request. Rule: R-23.
    """
    _check_answer(request, by=by, now=now)
    if not request.options.filter(slot=slot_id).exists():
        raise RequestRefused(_("This time was not proposed. Choose one of the list."), code="not_offered")
    new = move_booking(request.booking, to_slot_id=slot_id, by=by, now=now)
    move_request(request, MoveRequestStatus.CHOSEN, by=by, now=now, chosen=new)
    return new


def keep_time(request: MoveRequest, *, by: User, now: datetime) -> None:
    """Say that the session shall stay where it is. Raise RequestRefused: "not_yours", "answered", "expired"."""
    _check_answer(request, by=by, now=now)
    move_request(request, MoveRequestStatus.KEPT, by=by, now=now)


def withdraw_request(request: MoveRequest, *, by: User, now: datetime) -> None:
    """Take the question back. Raise RequestRefused(code="answered") when somebody was faster."""
    move_request(request, MoveRequestStatus.WITHDRAWN, by=by, now=now)


def expire_requests(*, now: datetime) -> int:
    """End the requests whose time is over, or whose session has ended or moved otherwise; return how many."""
    over = Q(expires_at__lte=now) | ~Q(booking__status=BookingStatus.CONFIRMED)
    due = MoveRequest.objects.filter(over, status=MoveRequestStatus.OPEN).order_by("expires_at", "pk")[:BATCH]
    ended = 0
    for request in due:
        try:
            move_request(request, MoveRequestStatus.EXPIRED, by=None, now=now)
        except RequestRefused:
            continue
        ended += 1
    return ended


def _check_answer(request: MoveRequest, *, by: User, now: datetime) -> None:
    if not has_member(request.booking.pair, by):
        raise RequestRefused(_("Only the two who have the session can answer."), code="not_yours")
    if request.status != MoveRequestStatus.OPEN:
        raise _answered()
    if request.expires_at <= now:
        raise RequestRefused(_("The time to answer is over. Your session stays where it is."), code="expired")


def _answered() -> RequestRefused:
    return RequestRefused(
        _("This question is answered already, or was taken back. See below where your session stands."),
        code="answered",
    )


@transaction.atomic
def move_request(
    request: MoveRequest,
    new: MoveRequestStatus,
    *,
    by: User | None,
    now: datetime,
    chosen: Booking | None = None,
) -> None:
    """Move the request by compare-and-swap, with its event. Raise RequestRefused(code="answered") when it cannot."""
    old = request.status
    moved = new in MOVES[old] and MoveRequest.objects.filter(pk=request.pk, status=old).update(
        status=new, chosen=chosen
    )
    if not moved:
        raise _answered()
    request.status, request.chosen = new, chosen
    MoveRequestEvent.objects.create(request=request, old=old, new=new, by=by, at=now)


def open_requests(booking_ids: Collection[int], *, now: datetime) -> dict[int, MoveRequest]:
    """Return the requests that wait for an answer, by booking, with their slots. Two queries."""
    requests = MoveRequest.objects.filter(
        booking__in=booking_ids,
        booking__status=BookingStatus.CONFIRMED,
        status=MoveRequestStatus.OPEN,
        expires_at__gt=now,
    ).prefetch_related("options__slot__booth__studio__city")
    return {request.booking_id: request for request in requests}
