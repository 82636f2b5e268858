"""Whose fault it was that a session was broken off, and who is turned away for it. Rule: R-26."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.attendance import record_attendance
from scheduling.models import AttendanceOutcome, Booking


class Fault(models.TextChoices):
    STUDIO = "studio", _("The studio's: both get the show-up fee")
    SPEAKER_A = "A", _("A's: B gets the show-up fee")
    SPEAKER_B = "B", _("B's: A gets the show-up fee")
    NOBODY = "nobody", _("Nobody's: no fee")


def turn_away_blameless(booking: Booking, *, fault: str, by: User, now: datetime, reason: str) -> None:
    """
    Correct the door's rows of those who came and whom the studio or the partner failed: they are turned away.

    The one at fault keeps the outcome of the door; when it was nobody's fault,
    both do. Locks the slot, then the qualifications. Rule: R-26.
    """
    blameless = {
        Fault.STUDIO: (booking.pair.person_a_id, booking.pair.person_b_id),
        Fault.SPEAKER_A: (booking.pair.person_b_id,),
        Fault.SPEAKER_B: (booking.pair.person_a_id,),
        Fault.NOBODY: (),
    }[Fault(fault)]
    for row in booking.attendances.filter(person__in=blameless).select_related("person").order_by("pk"):
        record_attendance(
            booking,
            person=row.person,
            outcome=AttendanceOutcome.TURNED_AWAY,
            arrived_at=row.arrived_at,
            by=by,
            now=now,
            reason=reason,
        )
