"""A booking after it is held: the partner's answer, cancelling, and the day itself."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.booking_moves import MOVES, MoveRefused, lock_booking, move_booking_status
from scheduling.conditions import BookingRefused, check_offered, check_pair, check_staff, local_date
from scheduling.holds import (
    check_in_time,
    confirm_hold,
    expire_bookings,
    free_until,
    hold_slot,
    move_booking,
)
from scheduling.models import Attendance, AttendanceOutcome, Booking, BookingCause, BookingStatus, Pair
from scheduling.occupancy import AlreadyTaken
from scheduling.retries import retried

__all__ = [
    "MOVES",
    "AlreadyTaken",
    "BookingRefused",
    "MoveRefused",
    "accept_booking",
    "cancel_booking",
    "check_in_booking",
    "complete_booking",
    "confirm_hold",
    "decline_booking",
    "expire_bookings",
    "fail_booking",
    "hold_slot",
    "move_booking",
    "write_off_booking",
]


def has_member(pair: Pair, person: User) -> bool:
    """Return whether the person is one of the pair."""
    return person.pk in (pair.person_a_id, pair.person_b_id)


@retried
@transaction.atomic
def accept_booking(booking: Booking, *, by: User, now: datetime) -> None:
    """
    Let the partner say yes: the booking is confirmed and the pay per person fixed.

    Staff and both people are looked at again under the lock. A confirmed booking that
    this one replaces is cancelled in the same step and hands on its rate. Raise
    MoveRefused: "not_yours" unless `by` is the partner who was asked, "expired",
    "wrong_status"; BookingRefused as `hold_slot`. Locks the slot, and the slot of the
    replaced booking. Rules: R-19, R-20, R-21, R-23, R-36.
    """
    slot = lock_booking(booking)
    _check_asked(booking, by=by)
    check_in_time(booking, now=now)
    check_offered(slot, now=now)
    check_staff(slot)
    check_pair(booking.pair, by=by, on=local_date(slot))
    old = booking.replaces
    move_booking_status(
        booking,
        BookingStatus.CONFIRMED,
        by=by,
        at=now,
        confirmed_at=now,
        expires_at=None,
        rate_fen=old.rate_fen if old else slot.project.rate_fen,
    )
    if old:
        move_booking_status(old, BookingStatus.CANCELLED, by=by, at=now, cause=BookingCause.MOVED)


@retried
@transaction.atomic
def decline_booking(booking: Booking, *, by: User, now: datetime) -> None:
    """
    Let the partner say no: the slot is free again, nobody is to blame, and a booking that was to move stays.

    Raise MoveRefused: "not_yours", "expired", "wrong_status". Locks the slot. Rule: R-21.
    """
    lock_booking(booking)
    _check_asked(booking, by=by)
    check_in_time(booking, now=now)
    if booking.status != BookingStatus.AWAITING_PARTNER:
        raise MoveRefused(_("There is no question to answer any more."), code="wrong_status")
    move_booking_status(booking, BookingStatus.CANCELLED, by=by, at=now, cause=BookingCause.DECLINED)


def _check_asked(booking: Booking, *, by: User) -> None:
    if not has_member(booking.pair, by) or by == booking.booked_by:
        raise MoveRefused(_("Your partner has to answer this."), code="not_yours")


@retried
@transaction.atomic
def cancel_booking(booking: Booking, *, by: User, now: datetime, reason: str = "") -> None:
    """
    Cancel the booking and free its slot, booth and people.

    Less than the project's `free_cancel_hours` before the start it is a late
    cancellation of the one of the pair who cancels; the partner and the staff's own
    cancelling are never late. Raise MoveRefused: "started" from the start on,
    "reason_needed" when staff give none, "wrong_status". Locks the slot. Rule: R-23.
    """
    slot = lock_booking(booking)
    is_own = has_member(booking.pair, by)
    if now >= slot.starts_at or booking.status == BookingStatus.CHECKED_IN:
        raise MoveRefused(_("The session has started; it cannot be cancelled any more."), code="started")
    if not is_own and not reason.strip():
        raise MoveRefused(_("Write the reason: both people will read it."), code="reason_needed")
    is_late = is_own and booking.status == BookingStatus.CONFIRMED and now > free_until(slot)
    move_booking_status(
        booking, BookingStatus.CANCELLED, by=by, at=now, reason=reason.strip(), is_late=is_late
    )


@retried
@transaction.atomic
def check_in_booking(booking: Booking, *, by: User, now: datetime) -> None:
    """
    Let the session begin: both people are here.

    Raise MoveRefused: "not_both_here" unless the door has written that both came,
    "wrong_status". Locks the slot. Rules: R-20, R-26.
    """
    lock_booking(booking)
    came = Attendance.objects.filter(
        booking=booking, outcome__in=[AttendanceOutcome.ATTENDED, AttendanceOutcome.LATE]
    )
    if came.count() < 2:
        raise MoveRefused(_("Write down at the door that both people are here."), code="not_both_here")
    move_booking_status(booking, BookingStatus.CHECKED_IN, by=by, at=now)


@retried
@transaction.atomic
def complete_booking(booking: Booking, *, by: User, now: datetime) -> None:
    """Close a booking whose session was recorded. Raise MoveRefused. Locks the slot. Rule: R-34."""
    lock_booking(booking)
    move_booking_status(booking, BookingStatus.COMPLETED, by=by, at=now)


@retried
@transaction.atomic
def fail_booking(booking: Booking, *, by: User, now: datetime, reason: str = "", cause: str = "") -> None:
    """
    Write that a confirmed session did not take place, and why: in words, or by the rule that knows the cause.

    Raise MoveRefused: "reason_needed", "wrong_status". Locks the slot. Rule: R-26.
    """
    lock_booking(booking)
    if not reason.strip() and not cause:
        raise MoveRefused(_("Write why the session did not take place."), code="reason_needed")
    move_booking_status(booking, BookingStatus.FAILED, by=by, at=now, cause=cause, reason=reason.strip())


@retried
@transaction.atomic
def write_off_booking(booking: Booking, *, by: User, now: datetime, reason: str) -> None:
    """
    End a confirmed booking whose time has come and whom nobody checked in: it did not take place.

    Without this it would count as a session to come for ever. Who came for nothing is
    written at the door (`record_attendance`), before or after. Raise MoveRefused:
    "too_early" before the start, "wrong_status" once it was checked in or has ended,
    "reason_needed". Locks the slot. Rules: R-20, R-26.
    """
    slot = lock_booking(booking)
    if booking.status != BookingStatus.CONFIRMED:
        raise MoveRefused(
            _("Only a confirmed session that nobody began can be ended here."), code="wrong_status"
        )
    if now < slot.starts_at:
        raise MoveRefused(_("The session has not started yet. Cancel it instead, or wait."), code="too_early")
    fail_booking(booking, by=by, now=now, reason=reason)
