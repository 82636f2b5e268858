"""The table of a booking's moves, the one function that changes its status, and the locks that go before."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling import waiting_offers
from scheduling.claims import write_booking_event
from scheduling.locks import lock_slots
from scheduling.models import Booking, BookingCause, BookingStatus, Slot
from scheduling.occupancy import release_booking
from scheduling.reminder_plans import drop_reminders, plan_reminders

MOVES: dict[str, frozenset[str]] = {
    BookingStatus.HELD: frozenset(
        {BookingStatus.AWAITING_PARTNER, BookingStatus.CANCELLED, BookingStatus.EXPIRED}
    ),
    BookingStatus.AWAITING_PARTNER: frozenset(
        {BookingStatus.CONFIRMED, BookingStatus.CANCELLED, BookingStatus.EXPIRED}
    ),
    BookingStatus.CONFIRMED: frozenset(
        {BookingStatus.CHECKED_IN, BookingStatus.CANCELLED, BookingStatus.FAILED}
    ),
    BookingStatus.CHECKED_IN: frozenset({BookingStatus.COMPLETED, BookingStatus.FAILED}),
    BookingStatus.COMPLETED: frozenset(),
    BookingStatus.CANCELLED: frozenset(),
    BookingStatus.EXPIRED: frozenset(),
    BookingStatus.FAILED: frozenset(),
}
FREEING = frozenset({BookingStatus.CANCELLED, BookingStatus.EXPIRED, BookingStatus.FAILED})


class MoveRefused(ValidationError):
    """The booking cannot take this step now; `code` says why."""


def move_booking_status(
    booking: Booking,
    new: BookingStatus,
    *,
    by: User | None,
    at: datetime,
    cause: str = "",
    reason: str = "",
    is_late: bool = False,
    **fields: Any,
) -> None:
    """
    Change the status by compare-and-swap, write the event row, and free what an ended booking took.

    A question whether a confirmed booking shall move ends with it, whatever happens to the
    booking. Its reminders are planned when it is confirmed and go when it ends. What it frees
    is offered to the slot's waiting list at once. `fields` are written with it. Raise
    MoveRefused: "wrong_status" when the table has no such move, "changed" when somebody
    else moved the booking meanwhile. Called inside a transaction, under the locks of the
    slot and of its line (`lock_booking`). Rules: R-20, R-23, R-24, R-25.
    """
    _write_move(booking, new, by=by, at=at, cause=cause, reason=reason, is_late=is_late, **fields)
    if new in FREEING:
        waiting_offers.offer_freed_slot(booking.slot_id, now=at)


def _write_move(
    booking: Booking,
    new: BookingStatus,
    *,
    by: User | None,
    at: datetime,
    cause: str = "",
    reason: str = "",
    is_late: bool = False,
    **fields: Any,
) -> None:
    """Do all of `move_booking_status` but the offer of what it frees."""
    old = booking.status
    if new not in MOVES[old]:
        raise MoveRefused(
            _("This cannot be done any more: the booking is “%(status)s”."),
            code="wrong_status",
            params={"status": booking.get_status_display()},
        )
    if not Booking.objects.filter(pk=booking.pk, status=old).update(status=new, **fields):
        raise MoveRefused(_("The booking has just changed. Look at it again."), code="changed")
    booking.status = new
    for name, value in fields.items():
        setattr(booking, name, value)
    if new in FREEING:
        release_booking(booking)
    write_booking_event(booking, old=old, by=by, at=at, cause=cause, reason=reason, is_late=is_late)
    if new == BookingStatus.CONFIRMED:
        plan_reminders(booking, now=at)
    if old == BookingStatus.CONFIRMED:
        drop_reminders(booking, by=by, now=at)
        for move in _open_moves(booking):
            # Its line is not locked here: the sweeper offers its slot, and nobody can be faster (`check_line`).
            _write_move(move, BookingStatus.CANCELLED, by=by, at=at, cause=BookingCause.SESSION_CHANGED)
    if old == BookingStatus.HELD and booking.waiting_entry_id:
        waiting_offers.follow_offer(booking, by=by, at=at, reason=reason)


def _open_moves(booking: Booking) -> QuerySet[Booking]:
    return Booking.objects.filter(moved_from=booking, status=BookingStatus.AWAITING_PARTNER)


def is_overdue(booking: Booking, *, now: datetime) -> bool:
    """Return whether the time of a hold, or of the partner's answer, is over."""
    is_passing = booking.status in (BookingStatus.HELD, BookingStatus.AWAITING_PARTNER)
    return is_passing and booking.expires_at is not None and booking.expires_at <= now


def check_in_time(booking: Booking, *, now: datetime) -> None:
    """Raise MoveRefused(code="expired") when the time of the hold or of the answer is over. Rule: R-21."""
    if is_overdue(booking, now=now):
        raise MoveRefused(
            _("The time is over and the slot is free again. Choose a slot anew."), code="expired"
        )


def lock_booking(booking: Booking) -> Slot:
    """
    Lock the booking's slot and who waits for it, read the booking again, and return the slot.

    Of a booking that was moved the old slot is locked with it, and with a confirmed one the slot of
    the question whether it shall move: both change together.
    """
    slot_ids = [booking.slot_id, *([booking.moved_from.slot_id] if booking.moved_from else [])]
    if booking.status == BookingStatus.CONFIRMED:
        slot_ids += _open_moves(booking).values_list("slot_id", flat=True)
    slot = lock_slots(slot_ids)[booking.slot_id]
    waiting_offers.lock_line(slot_ids, project_id=booking.project_id)
    refresh_booking(booking)
    return slot


def refresh_booking(booking: Booking) -> None:
    """Read again what can have changed before the lock was had; the booking it replaces, too."""
    booking.refresh_from_db(fields=["status", "expires_at", "confirmed_at", "rate_fen", "moved_from"])
