"""Sessions that somebody missed, and several who write about it at one moment: prepare, act, look."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError

from scheduling import standing
from scheduling.attendance import record_attendance
from scheduling.bookings import fail_booking
from scheduling.invariants import broken_standings
from scheduling.models import AttendanceEvent, Booking, Qualification, QualificationEvent
from tests.factories import NOW, THURSDAY_MORNING, make_booking, make_person, make_project, make_slot

AFTER = THURSDAY_MORNING + timedelta(days=9)


def make_missed(*, missed: int) -> list[int]:
    """Let a pair have three sessions on three days, of which A missed the first so many; return their numbers."""
    project, made = make_project(), []
    one, other, pair = make_person(), make_person(), None
    for day in range(3):
        slot = make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(days=day))
        booking = make_booking(slot=slot, pair=pair, one=one, other=other)
        pair = booking.pair
        fail_booking(booking, by=one, now=NOW, reason="nobody came")
        made.append(booking)
    for booking in made[:missed]:
        _write(booking, outcome="no_show", seen="", reason="")
    return [booking.pk for booking in made]


def write(*, booking: int, outcome: str, seen: str) -> str:
    """Let somebody write how A ended; return the outcome, or the code of the refusal."""
    try:
        return _write(Booking.objects.get(pk=booking), outcome=outcome, seen=seen, reason="seen again")
    except ValidationError as refusal:
        return str(refusal.code)


def _write(booking: Booking, *, outcome: str, seen: str, reason: str) -> str:
    by = booking.slot.shifts.all()[0].person
    person = booking.booked_by
    row = record_attendance(
        booking, person=person, outcome=outcome, by=by, now=AFTER, reason=reason, seen=seen
    )
    return row.outcome


def settle() -> int:
    """Run the periodic task."""
    return standing.settle_qualifications(now=AFTER)


def look() -> dict[str, Any]:
    """Return what is left of A: status, moves, outcomes written, and what no sweep may find."""
    right = Qualification.objects.order_by("pk").filter(person__in=Booking.objects.values("booked_by")).get()
    events = QualificationEvent.objects.filter(qualification=right).order_by("pk")
    return {
        "status": right.status,
        "moves": list(events.values_list("new", flat=True))[1:],
        "written": AttendanceEvent.objects.count(),
        "unsettled": standing.unsettled_qualifications().count(),
        "broken": broken_standings(),
    }
