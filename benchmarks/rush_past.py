"""What a rush meets in a database that has grown: people who may book, and the weeks behind them."""

from datetime import datetime
from itertools import count

from django.db import transaction

from accounts.consents import current_notices
from accounts.models import User
from benchmarks.crowd import CHUNK, CITIES, WITHOUT_PROFILE, Crowd, hire_staff, write_consents, write_people
from benchmarks.crowd_studio import SHANGHAI, STARTS, WEEK, build_booths, write_bookings, write_slots
from scheduling.models import Pair, Project, Qualification, QualificationEvent

# The people of the past have other numbers than those of the rush.
FIRST_NUMBER = 1_000_000
SLOTS_A_WEEK = 2 * len(CITIES) * len(STARTS) * 7


def write_qualified(size: int, project: Project, *, now: datetime, first: int = 0) -> list[User]:
    """Return so many new people who may book, with numbers from `first` on."""
    crowd = Crowd(project=project, notices=current_notices("zh-hans"), staff={})
    people: list[User] = []
    while len(people) < size:
        made = write_people(range(first, first + CHUNK), now=now)
        told = [person for i, person in enumerate(made, first) if i % 100 >= WITHOUT_PROFILE]
        people += told[: size - len(people)]
        first += CHUNK
    write_consents(people, crowd, now=now)
    rows = Qualification.objects.bulk_create(
        [Qualification(project=project, person=person, granted_at=now) for person in people], batch_size=CHUNK
    )
    QualificationEvent.objects.bulk_create(
        [QualificationEvent(qualification=row, new=row.status, at=now) for row in rows], batch_size=CHUNK
    )
    return people


def write_past(project: Project, *, people: int, slots: int, now: datetime) -> None:
    """Write so many people in pairs, and at least so many slots of past weeks with rota, bookings and attendance."""
    if not people:
        return
    with transaction.atomic():
        crowd = Crowd(project=project, notices=current_notices("zh-hans"), staff=hire_staff(now=now))
        crowd.people = write_qualified(people, project, now=now, first=FIRST_NUMBER)
        twos = zip(crowd.people[::2], crowd.people[1::2], strict=False)
        crowd.pairs = Pair.objects.bulk_create(
            [Pair(project=project, person_a=a, person_b=b, made_at=now) for a, b in twos], batch_size=CHUNK
        )
    booths, turn = list(build_booths(crowd)), count()
    today = now.astimezone(SHANGHAI).date()
    for week in range(1, -(-slots // SLOTS_A_WEEK) + 1):
        with transaction.atomic():
            made = write_slots(booths, crowd, first_on=today - week * WEEK)
            write_bookings(made, crowd, turn=turn, now=now)
