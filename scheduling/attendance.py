"""Who came. Each person ends each booking in one of four ways; every count is computed from these rows."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models import User
from scheduling.booking_moves import lock_booking
from scheduling.locks import lock_qualifications
from scheduling.models import (
    Attendance,
    AttendanceEvent,
    AttendanceOutcome,
    Booking,
    BookingStatus,
    Project,
    QualificationStatus,
    Slot,
)
from scheduling.qualifications import suspend_qualification
from scheduling.retries import retried

RECORDABLE = frozenset(
    {BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, BookingStatus.FAILED}
)


class AttendanceRefused(ValidationError):
    """The outcome cannot be written; `code` says why."""


@retried
@transaction.atomic
def record_attendance(
    booking: Booking,
    *,
    person: User,
    outcome: str,
    by: User,
    now: datetime,
    arrived_at: datetime | None = None,
    reason: str = "",
) -> Attendance:
    """
    Write how the person ended at the door, or correct it with a reason; return the row.

    Somebody who came more than the project's `late_after_minutes` after the start is
    late, whichever of the two was pressed. The project's `no_shows_to_suspend` no-shows
    suspend the qualification. Raise AttendanceRefused: "not_a_member", "not_confirmed",
    "too_early" for a no-show before the start, "reason_needed" for a correction.
    Locks the slot, then the person's qualification. Rule: R-26.
    """
    slot = lock_booking(booking)
    locked = lock_qualifications([person.pk], project_id=booking.project_id)
    _check_recordable(booking, person=person, outcome=outcome, slot=slot, now=now)
    came = outcome in (AttendanceOutcome.ATTENDED, AttendanceOutcome.LATE)
    arrived_at = (arrived_at or now) if came else arrived_at
    if came:
        outcome = outcome_of_arrival(slot, arrived_at=arrived_at or now)
    row = _write(
        booking, person=person, outcome=outcome, arrived_at=arrived_at, by=by, now=now, reason=reason
    )
    qualification = locked.get(person.pk)
    is_active = qualification is not None and qualification.status == QualificationStatus.ACTIVE
    # Only a new no-show suspends: somebody restored after two of them may come without falling again.
    if (
        outcome == AttendanceOutcome.NO_SHOW
        and qualification
        and is_active
        and no_show_count(person, project=slot.project) >= slot.project.no_shows_to_suspend
    ):
        suspend_qualification(qualification, by=by, now=now, reason=gettext_noop("no-shows"))
    return row


def _check_recordable(booking: Booking, *, person: User, outcome: str, slot: Slot, now: datetime) -> None:
    if person.pk not in (booking.pair.person_a_id, booking.pair.person_b_id):
        raise AttendanceRefused(_("This person does not belong to the booking."), code="not_a_member")
    if booking.status not in RECORDABLE:
        raise AttendanceRefused(_("Only a confirmed booking has people at its door."), code="not_confirmed")
    if outcome == AttendanceOutcome.NO_SHOW and now < slot.starts_at:
        raise AttendanceRefused(_("Nobody is a no-show before the start."), code="too_early")


def outcome_of_arrival(slot: Slot, *, arrived_at: datetime) -> AttendanceOutcome:
    """Return `attended`, or `late` for an arrival more than `late_after_minutes` after the start. Rule: R-26."""
    if arrived_at - slot.starts_at > timedelta(minutes=slot.project.late_after_minutes):
        return AttendanceOutcome.LATE
    return AttendanceOutcome.ATTENDED


def _write(
    booking: Booking,
    *,
    person: User,
    outcome: str,
    arrived_at: datetime | None,
    by: User,
    now: datetime,
    reason: str,
) -> Attendance:
    """Write the row, or change it, with its event. The same outcome again writes nothing."""
    outcome = AttendanceOutcome(outcome).value
    row = Attendance.objects.filter(booking=booking, person=person).first()
    old = row.outcome if row else ""
    if row is not None and old == outcome:
        return row
    if row is not None and not reason.strip():
        raise AttendanceRefused(_("Write why the outcome is corrected."), code="reason_needed")
    if row is None:
        row = Attendance(booking=booking, person=person)
    row.outcome, row.arrived_at, row.recorded_at, row.recorded_by = outcome, arrived_at, now, by
    row.save()
    AttendanceEvent.objects.create(attendance=row, old=old, new=outcome, by=by, at=now, reason=reason.strip())
    return row


def no_show_count(person: User, *, project: Project) -> int:
    """Return how many no-shows the person has in the project. Rule: R-26."""
    return Attendance.objects.filter(
        person=person, booking__project=project, outcome=AttendanceOutcome.NO_SHOW
    ).count()
