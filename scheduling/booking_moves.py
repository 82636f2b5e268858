"""The table of a booking's moves, the one function that changes its status, and the locks that go before."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.models import Booking, BookingCause, BookingEvent, BookingStatus, Qualification, Slot
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
    booking. Its reminders are planned when it is confirmed and go when it ends. `fields`
    are written with it. Raise MoveRefused: "wrong_status" when the table has
    no such move, "changed" when somebody else moved the booking meanwhile. Called
    inside a transaction, under the slot's lock. Rules: R-20, R-23, R-25.
    """
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
        for move in Booking.objects.filter(moved_from=booking, status=BookingStatus.AWAITING_PARTNER):
            move_booking_status(
                move, BookingStatus.CANCELLED, by=by, at=at, cause=BookingCause.SESSION_CHANGED
            )


def write_booking_event(
    booking: Booking,
    *,
    old: str,
    by: User | None,
    at: datetime,
    cause: str = "",
    reason: str = "",
    is_late: bool = False,
) -> None:
    """
    Write what happened to the booking: the news that later apps read.

    `cause` is one of BookingCause, when a rule did it; `reason` is what somebody typed.
    """
    BookingEvent.objects.create(
        booking=booking,
        old=old,
        new=booking.status,
        by=by,
        at=at,
        cause=cause,
        reason=reason,
        is_late=is_late,
    )


def lock_slots(slot_ids: Iterable[int]) -> dict[int, Slot]:
    """Lock the slots in the order of their keys; return them fresh, with project, release, booth, studio and city."""
    slots = Slot.objects.select_related("project", "release", "booth__studio__city").filter(
        pk__in=set(slot_ids)
    )
    return {slot.pk: slot for slot in slots.order_by("pk").select_for_update(of=("self",), no_key=True)}


def lock_booking(booking: Booking) -> Slot:
    """
    Lock the booking's slot, read the booking again, and return the slot.

    Of a booking that was moved the old slot is locked with it: both change together.
    """
    old_slot_ids = [booking.moved_from.slot_id] if booking.moved_from else []
    slot = lock_slots([booking.slot_id, *old_slot_ids])[booking.slot_id]
    refresh_booking(booking)
    return slot


def refresh_booking(booking: Booking) -> None:
    """Read again what can have changed before the lock was had; the booking it replaces, too."""
    booking.refresh_from_db(fields=["status", "expires_at", "confirmed_at", "rate_fen", "moved_from"])


def lock_qualifications(person_ids: Iterable[int], *, project_id: int) -> dict[int, Qualification]:
    """Lock the people's qualifications, after the slots, in the order of their keys; return them by person."""
    rows = Qualification.objects.filter(person_id__in=set(person_ids), project_id=project_id)
    return {row.person_id: row for row in rows.order_by("pk").select_for_update(no_key=True)}
