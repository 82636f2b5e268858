"""Waiting lists in the races: full slots with lines, what frees them, and who answers."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from scheduling import bookings, invariants, offer_answers, waiting
from scheduling.claims import write_booking_event
from scheduling.models import Booking, Pair, WaitingEntry
from tests.factories import NOW, make_booking, make_pair, make_person, make_project, make_slot

LATE = NOW + timedelta(hours=2)


def make_lines(*, count: int, status: str = "confirmed") -> list[dict[str, Any]]:
    """Prepare full slots for each of which two pairs wait; the first of each shares a person with the next slot's."""
    scenes = []
    with transaction.atomic():
        project = make_project(max_live_bookings=99, max_sessions_per_pair=99, max_sessions_per_person=99)
        crowd = [make_person() for _number in range(count + 1)]
        for number in range(count):
            slot = make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=7))
            booking = make_booking(slot=slot, status=status)
            firsts = make_pair(crowd[number], crowd[number + 1], project=project)
            seconds = make_pair(make_person(), make_person(), project=project)
            strangers = make_pair(make_person(), make_person(), project=project)
            for pair in (firsts, seconds):
                waiting.join_line(slot.pk, pair=pair, by=pair.person_a, now=NOW)
            scenes.append(
                {
                    "slot": slot.pk,
                    "booking": booking.pk,
                    "pairs": [firsts.pk, seconds.pk],
                    "strangers": strangers.pk,
                }
            )
    return scenes


def offer_all() -> list[int]:
    """Cancel every confirmed booking; return the offers that follow, by slot."""
    for booking in Booking.objects.filter(status="confirmed").order_by("slot"):
        bookings.cancel_booking(booking, by=booking.pair.person_a, now=NOW)
    return list(Booking.objects.filter(status="held").order_by("slot").values_list("pk", flat=True))


def cancel(*, booking: int) -> str:
    return _answer(bookings.cancel_booking, booking, is_late=False)


def take(*, booking: int, late: bool = False) -> str:
    """Let the first of the pair take the offer."""
    return _answer(bookings.confirm_hold, booking, is_late=late)


def refuse(*, booking: int) -> str:
    return _answer(offer_answers.refuse_offer, booking, is_late=False)


def _answer(rule: Any, booking: int, *, is_late: bool) -> str:
    found = Booking.objects.get(pk=booking)
    try:
        rule(found, by=found.pair.person_a, now=LATE if is_late else NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    return "done"


def join(*, slot: int, pair: int) -> str:
    found = Pair.objects.select_related("project", "person_a", "person_b").get(pk=pair)
    try:
        waiting.join_line(slot, pair=found, by=found.person_a, now=NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    return "done"


def sweep(*, late: bool = False) -> int:
    """Expire what is overdue, then offer what is free, as the worker does each minute."""
    now: datetime = LATE if late else NOW
    bookings.expire_bookings(now=now)
    return waiting.sweep_lines(now=now)


def free_all() -> None:
    """Free every slot past the rules, so that its line was not asked."""
    for booking in Booking.objects.filter(status="confirmed"):
        booking.occupancy.all().delete()
        Booking.objects.filter(pk=booking.pk).update(status="cancelled")
        booking.status = "cancelled"
        write_booking_event(booking, old="confirmed", by=None, at=NOW)


def look_at_lines() -> dict[str, Any]:
    """Return the entries' states by slot, in the order of coming, who holds each slot, and what the sweeps find."""
    entries = WaitingEntry.objects.order_by("slot", "pk").values_list("slot", "status")
    lines: dict[str, list[str]] = {}
    for slot, status in entries:
        lines.setdefault(str(slot), []).append(status)
    holders = Booking.objects.live().values_list("slot", "pair")
    return {
        "lines": lines,
        "holders": {str(slot): pair for slot, pair in holders},
        "broken": [
            *invariants.broken_occupancy(),
            *invariants.broken_waiting(now=NOW + timedelta(minutes=1)),
        ],
    }
