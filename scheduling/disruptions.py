"""Whom a change of the plan hurts: the slots it concerns, free ones and booked ones with their people. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass

from scheduling.models import Booking, Slot


@dataclass(frozen=True)
class Disruption:
    """The slots that a change concerns: free ones, and the live bookings of the others, earliest first."""

    free: list[Slot]
    booked: list[Booking]

    def __bool__(self) -> bool:
        return bool(self.free or self.booked)


def find_disruption(slots: Iterable[Slot]) -> Disruption:
    """Return which of the slots are free, and the bookings that somebody has of the others. Two queries."""
    slots = list(slots)
    bookings = {
        booking.slot_id: booking
        for booking in Booking.objects.live()
        .filter(slot__in=slots)
        .select_related("slot__project", "slot__booth__studio__city", "pair__person_a__profile")
        .select_related("pair__person_b__profile", "project")
    }
    booked = [bookings[slot.pk] for slot in slots if slot.pk in bookings]
    return Disruption([slot for slot in slots if slot.pk not in bookings], booked)
