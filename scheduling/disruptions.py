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
    """
    Return which of the slots are free, and the bookings and seats that people have of the others. Three queries.

    The project and the city of each slot should be fetched already.
    """
    slots = list(slots)
    by_id = {slot.pk: slot for slot in slots}
    live = Booking.objects.live().filter(slot__in=by_id)
    bookings = {
        booking.slot_id: booking
        for booking in live.select_related("pair__person_a__profile", "pair__person_b__profile")
    }
    booked = [bookings[slot.pk] for slot in slots if slot.pk in bookings]
    standing = OpenSeat.objects.standing().filter(slot__in=by_id).select_related("person__profile")
    seats = list(standing.order_by("slot__starts_at", "pk"))
    claims: list[Booking | OpenSeat] = [*booked, *seats]
    for one in claims:
        one.slot = by_id[one.slot_id]  # read already, with its project and its place
        one.project = one.slot.project
    taken = {*bookings, *(seat.slot_id for seat in seats)}
    return Disruption([slot for slot in slots if slot.pk not in taken], booked, seats)
