"""The demo's waiting lists and open seats: who waits for what, and who looks for whom at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import User
from config.demo.places import Stage
from scheduling.bookings import cancel_booking
from scheduling.conditions import BookingRefused
from scheduling.models import Booking, BookingStatus, Pair
from scheduling.offers import free_slots
from scheduling.seats import take_seat
from scheduling.waiting import join_line
from scheduling.waiting_moves import WaitingRefused

WAITING_PAIRS = 3
SEATS = 2


def fill_lines(pairs: Sequence[Pair], *, now: datetime) -> None:
    """Let pairs without a session wait for slots that others have; one of these is cancelled and offered."""
    full = list(
        Booking.objects.filter(
            status=BookingStatus.CONFIRMED, slot__starts_at__gt=now + timedelta(days=3)
        ).select_related("slot", "pair__person_a")[:WAITING_PAIRS]
    )
    for number, pair in enumerate(pairs[:WAITING_PAIRS]):
        for booking in full[: 1 + number % 2]:
            try:
                join_line(booking.slot_id, pair=pair, by=pair.person_a, now=now - timedelta(hours=3 - number))
            except (WaitingRefused, BookingRefused):
                continue  # the story's dice put one of them somewhere else at that time
    if len(full) > 1:
        cancel_booking(full[1], by=full[1].pair.person_a, now=now)


def open_seats(people: Sequence[User], *, stage: Stage, now: datetime) -> None:
    """Let people who look for a partner take a free slot alone, each some days further ahead."""
    slots = list(free_slots(stage.project, city=None, now=now).order_by("starts_at", "pk"))
    for number, person in enumerate(people[:SEATS]):
        take_seat(slots[len(slots) // (number + 2)].pk, person=person, now=now - timedelta(hours=5 - number))
