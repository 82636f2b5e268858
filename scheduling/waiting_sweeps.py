"""What must never be said of waiting lists and open seats. Empty when all is well. Rules: R-24, R-46."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from scheduling.event_logs import find_torn
from scheduling.models import (
    Booking,
    BookingStatus,
    OpenSeat,
    SeatEvent,
    WaitingEntry,
    WaitingEvent,
    WaitingStatus,
)
from scheduling.waiting import forgotten_slots


def find_broken_lines(*, now: datetime) -> list[str]:
    """Return the waiting entries whose log or whose offer disagrees, and free slots whose line was not asked."""
    offer = Booking.objects.filter(status=BookingStatus.HELD, waiting_entry__isnull=False)
    entries = WaitingEntry.objects.filter(status=WaitingStatus.OFFERED)
    unheld = entries.filter(~Exists(offer.filter(waiting_entry=OuterRef("pk"), slot=OuterRef("slot"))))
    stray = offer.exclude(waiting_entry__status=WaitingStatus.OFFERED)
    has_it = Booking.objects.live().filter(slot=OuterRef("slot"), pair=OuterRef("pair"))
    twice = WaitingEntry.objects.waiting().filter(Exists(has_it))
    return [
        *find_torn(
            "waiting entry", WaitingEntry.objects.all(), WaitingEvent.objects.filter(entry=OuterRef("pk"))
        ),
        *(
            f"waiting entry {pk} is offered a slot that is not held for it"
            for pk in unheld.order_by("pk").values_list("pk", flat=True)
        ),
        *(
            f"booking {pk} is held for a waiting entry that is not offered it"
            for pk in stray.order_by("pk").values_list("pk", flat=True)
        ),
        *(
            f"waiting entry {pk} waits for a slot that its pair has"
            for pk in twice.order_by("pk").values_list("pk", flat=True)
        ),
        *(f"slot {pk} is free, and its line was not asked" for pk in forgotten_slots(now=now)),
    ]


def find_broken_seats() -> list[str]:
    """Return the open seats whose log disagrees, or whose slot a booking has besides."""
    booked = Booking.objects.live().filter(slot=OuterRef("slot"))
    twice = OpenSeat.objects.standing().filter(Exists(booked)).order_by("pk").values_list("pk", flat=True)
    return [
        *find_torn("seat", OpenSeat.objects.all(), SeatEvent.objects.filter(seat=OuterRef("pk"))),
        *(f"seat {pk} is open, though its slot is booked" for pk in twice),
    ]
