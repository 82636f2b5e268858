"""Which recordings a person may see: somebody else's answer as if they did not exist."""

from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404

from accounts.access import Role, has_role
from accounts.models import User
from recordings.models import PromptSet, RecordingSession
from scheduling.models import Booking, BookingStatus, StudioStaff

DOOR_STATUSES = [
    BookingStatus.CONFIRMED,
    BookingStatus.CHECKED_IN,
    BookingStatus.COMPLETED,
    BookingStatus.FAILED,
]


# --- sessions ---


def bookings_at_door_of(user: User) -> QuerySet[Booking]:
    """Return the bookings whose sessions the user may see: a manager all, an operator those of their studios."""
    bookings = Booking.objects.filter(status__in=DOOR_STATUSES).select_related(
        "project",
        "slot__booth__studio__city",
        "pair__person_a__profile",
        "pair__person_b__profile",
        "session",
    )
    if has_role(user, Role.MANAGER):
        return bookings
    if not has_role(user, Role.OPERATOR):
        return bookings.none()
    theirs = StudioStaff.objects.filter(person=user, studio=OuterRef("slot__booth__studio"))
    return bookings.filter(Exists(theirs))


def get_booking_at_door(user: User, booking_id: int) -> Booking:
    """Return a booking that the user may check in. Raise Http404 for every other one."""
    return get_object_or_404(bookings_at_door_of(user), pk=booking_id)


def get_session(user: User, key: str) -> RecordingSession:
    """Return a session that the user may see. Raise Http404 for every other one."""
    sessions = RecordingSession.objects.select_related(
        "booking__project",
        "booking__slot__booth__studio__city",
        "booking__pair__person_a__profile",
        "booking__pair__person_b__profile",
        "prompt_set",
        "opened_by__profile",
        "closed_by__profile",
    )
    return get_object_or_404(sessions, key=key, booking__in=bookings_at_door_of(user).order_by().values("pk"))


def get_prompt_set(prompt_set_id: int) -> PromptSet:
    """Return a prompt set, to whoever may open the page of one. Raise Http404 when there is none."""
    return get_object_or_404(PromptSet.objects.select_related("project"), pk=prompt_set_id)
