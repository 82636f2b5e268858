"""Taking a slot: hold it, confirm the hold, move to another slot, and let go what is overdue."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.apart import do_apart
from accounts.models import User
from scheduling.booking_moves import (
    MoveRefused,
    check_in_time,
    is_overdue,
    lock_booking,
    move_booking_status,
    refresh_booking,
)
from scheduling.claims import take_slot
from scheduling.condition_queries import LIVING_PAIR, OVERDUE
from scheduling.conditions import (
    BookingRefused,
    check_counts,
    check_free,
    check_offered,
    check_pair,
    check_slot,
    check_staff,
    closes_at,
    local_date,
    not_qualified,
)
from scheduling.locks import lock_qualifications, lock_slots, read_slot
from scheduling.models import Booking, BookingCause, BookingStatus, Pair, QualificationStatus, Slot
from scheduling.occupancy import release_booking
from scheduling.offer_answers import check_offer
from scheduling.retries import retried
from scheduling.waiting_offers import check_line, offer_to, people_in_line

MOVABLE = frozenset({BookingStatus.HELD, BookingStatus.AWAITING_PARTNER, BookingStatus.CONFIRMED})


@retried
def hold_slot(slot_id: int, *, pair: Pair, by: User, now: datetime) -> Booking:
    """
    Hold the slot for the pair, for the project's `hold_minutes`; return the booking.

    Everything is read once without a lock: in a rush most requests end there. What can
    change is read again under the locks. Raise BookingRefused (the codes of `conditions`)
    and AlreadyTaken(code="taken"). Locks the slot, then both qualifications.
    Rules: R-3, R-4, R-17, R-18, R-19, R-20, R-21, R-22, R-45.
    """
    slot = read_slot(slot_id)
    check_free(slot, now=now)
    check_slot(slot, now=now)
    check_same_project(slot, pair=pair)
    check_pair(pair, by=by, on=local_date(slot))
    with transaction.atomic():
        return _hold_under_lock(slot_id, pair=pair, by=by, now=now)


def _hold_under_lock(slot_id: int, *, pair: Pair, by: User, now: datetime) -> Booking:
    """Write the hold. Runs in the caller's transaction."""
    in_the_way = overdue_in_the_way(slot_id, pair=pair, now=now)
    slots = lock_slots([slot_id, *(booking.slot_id for booking in in_the_way)])
    slot = slots[slot_id]
    has_line = lock_people(pair, by=by, slot_ids=slots)
    reclaim(in_the_way, now=now)
    if has_line and (offered := offer_to(pair, slot=slot)):
        return offered
    check_free(slot, now=now)
    check_slot(slot, now=now)
    check_staff(slot)
    check_counts(pair, now=now)
    if has_line:
        check_line(slot, pair=pair, now=now)
    expires_at = min(now + timedelta(minutes=slot.project.hold_minutes), closes_at(slot))
    return take_slot(slot, pair=pair, by=by, at=now, booked_by=by, expires_at=expires_at)


def check_same_project(slot: Slot, *, pair: Pair) -> None:
    """Raise BookingRefused(code="other_project") when slot and pair belong to two projects."""
    if slot.project_id != pair.project_id:
        raise BookingRefused(_("This slot belongs to another project."), code="other_project")


def lock_people(pair: Pair, *, by: User, slot_ids: Iterable[int]) -> bool:
    """
    Lock both qualifications and look again: one may have been suspended, or the pair ended, a moment ago.

    Those of the people who wait for one of the slots are locked with them; return whether there are any.
    """
    people, waiting = (pair.person_a, pair.person_b), people_in_line(slot_ids)
    locked = lock_qualifications([person.pk for person in people], project_id=pair.project_id, also=waiting)
    if not LIVING_PAIR(pair_id=pair.pk):
        raise BookingRefused(_("This pair has ended. Find a partner first."), code="pair_ended")
    for person in people:
        row = locked.get(person.pk)
        if row is None or row.status != QualificationStatus.ACTIVE:
            raise not_qualified(person, project_id=pair.project_id, by=by)
    return bool(waiting)


def overdue_in_the_way(slot_id: int, *, pair: Pair, now: datetime) -> list[Booking]:
    """Return the overdue bookings of this slot and of the two people: the sweeper has not come by yet."""
    return OVERDUE(slot_id=slot_id, a=pair.person_a_id, b=pair.person_b_id, now=now)


def overdue_claims(slot_id: int, *, people: Collection[int], now: datetime) -> list[Booking]:
    """Do `overdue_in_the_way` for any people, who need not be a pair."""
    in_the_way = Q(slot=slot_id) | Q(pair__person_a__in=people) | Q(pair__person_b__in=people)
    return list(Booking.objects.overdue(now=now).filter(in_the_way).order_by("pk"))


def reclaim(bookings: Iterable[Booking], *, now: datetime) -> None:
    """Expire those that are overdue still. The caller holds the locks of their slots."""
    for booking in bookings:
        booking.refresh_from_db(fields=["status", "expires_at"])
        if is_overdue(booking, now=now):
            move_booking_status(booking, BookingStatus.EXPIRED, by=None, at=now)


@retried
@transaction.atomic
def confirm_hold(booking: Booking, *, by: User, now: datetime) -> None:
    """
    Turn the hold into a question to the partner.

    They have the project's `partner_answer_hours`, and never longer than booking is
    open. An offer of the waiting list is taken by either of the two, the other one is asked.
    Raise MoveRefused: "not_yours" for anybody but the one who holds it, "expired",
    "wrong_status", and those of `check_offer`; BookingRefused when slot, staff or people
    changed meanwhile. Locks the slot. Rules: R-19, R-21, R-24.
    """
    slot = lock_booking(booking)
    if booking.waiting_entry_id:
        check_offer(booking, by=by, now=now)
    elif by != booking.booked_by:
        raise MoveRefused(_("Only the one who holds the slot can confirm it."), code="not_yours")
    check_in_time(booking, now=now)
    check_offered(slot, now=now)
    check_staff(slot)
    check_pair(booking.pair, by=by, on=local_date(slot))
    expires_at = answer_until(slot, now=now)
    move_booking_status(
        booking, BookingStatus.AWAITING_PARTNER, by=by, at=now, expires_at=expires_at, booked_by=by
    )


def answer_until(slot: Slot, *, now: datetime) -> datetime:
    """Return the end of the partner's time to answer: never longer than booking is open. Rule: R-21."""
    return min(now + timedelta(hours=slot.project.partner_answer_hours), closes_at(slot))


@retried
@transaction.atomic
def move_booking(booking: Booking, *, to_slot_id: int, by: User, now: datetime) -> Booking:
    """
    Take another slot instead of this one and return the new booking; docs/decisions/0006 says why so.

    A hold, and a question that waits for its answer, change their slot in one step; the
    question goes to the one who did not move it. A confirmed booking stands until the
    partner says yes to the new one (`accept_booking`). When anything is refused the old
    slot stays as it was. Raise MoveRefused: "wrong_status", "expired", "same_slot",
    "same_time", "not_yours", "move_open", "too_late_to_move" once cancelling would be
    late; BookingRefused and AlreadyTaken as `hold_slot`. Locks both slots, then both
    qualifications. Rules: R-20, R-21, R-23.
    """
    pair = booking.pair
    in_the_way = overdue_in_the_way(to_slot_id, pair=pair, now=now)
    slots = lock_slots([booking.slot_id, to_slot_id, *(overdue.slot_id for overdue in in_the_way)])
    refresh_booking(booking)
    old_slot, slot = slots[booking.slot_id], slots[to_slot_id]
    _check_movable(booking, old_slot=old_slot, slot=slot, now=now)
    has_line = lock_people(pair, by=by, slot_ids=slots)
    reclaim(in_the_way, now=now)
    _check_move_is_new(booking, old_slot=old_slot, slot=slot, by=by)
    check_free(slot, now=now)
    check_slot(slot, now=now)
    check_staff(slot)
    check_same_project(slot, pair=pair)
    check_pair(pair, by=by, on=local_date(slot))
    if has_line:
        check_line(slot, pair=pair, now=now)
    if booking.status == BookingStatus.CONFIRMED:
        until = min(answer_until(slot, now=now), free_until(old_slot))
        return _retake(booking, slot=slot, by=by, at=now, status=BookingStatus.AWAITING_PARTNER, until=until)
    is_held = booking.status == BookingStatus.HELD
    until = min(booking.expires_at or now, closes_at(slot)) if is_held else answer_until(slot, now=now)
    release_booking(booking)
    new = _retake(booking, slot=slot, by=by, at=now, status=booking.status, until=until)
    move_booking_status(booking, BookingStatus.CANCELLED, by=by, at=now, cause=BookingCause.MOVED)
    return new


def _check_movable(booking: Booking, *, old_slot: Slot, slot: Slot, now: datetime) -> None:
    """Raise MoveRefused unless the booking can leave its slot for the other one."""
    check_in_time(booking, now=now)
    if booking.status not in MOVABLE:
        raise MoveRefused(_("This booking cannot be moved any more."), code="wrong_status")
    if slot.pk == old_slot.pk:
        raise MoveRefused(_("This is the slot that you have. Choose another one."), code="same_slot")
    if now >= free_until(old_slot):
        raise MoveRefused(
            _("It is too late to move: less than %(hours)s hours before the start."),
            code="too_late_to_move",
            params={"hours": old_slot.project.free_cancel_hours},
        )


def free_until(slot: Slot) -> datetime:
    """Return the last moment at which a booking of the slot is cancelled or moved freely. Rule: R-23."""
    return slot.starts_at - timedelta(hours=slot.project.free_cancel_hours)


def _check_move_is_new(booking: Booking, *, old_slot: Slot, slot: Slot, by: User) -> None:
    """Raise MoveRefused for another's hold, a second question, and a time that the booking itself takes."""
    if booking.status == BookingStatus.HELD and by != booking.booked_by:
        raise MoveRefused(_("Only the one who holds the slot can move it."), code="not_yours")
    asked_already = Booking.objects.filter(moved_from=booking, status=BookingStatus.AWAITING_PARTNER)
    if booking.replaces or asked_already.exists():
        raise MoveRefused(
            _("A move of this session waits for an answer. Answer it or take it back first."),
            code="move_open",
        )
    overlaps = slot.starts_at < old_slot.ends_at and old_slot.starts_at < slot.ends_at
    if booking.status == BookingStatus.CONFIRMED and overlaps:
        raise MoveRefused(
            _("A confirmed session moves to another time only. Choose one that does not overlap it."),
            code="same_time",
        )


def _retake(
    old: Booking, *, slot: Slot, by: User, at: datetime, status: BookingStatus | str, until: datetime
) -> Booking:
    """Write the booking that takes the place of the old one, now or when the partner says yes."""
    return take_slot(
        slot,
        pair=old.pair,
        by=by,
        at=at,
        cause=BookingCause.MOVED,
        booked_by=by,
        status=status,
        expires_at=until,
        moved_from=old,
    )


@retried
def expire_booking(booking_id: int, *, now: datetime) -> bool:
    """Expire one booking if it is overdue still; return whether it was. Locks the slot. Rule: R-21."""
    booking = Booking.objects.get(pk=booking_id)
    with transaction.atomic():
        lock_booking(booking)
        if not is_overdue(booking, now=now):
            return False
        move_booking_status(booking, BookingStatus.EXPIRED, by=None, at=now)
        return True


def expire_bookings(*, now: datetime) -> int:
    """Expire every overdue booking, each apart and in its own transaction; return how many. Rule: R-21."""
    ids = list(Booking.objects.overdue(now=now).order_by("expires_at").values_list("pk", flat=True))
    expired = (do_apart(partial(expire_booking, pk, now=now), what=f"expiring booking {pk}") for pk in ids)
    return sum(map(bool, expired))
