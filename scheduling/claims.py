"""Writing a booking of a slot, with what it occupies and its event: the last step of every way to a slot."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.condition_queries import WAITING
from scheduling.models import Booking, BookingEvent, Pair, Slot, WaitingStatus
from scheduling.occupancy import AlreadyTaken, claim_booking
from scheduling.waiting_moves import move_waiting


def take_slot(
    slot: Slot, *, pair: Pair, by: User | None, at: datetime, cause: str = "", **fields: Any
) -> Booking:
    """
    Write a booking of the slot, what it occupies, and its first event; the pair waits for it no longer.

    Raise AlreadyTaken. Hold the slot's lock. Rules: R-20, R-24.
    """
    try:
        booking = Booking.objects.create(project=slot.project, slot=slot, pair=pair, made_at=at, **fields)
    except IntegrityError as error:
        raise AlreadyTaken(_("Somebody has taken this slot. Choose another one."), code="taken") from error
    claim_booking(booking, slot=slot, pair=pair)
    write_booking_event(booking, old="", by=by, at=at, cause=cause)
    for entry in WAITING(slot_id=slot.pk, pair_id=pair.pk):
        move_waiting(entry, WaitingStatus.TAKEN, by=by, at=at)
    return booking


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
