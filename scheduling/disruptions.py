"""Whom a change of the plan hurts: the slots it concerns, free ones and booked ones with their people. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from scheduling.models import Booking, OpenSeat, Slot


@dataclass(frozen=True)
class Disruption:
    """The slots that a change concerns: free ones, and the bookings and open seats of the others, earliest first."""

    free: list[Slot]
    booked: list[Booking]
    seats: list[OpenSeat] = field(default_factory=list)

    @property
    def hurt_count(self) -> int:
        return len(self.booked) + len(self.seats)

    def __bool__(self) -> bool:
        return bool(self.free or self.booked or self.seats)


def find_disruption(slots: Iterable[Slot]) -> Disruption:
    """Return which of the slots are free, and the bookings and seats that people have of the others. Three queries."""
    slots = list(slots)
    bookings = {
        booking.slot_id: booking
        for booking in Booking.objects.live()
        .filter(slot__in=slots)
        .select_related("slot__project", "slot__booth__studio__city", "pair__person_a__profile")
        .select_related("pair__person_b__profile", "project")
    }
    booked = [bookings[slot.pk] for slot in slots if slot.pk in bookings]
    seats = list(
        OpenSeat.objects.standing()
        .filter(slot__in=slots)
        .select_related("slot__booth__studio__city", "person__profile")
        .order_by("slot__starts_at", "pk")
    )
    taken = {*bookings, *(seat.slot_id for seat in seats)}
    return Disruption([slot for slot in slots if slot.pk not in taken], booked, seats)
