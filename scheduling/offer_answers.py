"""Answering an offer of the waiting list: who may, until when, and what is said to those who come too late."""

from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.booking_moves import MoveRefused, is_overdue, lock_booking, move_booking_status
from scheduling.models import Booking, BookingStatus, WaitingStatus
from scheduling.retries import retried


def check_offer(booking: Booking, *, by: User, now: datetime) -> None:
    """
    Raise MoveRefused unless `by` can answer the offer now.

    Codes: "not_yours"; "offer_taken" and "offer_refused" (one of the two has answered);
    "offer_over" (the time is over, or the studio took it back). Rule: R-24.
    """
    if by.pk not in (booking.pair.person_a_id, booking.pair.person_b_id):
        raise MoveRefused(_("This is offered to somebody else."), code="not_yours")
    if booking.status == BookingStatus.HELD and not is_overdue(booking, now=now):
        return
    if booking.status in (
        BookingStatus.AWAITING_PARTNER,
        BookingStatus.CONFIRMED,
        BookingStatus.CHECKED_IN,
        BookingStatus.COMPLETED,
    ):
        raise MoveRefused(
            _("One of you has taken this offer already. Look below for what comes next."), code="offer_taken"
        )
    entry = booking.waiting_entry
    if entry is not None and entry.status == WaitingStatus.REFUSED:
        raise MoveRefused(
            _("One of you has said no to this offer already. You can join the waiting list again."),
            code="offer_refused",
        )
    raise MoveRefused(
        _("This offer ended at %(time)s and went to the next. You can join the waiting list again."),
        code="offer_over",
        params={
            "time": date_format(localtime(booking.expires_at), "TIME_FORMAT") if booking.expires_at else "–"
        },
    )


@retried
@transaction.atomic
def refuse_offer(booking: Booking, *, by: User, now: datetime) -> None:
    """
    Say no for both of the pair: the slot is offered to the next, and the pair leaves the list.

    Raise MoveRefused as `check_offer`, and "not_offered" for a booking that is no offer. Locks
    the slot and its line. Rule: R-24.
    """
    lock_booking(booking)
    if booking.waiting_entry_id is None:
        raise MoveRefused(_("This is no offer of the waiting list. Cancel it instead."), code="not_offered")
    check_offer(booking, by=by, now=now)
    move_booking_status(booking, BookingStatus.CANCELLED, by=by, at=now)
