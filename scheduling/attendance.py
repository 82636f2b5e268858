"""Who came. Each person ends each booking in one of four ways; every count is computed from these rows."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.booking_moves import lock_booking
from scheduling.conditions import local_date, zone_key_of
from scheduling.locks import lock_qualifications
from scheduling.models import (
    Attendance,
    AttendanceEvent,
    AttendanceOutcome,
    Booking,
    BookingStatus,
    Slot,
)
from scheduling.retries import retried
from scheduling.standing import settle_qualification

RECORDABLE = frozenset(
    {BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, BookingStatus.FAILED}
)


CAME = frozenset({AttendanceOutcome.ATTENDED, AttendanceOutcome.LATE})


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
    seen: str | None = None,
) -> Attendance:
    """
    Write how the person ended at the door, or correct it with a reason; return the row.

    Somebody who came more than the project's `late_after_minutes` after the start is
    late, whichever of the two was pressed; without a time of arrival whoever corrects, or writes
    it after the end, says which. The project's `no_shows_to_suspend` no-shows
    suspend the qualification; a correction that takes their ground away lifts the
    suspension, and money that is still due follows it (CORRECTION_FOLLOWERS). `seen` is
    the outcome that whoever corrects had before their eyes. Raise AttendanceRefused:
    "not_a_member", "not_confirmed", "too_early" for a no-show before the start and for who came before the
    day, "recorded" for who was recorded, "reason_needed" for a correction, "moved" when it is
    not as `seen` any more; and what a follower refuses. Locks the slot, then the person's
    qualification, then the money. Rule: R-26.
    """
    slot = lock_booking(booking)
    locked = lock_qualifications([person.pk], project_id=booking.project_id)
    _check_recordable(booking, person=person, outcome=outcome, slot=slot, now=now)
    before = Attendance.objects.filter(booking=booking, person=person).first()
    _check_seen(before, seen=seen)
    if outcome in CAME and (arrived_at or (before is None and now < slot.ends_at)):
        arrived_at = arrived_at or now
        outcome = outcome_of_arrival(slot, arrived_at=arrived_at)
    row = _write(
        before or Attendance(booking=booking, person=person),
        outcome=outcome,
        arrived_at=arrived_at,
        by=by,
        now=now,
        reason=reason,
    )
    if qualification := locked.get(person.pk):
        settle_qualification(qualification, by=by, now=now)
    return row


def _check_recordable(booking: Booking, *, person: User, outcome: str, slot: Slot, now: datetime) -> None:
    if person.pk not in (booking.pair.person_a_id, booking.pair.person_b_id):
        raise AttendanceRefused(_("This person does not belong to the booking."), code="not_a_member")
    if booking.status not in RECORDABLE:
        raise AttendanceRefused(_("Only a confirmed booking has people at its door."), code="not_confirmed")
    if outcome == AttendanceOutcome.NO_SHOW and now < slot.starts_at:
        raise AttendanceRefused(_("Nobody is a no-show before the start."), code="too_early")
    if outcome in CAME and timezone.localdate(now, ZoneInfo(zone_key_of(slot))) < local_date(slot):
        raise AttendanceRefused(
            _("From the day of the session on it is written here who came."), code="too_early"
        )
    if booking.status == BookingStatus.COMPLETED and outcome not in CAME:
        raise AttendanceRefused(
            _("This session was recorded, so both came. Choose in time or late."), code="recorded"
        )


def _check_seen(before: Attendance | None, *, seen: str | None) -> None:
    if seen is not None and seen != (before.outcome if before else ""):
        raise AttendanceRefused(
            _("Somebody else has written another outcome meanwhile. Look at it again."), code="moved"
        )


def outcome_of_arrival(slot: Slot, *, arrived_at: datetime) -> AttendanceOutcome:
    """Return `attended`, or `late` for an arrival more than `late_after_minutes` after the start. Rule: R-26."""
    if arrived_at - slot.starts_at > timedelta(minutes=slot.project.late_after_minutes):
        return AttendanceOutcome.LATE
    return AttendanceOutcome.ATTENDED


def _write(
    row: Attendance, *, outcome: str, arrived_at: datetime | None, by: User, now: datetime, reason: str
) -> Attendance:
    """Write the row, or change it, with its event. The same outcome again writes nothing."""
    outcome, old = AttendanceOutcome(outcome).value, row.outcome
    if old == outcome:
        return row
    if old and not reason.strip():
        raise AttendanceRefused(_("Write why the outcome is corrected."), code="reason_needed")
    row.outcome, row.arrived_at, row.recorded_at, row.recorded_by = outcome, arrived_at, now, by
    row.save()
    event = AttendanceEvent.objects.create(
        attendance=row, old=old, new=outcome, by=by, at=now, reason=reason.strip()
    )
    if old:
        for path in settings.CORRECTION_FOLLOWERS:
            import_string(path)(event)
    return row
