"""Who and what is taken when. The one UNIQUE of these rows is what makes a double booking impossible."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from scheduling.models import Booking, Occupancy, OccupancyKind, OpenSeat, Pair, Shift, Slot

# Slots lie on this grid (a CHECK of Slot), so two spans overlap exactly when they share a tick.
TICK = timedelta(minutes=30)
TICK_S = int(TICK.total_seconds())


class AlreadyTaken(ValidationError):
    """The booth or one of the people is taken at that time."""


def ticks_between(starts_at: datetime, ends_at: datetime) -> range:
    """
    Return the half hours, counted from 1970-01-01T00:00Z, that `[starts_at, ends_at)` touches.

    An end inside a half hour takes all of it. Raise ValueError when the end is not after the start.
    """
    if ends_at <= starts_at:
        raise ValueError("a span ends after it starts")
    first = int(starts_at.timestamp()) // TICK_S
    last = -(-int(ends_at.timestamp()) // TICK_S)
    return range(first, last)


def booking_keys(*, slot: Slot, pair: Pair) -> list[tuple[str, int, int]]:
    """Return (kind, resource, tick) of everything a booking takes: the booth with its turnover, both people."""
    return _claim_keys(slot, (pair.person_a_id, pair.person_b_id))


def _claim_keys(slot: Slot, people: Iterable[int]) -> list[tuple[str, int, int]]:
    turnover = timedelta(minutes=slot.project.turnover_minutes)
    of_booth = ticks_between(slot.starts_at, slot.ends_at + turnover)
    keys = [(OccupancyKind.BOOTH.value, slot.booth_id, tick) for tick in of_booth]
    for person_id in people:
        keys += _person_keys(person_id, slot=slot)
    return sorted(keys)


def _person_keys(person_id: int, *, slot: Slot) -> list[tuple[str, int, int]]:
    of_person = ticks_between(slot.starts_at, slot.ends_at)
    return [(OccupancyKind.PERSON.value, person_id, tick) for tick in of_person]


def claim_booking(booking: Booking, *, slot: Slot, pair: Pair) -> None:
    """
    Take the booth (with its turnover) and both people for the slot's time.

    Raise AlreadyTaken(code="taken") when the database finds one of them taken; the
    caller's transaction is then lost and must be rolled back. The caller holds the
    slot's lock. Rows are written in one order everywhere, so two claims never wait
    for each other in a circle. Rule: R-20.
    """
    keys = booking_keys(slot=slot, pair=pair)
    _write(Occupancy(kind=kind, resource_id=who, tick=tick, booking=booking) for kind, who, tick in keys)


def claim_seat(seat: OpenSeat, *, slot: Slot) -> None:
    """Take the booth (with its turnover) and the one person. Raise AlreadyTaken(code="taken"). Rules: R-20, R-46."""
    keys = _claim_keys(slot, [seat.person_id])
    _write(Occupancy(kind=kind, resource_id=who, tick=tick, seat=seat) for kind, who, tick in keys)


def release_seat(seat: OpenSeat) -> None:
    """Free everything the seat takes. The caller moves it on in the same transaction."""
    Occupancy.objects.filter(seat=seat).delete()


def taken_people(slot: Slot, person_ids: Iterable[int]) -> set[int]:
    """Return those of the people who are somewhere else at the slot's time, or in it. One query."""
    rows = Occupancy.objects.filter(
        kind=OccupancyKind.PERSON,
        resource_id__in=set(person_ids),
        tick__in=ticks_between(slot.starts_at, slot.ends_at),
    )
    return set(rows.values_list("resource_id", flat=True))


def claim_shift(shift: Shift, *, slot: Slot) -> None:
    """Take the member of staff for the slot's time. Raise AlreadyTaken(code="taken"). Rules: R-19, R-20."""
    keys = _person_keys(shift.person_id, slot=slot)
    _write(Occupancy(kind=kind, resource_id=who, tick=tick, shift=shift) for kind, who, tick in keys)


def _write(rows: Iterable[Occupancy]) -> None:
    try:
        Occupancy.objects.bulk_create(rows)
    except IntegrityError as error:
        raise AlreadyTaken(
            _("The booth or one of the people is taken at that time. Choose another slot."), code="taken"
        ) from error


def release_booking(booking: Booking) -> None:
    """Free everything the booking takes. The caller changes its status in the same transaction."""
    Occupancy.objects.filter(booking=booking).delete()


def release_shift(shift: Shift) -> None:
    """Free the member of staff that the shift takes. The caller changes its status in the same transaction."""
    Occupancy.objects.filter(shift=shift).delete()
