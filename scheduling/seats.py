"""Open seats: taking a slot alone, joining, giving back, and releasing in time. Rule: R-46."""

from datetime import datetime, timedelta
from functools import partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Case, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.apart import do_apart
from accounts.models import User
from accounts.people import lock_people
from scheduling.bookings import accept_booking
from scheduling.claims import take_slot
from scheduling.conditions import (
    check_counts,
    check_free,
    check_pair,
    check_slot,
    check_staff,
    closes_at,
    has_all_sessions,
    local_date,
    missing_of_person,
    slot_taken,
)
from scheduling.holds import overdue_claims, reclaim
from scheduling.locks import lock_qualifications, lock_slots
from scheduling.models import (
    Block,
    Booking,
    BookingStatus,
    OpenSeat,
    SeatEvent,
    SeatStatus,
    Slot,
    SlotStatus,
)
from scheduling.occupancy import AlreadyTaken, claim_seat, release_seat, taken_people
from scheduling.pairs import bring_together
from scheduling.retries import retried
from scheduling.seat_news import tell_lost, tell_released
from scheduling.visibility import may_record
from scheduling.waiting_offers import check_line, offer_freed_slot, people_in_line

MOVES: dict[str, frozenset[str]] = {
    SeatStatus.OPEN: frozenset({SeatStatus.JOINED, SeatStatus.WITHDRAWN, SeatStatus.RELEASED}),
    **{status: frozenset() for status in SeatStatus if status != SeatStatus.OPEN},
}
SEATS_A_SWEEP = 500


class SeatRefused(ValidationError):
    """
    A seat is not taken, joined or given back.

    Codes: "has_seat", "all_sessions", "same_time", "own", "blocked", "over", "not_yours", "reason_needed".
    """


@retried
@transaction.atomic
def take_seat(slot_id: int, *, person: User, now: datetime) -> OpenSeat:
    """
    Give the slot to the person alone, for the project's `seat_hours` and never past the end of booking.

    Raise SeatRefused: "has_seat" (one a person), "all_sessions", "same_time"; BookingRefused as
    `hold_slot`, and AlreadyTaken. What is overdue is let go first. Locks the slot and those of what is
    overdue, then the person's qualification with those of their lines. Rules: R-3, R-4, R-15, R-17 to R-20, R-22, R-46.
    """
    slot = _lock_and_reclaim(slot_id, people=[person.pk], now=now)
    project = slot.project
    check_free(slot, now=now)
    check_slot(slot, now=now)
    check_staff(slot)
    for refusal in missing_of_person(person, project=project, on=local_date(slot)):
        raise refusal
    if has_all_sessions(person, project=project, now=now):
        raise SeatRefused(
            _("You have all the sessions that one person can have in this project."), code="all_sessions"
        )
    if OpenSeat.objects.standing().filter(person=person).exists():
        raise SeatRefused(_("You have an open seat already. Give it back first."), code="has_seat")
    if taken_people(slot, [person.pk]):
        raise SeatRefused(_("You are in another session at this time."), code="same_time")
    check_line(slot, pair=None, now=now)
    until = min(now + timedelta(hours=project.seat_hours), closes_at(slot))
    try:
        with transaction.atomic():
            seat = OpenSeat.objects.create(
                project=project, slot=slot, person=person, taken_at=now, expires_at=until
            )
            claim_seat(seat, slot=slot)
    except IntegrityError as error:
        raise slot_taken() from error
    SeatEvent.objects.create(seat=seat, new=seat.status, by=person, at=now)
    return seat


def join_seat(seat: OpenSeat, *, by: User, now: datetime) -> Booking:
    """
    Make a pair of the two and a confirmed booking of the seat; return it.

    A living pair of these two is used. Both have said yes, so nobody is asked; the rate is
    fixed now. The slot is theirs without a gap. Raise SeatRefused: "own", "blocked", "over",
    "same_time"; BookingRefused as `hold_slot`. What is overdue is let go first. Locks both people's rows, the
    slot and those of what is overdue, then both qualifications with those of their lines.
    Rules: R-16, R-17, R-19, R-20, R-22, R-36, R-46.
    """
    try:
        return _join_seat(seat, by=by, now=now)
    except AlreadyTaken as error:
        raise _same_time() from error
    except IntegrityError as error:
        raise _over() from error


@retried
@transaction.atomic
def _join_seat(seat: OpenSeat, *, by: User, now: datetime) -> Booking:
    if seat.person_id == by.pk:
        raise SeatRefused(_("This is your own seat. Somebody else has to join."), code="own")
    lock_people(seat.person_id, by.pk)
    slot = _lock_and_reclaim(seat.slot_id, people=[seat.person_id, by.pk], now=now)
    seat.refresh_from_db(fields=["status", "expires_at"])
    if seat.status != SeatStatus.OPEN or seat.expires_at <= now:
        raise _over()
    # One answer for both directions: nobody learns from a seat that they were blocked.
    if Block.objects.between(seat.person_id, by.pk).exists():
        raise SeatRefused(_("You two cannot be a pair."), code="blocked")
    for refusal in missing_of_person(by, project=slot.project, on=local_date(slot)):
        raise refusal
    check_slot(slot, now=now)
    check_staff(slot)
    pair = bring_together(seat.person, by, project=slot.project, now=now)
    check_pair(pair, by=by, on=local_date(slot))
    check_counts(pair, now=now)
    release_seat(seat)
    booking = take_slot(
        slot,
        pair=pair,
        by=seat.person,
        at=now,
        booked_by=seat.person,
        status=BookingStatus.AWAITING_PARTNER,
        expires_at=closes_at(slot),
    )
    accept_booking(booking, by=by, now=now)
    _move_seat(seat, SeatStatus.JOINED, by=by, at=now, booking=booking)
    return booking


def _same_time() -> SeatRefused:
    return SeatRefused(_("You are in another session at this time. Choose another seat."), code="same_time")


def _over() -> SeatRefused:
    return SeatRefused(
        _("This seat is not open any more: somebody was faster, or it was given back. Look for another one."),
        code="over",
    )


def _lock_and_reclaim(slot_id: int, *, people: list[int], now: datetime) -> Slot:
    """Lock the slot, the people and who waits, and expire the overdue bookings of the slot and of the people."""
    overdue = overdue_claims(slot_id, people=people, now=now)
    slots = lock_slots([slot_id, *(booking.slot_id for booking in overdue)])
    slot = slots[slot_id]
    lock_qualifications(people, project_id=slot.project_id, also=people_in_line(slots))
    reclaim(overdue, now=now)
    return slot


def _lock(seat: OpenSeat, *, people: list[int]) -> Slot:
    """Lock the seat's slot and, in one query, the people and who waits for the slot; read the seat again."""
    slot = lock_slots([seat.slot_id])[seat.slot_id]
    lock_qualifications(people, project_id=slot.project_id, also=people_in_line([seat.slot_id]))
    seat.refresh_from_db(fields=["status", "expires_at"])
    return slot


@retried
@transaction.atomic
def withdraw_seat(seat: OpenSeat, *, by: User, now: datetime) -> None:
    """
    Give one's seat back: the slot is free, or offered to who waits for it.

    Raise SeatRefused: "not_yours", "over". Locks the slot and its line. Rule: R-46.
    """
    if seat.person_id != by.pk:
        raise SeatRefused(_("This is somebody else's seat."), code="not_yours")
    _lock(seat, people=[])
    if seat.status != SeatStatus.OPEN:
        raise _over()
    _end_seat(seat, SeatStatus.WITHDRAWN, by=by, at=now)


@retried
@transaction.atomic
def take_back_seat(seat: OpenSeat, *, by: User, now: datetime, reason: str) -> None:
    """
    End somebody's seat for the studio: its person is told, the slot is free or offered to who waits for it.

    Raise SeatRefused: "reason_needed", "over". Locks the slot and its line. Rule: R-46.
    """
    if not reason.strip():
        raise SeatRefused(_("Write the reason: it stays in the slot's history."), code="reason_needed")
    _lock(seat, people=[])
    if seat.status != SeatStatus.OPEN:
        raise _over()
    _end_seat(seat, SeatStatus.RELEASED, by=by, at=now, reason=reason.strip())
    tell_lost(seat, now=now)


def release_seats(*, now: datetime) -> int:
    """
    Release the seats that nobody joined in time, and those that cannot be joined; return how many.

    Those are the seats of closed slots, booths, studios and projects, and of people whose account is closed
    or who may not record any more. Their people are told, and stand first in the slot's line
    once they have a partner. Run each minute; two runs at once share the work. Rule: R-46.
    """
    ids = list(_over_or_lost(now=now).order_by("pk").values_list("pk", flat=True)[:SEATS_A_SWEEP])
    released = (do_apart(partial(release_one, pk, now=now), what=f"seat {pk}") for pk in ids)
    return sum(map(bool, released))


def _over_or_lost(*, now: datetime) -> QuerySet[OpenSeat]:
    """Return the standing seats to be released; `is_lost` where joining is impossible, whatever the time."""
    lost = (
        Q(slot__status=SlotStatus.CLOSED)
        | Q(slot__booth__is_open=False)
        | Q(slot__booth__studio__is_open=False)
        | Q(project__is_open=False)
        | Q(person__is_active=False)
        | ~Q(may_record(OuterRef("person"), project=OuterRef("project")))
    )
    seats = OpenSeat.objects.standing().annotate(
        is_lost=Case(When(lost, then=Value(True)), default=Value(False), output_field=BooleanField())
    )
    return seats.filter(Q(expires_at__lte=now) | Q(is_lost=True))


@retried
@transaction.atomic
def release_one(seat_id: int, *, now: datetime) -> bool:
    """Release one seat if it is over or lost still; return whether it was. Locks the slot and its line."""
    seat = OpenSeat.objects.select_related("person", "slot__project", "slot__booth__studio__city").get(
        pk=seat_id
    )
    _lock(seat, people=[])
    found = _over_or_lost(now=now).filter(pk=seat_id).first()
    if found is None:
        return False
    _end_seat(seat, SeatStatus.RELEASED, by=None, at=now)
    tell = tell_lost if found.is_lost else tell_released  # type: ignore[attr-defined]
    tell(seat, now=now)
    return True


def _end_seat(seat: OpenSeat, new: SeatStatus, *, by: User | None, at: datetime, reason: str = "") -> None:
    _move_seat(seat, new, by=by, at=at, reason=reason)
    release_seat(seat)
    offer_freed_slot(seat.slot_id, now=at)


def _move_seat(
    seat: OpenSeat,
    new: SeatStatus,
    *,
    by: User | None,
    at: datetime,
    booking: Booking | None = None,
    reason: str = "",
) -> None:
    """Move the seat by compare-and-swap and write its event. Raise SeatRefused(code="over") when it is over."""
    old = seat.status
    rows = OpenSeat.objects.filter(pk=seat.pk, status=old)
    if new not in MOVES[old] or not rows.update(status=new, booking=booking):
        raise _over()
    seat.status = new
    seat.booking = booking
    SeatEvent.objects.create(seat=seat, old=old, new=new, by=by, at=at, reason=reason)
