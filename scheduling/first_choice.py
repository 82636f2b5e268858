"""
Who has first choice of the next slots: people who came and were turned away. Rule: R-26.

It is read from the rows each time, never kept as a flag: somebody is turned away at one
session, and has no session that was confirmed after its start. One that was cancelled, or at
which they were turned away again, takes nothing from them; one that they missed does.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from scheduling.models import Attendance, AttendanceOutcome, Booking, BookingStatus, Project, Qualification

TAKEN_UP = [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED]


def first_choice_of(person: str, *, project: str = "project") -> Exists:
    """
    Return the condition that the person of a row has first choice in the project of the row.

    Both are names of the row's fields (`"person"`, `"pair__person_a"`, `"pk"`), so that any
    list can be filtered, annotated or ordered by it in its own query.
    """
    since = Booking.objects.filter(
        project=OuterRef("booking__project"), confirmed_at__gt=OuterRef("booking__slot__starts_at")
    ).filter(Q(status__in=TAKEN_UP) | (Q(status=BookingStatus.FAILED) & Q(_missed())))
    turned_away = Attendance.objects.filter(
        ~Exists(since.filter(pair__person_a=OuterRef("person"))),
        ~Exists(since.filter(pair__person_b=OuterRef("person"))),
        person=OuterRef(person),
        booking__project=OuterRef(project),
        outcome=AttendanceOutcome.TURNED_AWAY,
    )
    return Exists(turned_away)


def _missed() -> Exists:
    return Exists(
        Attendance.objects.filter(
            booking=OuterRef("pk"), person=OuterRef(OuterRef("person")), outcome=AttendanceOutcome.NO_SHOW
        )
    )


def first_choice_of_pair(pair: str = "", *, project: str = "project") -> Q:
    """Return the condition that one of the pair has first choice; `pair` is the prefix (`"pair__"`) of its people."""
    return Q(first_choice_of(f"{pair}person_a", project=project)) | Q(
        first_choice_of(f"{pair}person_b", project=project)
    )


def has_first_choice(person: User, *, project: Project) -> bool:
    """Return whether the person has first choice in the project now. One query."""
    return person.pk in people_with_first_choice([person.pk], project=project)


def people_with_first_choice(person_ids: Iterable[int], *, project: Project) -> set[int]:
    """Return those of the people who have first choice in the project. One query."""
    rows = Qualification.objects.filter(first_choice_of("person"), project=project, person__in=person_ids)
    return set(rows.values_list("person_id", flat=True))
