"""Sweeps for what must never be true of recordings: each returns what is broken, one sentence each."""

from django.db.models import Count, F, Q

from recordings.models import RecordingSession, SessionStatus, Take
from scheduling.models import BookingStatus

# --- sessions ---

BOOKING_OF_SESSION = {
    SessionStatus.OPEN: BookingStatus.CHECKED_IN,
    SessionStatus.COMPLETED: BookingStatus.COMPLETED,
    SessionStatus.ABANDONED: BookingStatus.FAILED,
}


def broken_sessions() -> list[str]:
    """Return the sessions that contradict their booking or their own takes (three queries). Rules: R-27, R-34."""
    agrees = Q()
    for status, booking_status in BOOKING_OF_SESSION.items():
        agrees |= Q(status=status, booking__status=booking_status)
    sessions = RecordingSession.objects.order_by("pk")
    astray = sessions.exclude(agrees).values_list("pk", "status", "booking_id", "booking__status")
    broken = [
        f"session {pk} is {status}, its booking {booking} is {its}" for pk, status, booking, its in astray
    ]
    closed = sessions.exclude(status=SessionStatus.OPEN)
    counted = closed.annotate(kept=Count("takes", filter=Q(takes__is_kept=True)))
    wrong = counted.exclude(kept=F("dialogues_done")).values_list("pk", "kept", "dialogues_done")
    broken += [f"session {pk} has {kept} kept takes, and says {said}" for pk, kept, said in wrong]
    early = Take.objects.filter(session__status=SessionStatus.OPEN).values_list("session_id", flat=True)
    return broken + [f"session {pk} has takes and is still open" for pk in early.distinct()]
