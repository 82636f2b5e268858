"""Who may open a session, and what has to be true at the door. Rules: R-4, R-19, R-26."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.access import Role, has_role
from accounts.consents import scopes_in_force
from accounts.models import User
from recordings.models import RecordingSession
from scheduling.models import AttendanceOutcome, Booking, BookingStatus, ShiftStatus

BOOKING_PARTS = ("project", "slot", "pair__person_a", "pair__person_b")
PRESENT = frozenset({AttendanceOutcome.ATTENDED.value, AttendanceOutcome.LATE.value})

# Who comes two hours early has come to the wrong slot; a check-in days ahead is a slip of the finger.
DOOR_OPENS_BEFORE = timedelta(hours=2)


class SessionRefused(ValidationError):
    """What was asked cannot be done with this session or booking."""


@dataclass(frozen=True)
class DoorChecks:
    """What the operator checked at the door; of an identity document only that it was seen."""

    identity_seen_a: bool = False
    identity_seen_b: bool = False
    microphones_checked: bool = False


def check_operator(booking: Booking, *, by: User, override_reason: str = "") -> None:
    """
    Refuse whoever does not accompany this slot.

    Raise SessionRefused(code="own_session") for one of the two speakers, whatever else
    they are, and (code="not_rostered") unless `by` is on the slot's rota, or a manager
    who says why.
    """
    if by.pk in (booking.pair.person_a_id, booking.pair.person_b_id):
        raise SessionRefused(_("This is your own session. A colleague runs it."), code="own_session")
    if booking.slot.shifts.filter(person=by, status=ShiftStatus.ASSIGNED).exists():
        return
    if has_role(by, Role.MANAGER) and override_reason.strip():
        return
    raise SessionRefused(
        _("You are not on the rota of this slot. A manager can do this with a written reason."),
        code="not_rostered",
    )


def check_bookable(booking: Booking) -> None:
    """Raise SessionRefused unless the booking is confirmed, both people are here, and both consents are in force."""
    if RecordingSession.objects.filter(booking=booking).exists():
        raise SessionRefused(_("This session was opened already."), code="already_open")
    if booking.status != BookingStatus.CONFIRMED:
        raise SessionRefused(_("Only a confirmed booking can be recorded."), code="not_confirmed")
    people = [booking.pair.person_a, booking.pair.person_b]
    outcomes = dict(booking.attendances.values_list("person_id", "outcome"))
    if any(outcomes.get(person.pk) not in PRESENT for person in people):
        raise SessionRefused(_("Both people have to be here. Record first who came."), code="not_both_here")
    for person in people:
        if missing_scopes(person, booking=booking):
            raise SessionRefused(
                _(
                    "A consent that the project needs is not in force. The person can give it on their own page."
                ),
                code="consent",
            )


def missing_scopes(person: User, *, booking: Booking) -> list[str]:
    """Return the scopes that the project needs and the person has not granted. Rule: R-4."""
    in_force = scopes_in_force(person)
    return [scope for scope in booking.project.consent_scopes if scope not in in_force]


def check_door(booking: Booking, *, outcomes: Mapping[int, str], reason: str, now: datetime) -> None:
    """
    Raise SessionRefused unless these outcomes can be written now.

    Codes: "not_confirmed", "too_early", "outcomes" unless each of the two has one,
    "reason" when somebody is turned away though nobody failed to come. Rule: R-26.
    """
    if booking.status != BookingStatus.CONFIRMED:
        raise SessionRefused(_("Only a confirmed booking can be recorded."), code="not_confirmed")
    if now < booking.slot.starts_at - DOOR_OPENS_BEFORE:
        raise SessionRefused(
            _("Check-in opens %(hours)d hours before the start."),
            code="too_early",
            params={"hours": DOOR_OPENS_BEFORE // timedelta(hours=1)},
        )
    people = {booking.pair.person_a_id, booking.pair.person_b_id}
    if set(outcomes) != people or not set(outcomes.values()) <= set(AttendanceOutcome.values):
        raise SessionRefused(_("Say of both people whether they came."), code="outcomes")
    ways = set(outcomes.values())
    is_studios_fault = AttendanceOutcome.TURNED_AWAY in ways and AttendanceOutcome.NO_SHOW not in ways
    if is_studios_fault and not reason.strip():
        raise SessionRefused(_("Both came: write down why they are turned away."), code="reason")


def outcome_when(outcome: str, *, are_both_here: bool) -> str:
    """Return how somebody ends: who came for nothing is turned away. Rule: R-26."""
    is_for_nothing = outcome in PRESENT and not are_both_here
    return AttendanceOutcome.TURNED_AWAY.value if is_for_nothing else outcome


def arrival_of(outcome: str, *, corrected_at: datetime | None, now: datetime) -> datetime | None:
    """Return when somebody came: now, unless the operator says when; None for who did not come. Rule: R-26."""
    return (corrected_at or now) if outcome in PRESENT else None


def check_arrivals(booking: Booking, *, arrivals: Mapping[int, datetime], now: datetime) -> None:
    """Raise SessionRefused(code="arrival") for a time before the door opened or after now. Rule: R-26."""
    opens_at = booking.slot.starts_at - DOOR_OPENS_BEFORE
    if not all(opens_at <= arrived_at <= now for arrived_at in arrivals.values()):
        raise SessionRefused(
            _("Nobody came before the door opened, or later than now. Correct the time."), code="arrival"
        )


def suggested_outcome(booking: Booking, *, now: datetime) -> str:
    """Return what the door is most likely to write for somebody who stands there now. Rule: R-26."""
    in_time = booking.slot.starts_at + timedelta(minutes=booking.project.late_after_minutes)
    return (AttendanceOutcome.LATE if now > in_time else AttendanceOutcome.ATTENDED).value
